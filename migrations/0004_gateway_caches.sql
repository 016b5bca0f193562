-- What the process that ended knew of its guilds: Discord does not tell it again to who resumes a session.
CREATE TABLE gateway_caches (
    application_id BIGINT PRIMARY KEY,
    snapshot TEXT NOT NULL,
    saved_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

ALTER TABLE gateway_caches ENABLE ROW LEVEL SECURITY;
