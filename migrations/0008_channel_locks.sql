-- Channels that the bot has locked, and what it found there of the permissions that it touched (bits as
-- Discord numbers them): of @everyone's overwrite, and of the bot's own, by which it keeps its access.
CREATE TABLE channel_locks (
    channel_id BIGINT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    everyone_touched BIGINT NOT NULL,
    -- Whether there was an overwrite at all, be it an empty one.
    everyone_exists BOOLEAN NOT NULL,
    everyone_allow BIGINT NOT NULL,
    everyone_deny BIGINT NOT NULL,
    own_touched BIGINT NOT NULL,
    own_exists BOOLEAN NOT NULL,
    own_allow BIGINT NOT NULL,
    own_deny BIGINT NOT NULL,
    locked_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- Each permission is allowed, denied or neither, and none is remembered that was not touched.
    CHECK (everyone_allow & everyone_deny = 0 AND (everyone_allow | everyone_deny) & ~everyone_touched = 0),
    CHECK (own_allow & own_deny = 0 AND (own_allow | own_deny) & ~own_touched = 0)
);

ALTER TABLE channel_locks ENABLE ROW LEVEL SECURITY;
