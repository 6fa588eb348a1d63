CREATE TABLE "call_waits" (
	"turn_id" uuid PRIMARY KEY NOT NULL,
	"conversation_id" uuid NOT NULL,
	"fence" bigint NOT NULL,
	"server_id" uuid NOT NULL,
	"virtual_start" double precision NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "call_waits_server_id_virtual_start_index" ON "call_waits" USING btree ("server_id","virtual_start");