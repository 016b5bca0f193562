-- How a member left his last room of a hub: his next one begins like it.
CREATE TABLE voice_preferences (
    hub_id BIGINT NOT NULL REFERENCES voice_hubs (channel_id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    chosen_name TEXT NOT NULL CHECK (length(chosen_name) <= 100),
    mode TEXT NOT NULL CHECK (mode IN ('open', 'closed', 'private', 'conference')),
    allowed_members BIGINT[] NOT NULL,
    allowed_roles BIGINT[] NOT NULL,
    blocked_members BIGINT[] NOT NULL,
    blocked_roles BIGINT[] NOT NULL,
    user_limit INTEGER NOT NULL CHECK (user_limit BETWEEN 0 AND 99),
    bitrate INTEGER NOT NULL CHECK (bitrate = 0 OR bitrate BETWEEN 8000 AND 384000),
    region TEXT NOT NULL CHECK (length(region) <= 32),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (hub_id, user_id)
);

ALTER TABLE voice_preferences ENABLE ROW LEVEL SECURITY;
