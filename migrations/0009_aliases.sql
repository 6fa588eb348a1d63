CREATE TABLE "model_aliases" (
	"name" text PRIMARY KEY NOT NULL,
	"targets" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"fallback" text
);
--> statement-breakpoint
CREATE TABLE "model_facts" (
	"model" text PRIMARY KEY NOT NULL,
	"abilities" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "server_faults" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"server_id" uuid NOT NULL,
	"model" text,
	"code" text NOT NULL,
	"detail" text NOT NULL,
	"message_id" uuid,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "model_servers" ADD COLUMN "kind" text;--> statement-breakpoint
ALTER TABLE "model_servers" ADD COLUMN "concurrency" integer;--> statement-breakpoint
ALTER TABLE "model_servers" ADD COLUMN "priorities" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "model_servers" ADD COLUMN "load" jsonb;--> statement-breakpoint
ALTER TABLE "models" ADD COLUMN "abilities" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "server_faults" ADD CONSTRAINT "server_faults_server_id_model_servers_id_fk" FOREIGN KEY ("server_id") REFERENCES "public"."model_servers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "server_faults_server_id_seq_index" ON "server_faults" USING btree ("server_id","seq");