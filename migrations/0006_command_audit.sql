-- Who had the bot do what, from a dashboard or in Discord. Rows outlive the commands that they tell of.
CREATE TABLE command_audit (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- NULL for slash commands.
    command_id UUID,
    guild_id TEXT COLLATE "C" NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('dashboard', 'slash')),
    action TEXT NOT NULL,
    -- The Discord user; NULL where the dashboard named nobody.
    requested_by TEXT,
    channel_id TEXT,
    ok BOOLEAN NOT NULL,
    -- Why not, as in the command's result.
    code TEXT,
    started_at TIMESTAMPTZ,
    duration_ms INTEGER,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX command_audit_latest ON command_audit (guild_id, id DESC);

ALTER TABLE command_audit ENABLE ROW LEVEL SECURITY;
