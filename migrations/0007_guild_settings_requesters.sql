-- Who may have the bot do something. No row, or NULL, is the default: nobody but who holds the permission, and
-- dashboards need not name anybody.
ALTER TABLE guild_settings
    ADD COLUMN moderator_roles BIGINT[] CHECK (cardinality(moderator_roles) <= 25),
    ADD COLUMN requester_required BOOLEAN;

COMMENT ON COLUMN guild_settings.moderator_roles IS 'holders may do what actions ask a permission for';
COMMENT ON COLUMN guild_settings.requester_required IS 'commands without requested_by are refused';

-- The bot remembers settings for a moment; whoever changes the table tells it.
CREATE FUNCTION vagrolant_guild_settings_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('vagrolant_guild_settings', coalesce(NEW.guild_id, OLD.guild_id)::text);
    RETURN NULL;
END
$$;

CREATE TRIGGER guild_settings_notify AFTER INSERT OR UPDATE OR DELETE ON guild_settings
    FOR EACH ROW EXECUTE FUNCTION vagrolant_guild_settings_notify();
