CREATE TABLE "rate_buckets" (
	"scope" text NOT NULL,
	"bucket" text NOT NULL,
	"tokens" double precision NOT NULL,
	"burst" double precision NOT NULL,
	"per_second" double precision NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"refused_at" timestamp with time zone,
	"asked_ms" double precision,
	CONSTRAINT "rate_buckets_scope_bucket_pk" PRIMARY KEY("scope","bucket")
);
