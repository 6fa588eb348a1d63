ALTER TABLE "conversations" ADD COLUMN "reset_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "quoted" jsonb;--> statement-breakpoint
CREATE INDEX "answers_retracted" ON "answers" USING btree ("created_at") WHERE state = 'retracted';