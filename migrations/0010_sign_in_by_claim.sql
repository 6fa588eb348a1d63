ALTER TABLE "sign_in_links" DISABLE ROW LEVEL SECURITY;--> statement-breakpoint
DROP TABLE "sign_in_links" CASCADE;--> statement-breakpoint
CREATE INDEX "audit_target_seq_index" ON "audit" USING btree ("target","seq");