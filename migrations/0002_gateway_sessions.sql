-- Where each shard stood when the process ended, so that the next one resumes and misses nothing.
CREATE TABLE gateway_sessions (
    application_id BIGINT NOT NULL,
    shard INTEGER NOT NULL CHECK (shard >= 0),
    shard_count INTEGER NOT NULL CHECK (shard_count > shard),
    session_id TEXT NOT NULL,
    resume_gateway_url TEXT NOT NULL,
    sequence BIGINT NOT NULL CHECK (sequence >= 0),
    saved_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (application_id, shard)
);

-- A table in a Supabase project is open to everybody through its API unless row security closes it; the
-- table's owner, the bot, is not concerned.
ALTER TABLE gateway_sessions ENABLE ROW LEVEL SECURITY;
