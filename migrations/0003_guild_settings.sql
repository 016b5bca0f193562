-- What each guild has chosen; no row, or NULL, is the bot's default.
CREATE TABLE guild_settings (
    guild_id BIGINT PRIMARY KEY,
    locale TEXT CHECK (locale IN ('fr', 'en')),
    timezone TEXT CHECK (length(timezone) BETWEEN 1 AND 64),
    -- Who an announcement may ping at the most: everybody it mentions, users only, nobody.
    announce_mentions TEXT CHECK (announce_mentions IN ('all', 'users', 'none')),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TRIGGER guild_settings_touch BEFORE UPDATE ON guild_settings
    FOR EACH ROW EXECUTE FUNCTION vagrolant_touch_updated_at();

ALTER TABLE guild_settings ENABLE ROW LEVEL SECURITY;
