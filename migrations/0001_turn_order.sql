DROP INDEX "turns_ready";--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "virtual_time" double precision DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "redo_requested_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "merged_into" uuid;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "virtual_start" double precision;--> statement-breakpoint
CREATE INDEX "turns_virtual_start" ON "turns" USING btree ("virtual_start");--> statement-breakpoint
CREATE INDEX "turns_merged" ON "turns" USING btree ("merged_into") WHERE merged_into is not null;--> statement-breakpoint
CREATE INDEX "turns_failed" ON "turns" USING btree ("seq") WHERE state = 'failed';--> statement-breakpoint
CREATE INDEX "turns_ready" ON "turns" USING btree ("workspace_id","step","seq") WHERE state in ('ready', 'working');