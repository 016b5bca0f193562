-- The functions of 0012, for whatever a row may hold: one that cannot be claimed or finished would stop all of them.

-- JSON is stored more shortly than it is written: a number of 131,072 digits takes twelve bytes (1e131071), and some
-- thousands of them take more memory than the server has. So what is not small is looked through before it is written.
CREATE FUNCTION vagrolant_is_short(value JSONB, max_bytes INTEGER) RETURNS BOOLEAN STABLE LANGUAGE plpgsql AS $$
BEGIN
    -- Nothing takes eight times as much as when it is written. (What is found in the value is not compressed.)
    IF pg_column_size(value) / 8 > max_bytes OR pg_column_size(jsonb_path_query_first(value, '$')) / 8 > max_bytes THEN
        RETURN false;
    END IF;
    RETURN (
        SELECT coalesce(sum(CASE WHEN abs(n) < 1e40 THEN scale(n) ELSE max_bytes + 1 END), 0) <= max_bytes
        FROM (
            SELECT number::numeric AS n
            FROM jsonb_array_elements(jsonb_path_query_array(value, 'strict $.** ? (@.type() == "number")')) AS number
        ) AS numbers);
EXCEPTION WHEN statement_too_complex THEN
    -- Nested ten thousand deep.
    RETURN false;
END
$$;

-- The value as text; NULL where that takes more than `max_bytes`. (To know that of what takes 500 bytes, some megabytes
-- may have to be written.)
CREATE FUNCTION vagrolant_text_within(value JSONB, max_bytes INTEGER) RETURNS TEXT STABLE LANGUAGE sql AS $$
    SELECT CASE
        WHEN pg_column_size(value) <= 500 AND pg_column_compression(value) IS NULL
            OR vagrolant_is_short(value, max_bytes)
        THEN CASE WHEN octet_length(value::text) <= max_bytes THEN value::text END END
$$;

-- Claims for `process` the first rows of up to `room` lanes that are free: none of whose rows is being carried
-- out by anybody, and that are not among `closed`. One row a lane, but up to `depth` of those lanes that
-- `several` names, whose commands may be carried out again at will. Guilds take turns: the walk begins after
-- `after_guild` and goes round once, but looks at no more than `reach` guilds.
--
-- `actions` and `lanes` say which lane an action is in, all others are in ''. `closed` holds guilds and lanes
-- as 'guild/lane'. `shards` are those of `shard_count` whose guilds may be claimed, NULL for all; what is no
-- guild's id is anybody's. A row that a process has died over is claimed only `with_retries`, and only one of
-- them: so that it is known which one it was, should that happen again.
--
-- Returns the claimed rows (`started_ms`: when the first attempt began, where this is another), and on each
-- where to begin next time (`next_guild`) and whether there is reason to (`more`); one row without a command
-- where none can be claimed, and no row at all where none waits.
CREATE OR REPLACE FUNCTION vagrolant_commands_claim(
    process UUID, lease_ms BIGINT, room INTEGER, reach INTEGER, after_guild TEXT, actions TEXT[], lanes TEXT[],
    closed TEXT[], with_retries BOOLEAN, shard_count INTEGER, shards INTEGER[], max_payload INTEGER,
    several TEXT[], depth INTEGER
) RETURNS TABLE (
    next_guild TEXT, more BOOLEAN, id UUID, guild TEXT, action TEXT, payload TEXT, payload_type TEXT,
    payload_bytes INTEGER, requested_by TEXT, attempts INTEGER, created_ms BIGINT, progress TEXT, started_ms BIGINT
) LANGUAGE plpgsql
-- The tables' sizes change faster than what is known of them, and plans are kept.
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    -- More distinct actions than this a guild does not have by good means; each costs a look.
    max_actions CONSTANT INTEGER := 64;
BEGIN
    -- A claim that a crash of the server takes away leaves the row pending.
    PERFORM set_config('synchronous_commit', 'off', true);
    -- Most looks find nothing.
    IF NOT EXISTS (SELECT FROM commands WHERE status = 'pending') THEN
        RETURN;
    END IF;
    -- One claim at a time, and what is looked at after this includes what the last one has done: so no two
    -- processes see the same lane free.
    PERFORM pg_advisory_xact_lock(7236833123405);
    -- Mostly one row waits and nobody is in its way: that takes no walk, the start of which alone costs several
    -- times as much. All of it is seen at one moment, or what is given back meanwhile would be overtaken.
    RETURN QUERY
    UPDATE commands c SET
        status = 'processing',
        claimed_by = process,
        lease_expires_at = now() + lease_ms * interval '1 millisecond',
        attempts = 1,
        started_at = clock_timestamp(),
        updated_at = now()
    WHERE c.ctid = (
        SELECT w.ctid FROM commands w
        WHERE w.status = 'pending' AND w.attempts = 0
            AND (SELECT count(*) FROM (SELECT FROM commands WHERE status = 'pending' LIMIT 2) two) = 1
            AND (shards IS NULL
                OR coalesce(vagrolant_shard_of(left(w.guild_id, 64), shard_count) = ANY (shards), true))
            AND left(w.guild_id, 64) || '/' || coalesce(lanes[array_position(actions, left(w.action, 128))], '')
                NOT IN (
                    SELECT left(b.guild_id, 64) || '/'
                        || coalesce(lanes[array_position(actions, left(b.action, 128))], '')
                    FROM commands b WHERE b.status = 'processing'
                    UNION ALL
                    SELECT unnest(closed))
        -- Who holds the row, to take it back perhaps, is not waited for.
        FOR UPDATE SKIP LOCKED)
    RETURNING left(c.guild_id, 64), false, c.id, left(c.guild_id, 64), left(c.action, 128),
        vagrolant_text_within(c.payload, max_payload),
        coalesce(jsonb_typeof(c.payload), 'null'),
        coalesce(octet_length(vagrolant_text_within(c.payload, max_payload)),
            CASE WHEN c.payload IS NULL THEN 0 ELSE max_payload + 1 END),
        left(c.requested_by, 64), c.attempts,
        floor(extract(epoch FROM greatest(least(c.created_at, now()), 'epoch')) * 1000)::bigint,
        c.progress::text,
        NULL::bigint;
    IF FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH RECURSIVE walk AS (
        (SELECT 1 AS step, 1 AS guilds, 1 AS seen, first.*
        FROM (
            (SELECT false AS round, left(guild_id, 64) COLLATE "C" AS guild, left(action, 128) COLLATE "C" AS action,
                seq, attempts, ctid AS place
            FROM commands
            WHERE status = 'pending' AND left(guild_id, 64) COLLATE "C" > after_guild
            ORDER BY left(guild_id, 64) COLLATE "C", left(action, 128) COLLATE "C", seq LIMIT 1)
            UNION ALL
            (SELECT true, left(guild_id, 64) COLLATE "C", left(action, 128) COLLATE "C", seq, attempts, ctid
            FROM commands WHERE status = 'pending'
            ORDER BY left(guild_id, 64) COLLATE "C", left(action, 128) COLLATE "C", seq LIMIT 1)
        ) first LIMIT 1)
        UNION ALL
        SELECT w.step + 1, w.guilds + (n.guild <> w.guild)::integer,
            CASE WHEN n.guild = w.guild THEN w.seen + 1 ELSE 1 END, n.*
        FROM walk w, LATERAL (
            (SELECT w.round, left(guild_id, 64) COLLATE "C" AS guild, left(action, 128) COLLATE "C" AS action,
                seq, attempts, ctid
            FROM commands
            WHERE w.seen < max_actions AND status = 'pending'
                AND (left(guild_id, 64) COLLATE "C", left(action, 128) COLLATE "C") > (w.guild, w.action)
            ORDER BY left(guild_id, 64) COLLATE "C", left(action, 128) COLLATE "C", seq LIMIT 1)
            UNION ALL
            -- Of the rest those actions that there are, or others would hide them.
            (SELECT w.round, f.*
            FROM (SELECT known FROM unnest(actions) AS a(known)
                WHERE known COLLATE "C" > w.action ORDER BY known COLLATE "C") k, LATERAL (
                SELECT left(guild_id, 64) COLLATE "C", left(action, 128) COLLATE "C", seq, attempts, ctid
                FROM commands
                WHERE status = 'pending' AND left(guild_id, 64) COLLATE "C" = w.guild
                    AND left(action, 128) COLLATE "C" = k.known COLLATE "C"
                ORDER BY left(guild_id, 64) COLLATE "C", left(action, 128) COLLATE "C", seq LIMIT 1
            ) f
            WHERE w.seen >= max_actions
            ORDER BY k.known COLLATE "C" LIMIT 1)
            UNION ALL
            (SELECT w.round, left(guild_id, 64) COLLATE "C", left(action, 128) COLLATE "C", seq, attempts, ctid
            FROM commands
            WHERE w.seen >= max_actions AND status = 'pending' AND left(guild_id, 64) COLLATE "C" > w.guild
            ORDER BY left(guild_id, 64) COLLATE "C", left(action, 128) COLLATE "C", seq LIMIT 1)
            UNION ALL
            (SELECT true, left(guild_id, 64) COLLATE "C", left(action, 128) COLLATE "C", seq, attempts, ctid
            FROM commands WHERE status = 'pending' AND NOT w.round
            ORDER BY left(guild_id, 64) COLLATE "C", left(action, 128) COLLATE "C", seq LIMIT 1)
            LIMIT 1
        ) n
        WHERE NOT (n.round AND n.guild > after_guild COLLATE "C") AND w.guilds <= reach
    ), heads AS (
        -- The walk's last guild beyond the reach may be incomplete.
        SELECT DISTINCT ON (guild, lane) w.*, array_agg(action) OVER (PARTITION BY guild, lane) AS lane_actions
        FROM (
            SELECT *, coalesce(lanes[array_position(actions, action)], '') AS lane FROM walk WHERE guilds <= reach
        ) w
        WHERE shards IS NULL OR coalesce(vagrolant_shard_of(guild, shard_count) = ANY (shards), true)
        ORDER BY guild, lane, seq
    ), busy AS MATERIALIZED (
        SELECT left(guild_id, 64) || '/' || coalesce(lanes[array_position(actions, left(action, 128))], '') AS lane
        FROM commands WHERE status = 'processing'
        UNION ALL
        SELECT unnest(closed)
    ), free AS (
        SELECT h.*, row_number() OVER (PARTITION BY h.attempts > 0 ORDER BY h.step) AS turn
        FROM heads h
        WHERE h.guild || '/' || h.lane NOT IN (SELECT lane FROM busy)
    ), chosen AS (
        SELECT * FROM free WHERE attempts = 0 OR (turn = 1 AND with_retries) ORDER BY step LIMIT room
    ), picked AS MATERIALIZED (
        SELECT place, step, 1 AS nth FROM chosen WHERE attempts > 0 OR lane <> ALL (several)
        UNION ALL
        -- Up to the first that a process has died over.
        SELECT r.place, w.step, r.nth
        FROM chosen w, LATERAL (
            SELECT f.place, row_number() OVER (ORDER BY f.seq) AS nth,
                bool_and(f.attempts = 0) OVER (ORDER BY f.seq) AS fresh
            FROM unnest(w.lane_actions) AS a(action), LATERAL (
                SELECT ctid AS place, seq, attempts FROM commands
                WHERE status = 'pending' AND left(guild_id, 64) COLLATE "C" = w.guild
                    AND left(action, 128) COLLATE "C" = a.action
                ORDER BY left(guild_id, 64) COLLATE "C", left(action, 128) COLLATE "C", seq LIMIT depth
            ) f
            ORDER BY f.seq LIMIT depth
        ) r
        WHERE w.attempts = 0 AND w.lane = ANY (several) AND r.fresh
    ), locked AS MATERIALIZED (
        -- Nor is anybody waited for here. The status is asked so that no index serves it: each row is found by
        -- its place, whatever the planner believes to be waiting.
        SELECT c.ctid AS place, w.step, w.nth FROM picked w JOIN commands c ON c.ctid = w.place
        WHERE coalesce(c.status, '') = 'pending' FOR UPDATE OF c SKIP LOCKED
    ), taken AS (
        -- Nor overtaken.
        SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY step ORDER BY nth) AS place_in_line FROM locked) l
        WHERE place_in_line = nth
    ), claimed AS (
        UPDATE commands c SET
            status = 'processing',
            claimed_by = process,
            lease_expires_at = now() + lease_ms * interval '1 millisecond',
            attempts = least(c.attempts, 2147483646) + 1,
            started_at = CASE WHEN c.attempts > 0 AND isfinite(c.started_at) THEN c.started_at
                ELSE clock_timestamp() END,
            updated_at = now()
        FROM taken WHERE c.ctid = taken.place
        RETURNING c.*, taken.step
    ), finding AS (
        SELECT
            CASE WHEN (SELECT count(*) FROM chosen) >= room
                THEN (SELECT guild FROM chosen ORDER BY step DESC LIMIT 1)
                ELSE (SELECT guild FROM walk WHERE guilds <= reach ORDER BY step DESC LIMIT 1) END AS next_guild,
            (SELECT count(*) FROM chosen) >= room OR EXISTS (SELECT FROM walk WHERE guilds > reach) AS more
    )
    SELECT coalesce(f.next_guild, after_guild), f.more, c.id, left(c.guild_id, 64), left(c.action, 128),
        t.payload,
        coalesce(jsonb_typeof(c.payload), 'null'),
        coalesce(octet_length(t.payload), CASE WHEN c.payload IS NULL THEN 0 ELSE max_payload + 1 END),
        left(c.requested_by, 64), c.attempts,
        floor(extract(epoch FROM greatest(least(c.created_at, now()), 'epoch')) * 1000)::bigint,
        c.progress::text,
        CASE WHEN c.attempts > 1 THEN floor(extract(epoch FROM c.started_at) * 1000)::bigint END
    FROM finding f LEFT JOIN (
        claimed c CROSS JOIN LATERAL (SELECT vagrolant_text_within(c.payload, max_payload) AS payload OFFSET 0) t
    ) ON true
    ORDER BY c.step, c.seq;
END
$$;

-- Writes what became of commands that `process` holds, and notes each in command_audit. An outcome is
-- {"id", "attempts", "result"}; returns the ids of those that were still its own, or whose claim the server has
-- forgotten in a crash. Without `durable` the commit does not wait for the disk.
CREATE OR REPLACE FUNCTION vagrolant_commands_finish(process UUID, outcomes JSONB, durable BOOLEAN) RETURNS SETOF UUID
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
BEGIN
    IF NOT durable THEN
        PERFORM set_config('synchronous_commit', 'off', true);
    END IF;
    RETURN QUERY
    WITH written AS (
        UPDATE commands c SET
            status = CASE WHEN o.result->'ok' = 'true' THEN 'done' ELSE 'error' END,
            result = o.result,
            lease_expires_at = NULL,
            finished_at = clock_timestamp(),
            updated_at = now()
        FROM jsonb_to_recordset(outcomes) AS o(id uuid, attempts integer, result jsonb)
        -- As arrays are looked for no plan walks along the ids of all that is in the table; one that was made while
        -- it was small would. Nor does `=` invite the index of what is being processed, for a look at all of it.
        WHERE c.id = ANY (ARRAY[o.id]) AND (
            (c.status IS NOT DISTINCT FROM 'processing' AND c.claimed_by = process AND c.attempts = o.attempts)
            OR (c.status IS NOT DISTINCT FROM 'pending' AND c.claimed_by IS NULL AND c.attempts = o.attempts - 1))
        RETURNING c.id, left(c.guild_id, 64) AS guild, left(c.action, 128) AS action,
            left(c.requested_by, 64) AS requester,
            CASE jsonb_typeof(c.payload->'channelId') WHEN 'string' THEN left(c.payload->>'channelId', 20) END
                AS channel,
            c.status = 'done' AS ok, left(c.result->>'code', 64) AS code, c.started_at,
            least(extract(epoch FROM c.finished_at - c.started_at) * 1000, 2147483647) AS took
    ), noted AS (
        INSERT INTO command_audit
            (command_id, guild_id, source, action, requested_by, channel_id, ok, code, started_at, duration_ms)
        SELECT id, guild, 'dashboard', action, requester, channel, ok, code, started_at, took
        FROM written
    )
    SELECT id FROM written;
END
$$;

-- Nobody but the bot.
DO $$
DECLARE
    who TEXT;
BEGIN
    FOREACH who IN ARRAY ARRAY['public', 'anon', 'authenticated'] LOOP
        IF who = 'public' OR EXISTS (SELECT FROM pg_roles WHERE rolname = who) THEN
            EXECUTE 'REVOKE ALL ON FUNCTION vagrolant_is_short, vagrolant_text_within FROM ' || who;
        END IF;
    END LOOP;
END
$$;
