-- Each process keeps the guilds of its own shards. What was kept before lives three minutes: not worth moving.
DELETE FROM gateway_caches;

ALTER TABLE gateway_caches ADD COLUMN shards INTEGER[] NOT NULL;
ALTER TABLE gateway_caches DROP CONSTRAINT gateway_caches_pkey;
ALTER TABLE gateway_caches ADD PRIMARY KEY (application_id, shards);
