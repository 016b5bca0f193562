-- The dashboard's queue: column for column what the dashboard expects, so that a table it has made is kept.
CREATE TABLE IF NOT EXISTS commands (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    guild_id TEXT NOT NULL,
    action TEXT NOT NULL,
    payload JSONB,
    status TEXT DEFAULT 'pending', -- 'pending' | 'processing' | 'done' | 'error'
    result JSONB,
    created_at TIMESTAMPTZ DEFAULT now(),
    updated_at TIMESTAMPTZ DEFAULT now()
);

-- No dashboard needs to know these.
ALTER TABLE commands
    ADD COLUMN IF NOT EXISTS requested_by TEXT,
    ADD COLUMN IF NOT EXISTS claimed_by UUID,
    ADD COLUMN IF NOT EXISTS lease_expires_at TIMESTAMPTZ,
    ADD COLUMN IF NOT EXISTS attempts INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS started_at TIMESTAMPTZ,
    ADD COLUMN IF NOT EXISTS finished_at TIMESTAMPTZ;

COMMENT ON COLUMN commands.requested_by IS 'the Discord user on whose behalf the dashboard asks';
COMMENT ON COLUMN commands.claimed_by IS 'the process that carries it out, or did';
COMMENT ON COLUMN commands.attempts IS 'how often it was claimed; also the fencing number of a claim';

-- Claiming reads pending rows in order, recovery those whose lease is over; done rows are never looked at.
CREATE INDEX IF NOT EXISTS commands_pending ON commands (created_at) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS commands_processing ON commands (lease_expires_at) WHERE status = 'processing';

-- One notification a transaction, however many rows it inserts: equal ones are merged.
CREATE OR REPLACE FUNCTION vagrolant_commands_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('vagrolant_commands', '');
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER vagrolant_commands_notify AFTER INSERT ON commands
    FOR EACH STATEMENT EXECUTE FUNCTION vagrolant_commands_notify();

CREATE OR REPLACE FUNCTION vagrolant_touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER vagrolant_commands_touch BEFORE UPDATE ON commands
    FOR EACH ROW EXECUTE FUNCTION vagrolant_touch_updated_at();
