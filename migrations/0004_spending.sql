CREATE TABLE "budget_accounts" (
	"scope" text NOT NULL,
	"scope_id" text DEFAULT '' NOT NULL,
	"period" text NOT NULL,
	"starts_at" timestamp with time zone NOT NULL,
	"tokens" bigint DEFAULT 0 NOT NULL,
	"micros" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "budget_accounts_scope_scope_id_period_starts_at_pk" PRIMARY KEY("scope","scope_id","period","starts_at")
);
--> statement-breakpoint
CREATE TABLE "budgets" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scope" text NOT NULL,
	"scope_id" text DEFAULT '' NOT NULL,
	"period" text NOT NULL,
	"unit" text NOT NULL,
	"most" bigint NOT NULL,
	"low_at" double precision DEFAULT 0.8 NOT NULL,
	"when_low" text DEFAULT 'refuse' NOT NULL,
	"cheaper_model" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "budget_of" UNIQUE("scope","scope_id","period","unit")
);
--> statement-breakpoint
CREATE TABLE "open_calls" (
	"id" uuid PRIMARY KEY NOT NULL,
	"turn_id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"fence" bigint NOT NULL,
	"workspace_id" uuid NOT NULL,
	"channel_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"server_id" uuid NOT NULL,
	"server_name" text NOT NULL,
	"model" text NOT NULL,
	"prompt_tokens" integer NOT NULL,
	"output_tokens" integer NOT NULL,
	"micros" bigint NOT NULL,
	"text_length" integer DEFAULT 0 NOT NULL,
	"opened_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "prices" (
	"model" text PRIMARY KEY NOT NULL,
	"prompt" double precision DEFAULT 0 NOT NULL,
	"completion" double precision DEFAULT 0 NOT NULL,
	"audio_minute" double precision DEFAULT 0 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "usage" ADD COLUMN "cost_micros" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "usage" ADD COLUMN "outcome" text DEFAULT 'ok' NOT NULL;--> statement-breakpoint
ALTER TABLE "usage" ADD COLUMN "call_id" uuid;--> statement-breakpoint
CREATE INDEX "open_calls_conversation_id_index" ON "open_calls" USING btree ("conversation_id");--> statement-breakpoint
CREATE INDEX "open_calls_server_id_index" ON "open_calls" USING btree ("server_id");--> statement-breakpoint
CREATE INDEX "usage_channel_id_at_index" ON "usage" USING btree ("channel_id","at");--> statement-breakpoint
CREATE INDEX "usage_at_index" ON "usage" USING btree ("at");--> statement-breakpoint
ALTER TABLE "usage" ADD CONSTRAINT "usage_call_id_unique" UNIQUE("call_id");