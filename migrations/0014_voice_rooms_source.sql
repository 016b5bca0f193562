-- What a room needs to know of its hub once the hub is gone or out of the bot's sight.
ALTER TABLE voice_rooms
    -- The overwrites that its permissions come from, as Discord last showed them; none: never seen.
    ADD COLUMN source JSONB,
    -- Of a hub that is gone; none while it is there.
    ADD COLUMN empty_grace INTEGER,
    ADD COLUMN owner_leaves TEXT CHECK (owner_leaves IN ('keep', 'transfer', 'remove')),
    ADD COLUMN keep_for INTEGER,
    ADD COLUMN return_window INTEGER,
    ADD CHECK (num_nonnulls(empty_grace, owner_leaves, keep_for, return_window) IN (0, 4));
