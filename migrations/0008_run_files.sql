ALTER TABLE "runs" ADD COLUMN "files" jsonb;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "attached" jsonb;