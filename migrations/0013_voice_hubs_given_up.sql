-- Where Discord never said whether it made a room's channel, its owner is given another one after some seconds.
-- The row stays a little longer: should the channel turn up after all, it is recognised by it.
ALTER TABLE voice_rooms
    ADD COLUMN given_up_at TIMESTAMPTZ,
    -- Whether what its owner chooses is kept for his next room: not once he has asked to have it forgotten.
    ADD COLUMN remembered BOOLEAN NOT NULL DEFAULT true,
    ADD CHECK (given_up_at IS NULL OR channel_id IS NULL),
    DROP CONSTRAINT voice_rooms_hub_id_owner_id_key,
    DROP CONSTRAINT voice_rooms_hub_id_number_key;
CREATE UNIQUE INDEX voice_rooms_owner ON voice_rooms (hub_id, owner_id) WHERE given_up_at IS NULL;
CREATE UNIQUE INDEX voice_rooms_number ON voice_rooms (hub_id, number) WHERE given_up_at IS NULL;
