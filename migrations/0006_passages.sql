CREATE TABLE "passages" (
	"attachment_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"unit" text NOT NULL,
	"name" text NOT NULL,
	"text" text NOT NULL,
	"search" "tsvector" GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, "text") || to_tsvector('english'::regconfig, "text") || to_tsvector('portuguese'::regconfig, "text")) STORED NOT NULL,
	CONSTRAINT "passages_attachment_id_position_pk" PRIMARY KEY("attachment_id","position")
);
--> statement-breakpoint
ALTER TABLE "attachments" ADD COLUMN "reading" jsonb;--> statement-breakpoint
ALTER TABLE "passages" ADD CONSTRAINT "passages_attachment_id_attachments_id_fk" FOREIGN KEY ("attachment_id") REFERENCES "public"."attachments"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "passages_search_index" ON "passages" USING gin ("search");