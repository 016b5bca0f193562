-- Voice channels that make a room for whoever joins them.
CREATE TABLE voice_hubs (
    channel_id BIGINT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    name_template TEXT NOT NULL CHECK (length(name_template) BETWEEN 1 AND 100),
    default_mode TEXT NOT NULL CHECK (default_mode IN ('open', 'closed', 'private', 'conference')),
    user_limit INTEGER NOT NULL CHECK (user_limit BETWEEN 0 AND 99),
    bitrate INTEGER NOT NULL CHECK (bitrate = 0 OR bitrate BETWEEN 8000 AND 384000),
    region TEXT NOT NULL CHECK (length(region) <= 32),
    category_id BIGINT,
    overflow_categories BIGINT[] NOT NULL,
    position TEXT NOT NULL CHECK (position IN ('above', 'below', 'end')),
    permissions_from TEXT NOT NULL CHECK (permissions_from IN ('hub', 'category', 'template')),
    template_channel_id BIGINT,
    empty_grace INTEGER NOT NULL CHECK (empty_grace BETWEEN 0 AND 300), -- seconds, as those below
    owner_leaves TEXT NOT NULL CHECK (owner_leaves IN ('keep', 'transfer', 'remove')),
    keep_for INTEGER NOT NULL CHECK (keep_for BETWEEN 0 AND 3600),
    return_window INTEGER NOT NULL CHECK (return_window BETWEEN 0 AND 3600),
    allowed_roles BIGINT[] NOT NULL,
    max_rooms INTEGER NOT NULL CHECK (max_rooms BETWEEN 0 AND 500),
    member_per_minute INTEGER NOT NULL CHECK (member_per_minute BETWEEN 1 AND 20),
    guild_per_minute INTEGER NOT NULL CHECK (guild_per_minute BETWEEN 1 AND 300),
    log_channel_id BIGINT,
    remember BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    CHECK (permissions_from <> 'template' OR template_channel_id IS NOT NULL)
);
CREATE INDEX voice_hubs_guild ON voice_hubs (guild_id);

-- Rooms. A row is there before its channel, so that a channel that a crash leaves behind is recognised: one
-- of that name, made after the row, that no row claims.
CREATE TABLE voice_rooms (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    hub_id BIGINT NOT NULL, -- the hub may be gone before its rooms are
    channel_id BIGINT UNIQUE, -- none while it is being made
    owner_id BIGINT, -- none when he has left for good
    creator_id BIGINT NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    chosen_name TEXT NOT NULL CHECK (length(chosen_name) <= 100), -- empty: from the hub's template
    mode TEXT NOT NULL CHECK (mode IN ('open', 'closed', 'private', 'conference')),
    allowed_members BIGINT[] NOT NULL,
    allowed_roles BIGINT[] NOT NULL,
    blocked_members BIGINT[] NOT NULL,
    blocked_roles BIGINT[] NOT NULL,
    user_limit INTEGER NOT NULL CHECK (user_limit BETWEEN 0 AND 99),
    bitrate INTEGER NOT NULL CHECK (bitrate = 0 OR bitrate BETWEEN 8000 AND 384000),
    region TEXT NOT NULL CHECK (length(region) <= 32),
    panel_channel_id BIGINT,
    panel_message_id BIGINT,
    created_at TIMESTAMPTZ NOT NULL,
    empty_since TIMESTAMPTZ,
    owner_left_at TIMESTAMPTZ,
    former_owner_id BIGINT,
    former_owner_left_at TIMESTAMPTZ,
    pending_name TEXT CHECK (length(pending_name) BETWEEN 1 AND 100),
    pending_name_at TIMESTAMPTZ,
    renamed_at TIMESTAMPTZ[] NOT NULL,
    CHECK ((pending_name IS NULL) = (pending_name_at IS NULL)),
    CHECK ((panel_channel_id IS NULL) = (panel_message_id IS NULL)),
    CHECK ((former_owner_id IS NULL) = (former_owner_left_at IS NULL)),
    -- Never two rooms for one join, and never one number twice.
    UNIQUE (hub_id, owner_id),
    UNIQUE (hub_id, number)
);
CREATE INDEX voice_rooms_guild ON voice_rooms (guild_id);

-- Members whom a conference silences by muting them, as taking SPEAK away does not reach who is connected
-- already. They are to be heard again when it ends, or wherever they turn up next.
CREATE TABLE voice_silences (
    guild_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (guild_id, user_id)
);

ALTER TABLE voice_hubs ENABLE ROW LEVEL SECURITY;
ALTER TABLE voice_rooms ENABLE ROW LEVEL SECURITY;
ALTER TABLE voice_silences ENABLE ROW LEVEL SECURITY;
