-- The function of 0016, for whatever a row may say of when it was begun, times to come included: no duration is shorter
-- than none or longer than the audit's column holds.

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
            CASE WHEN isfinite(c.started_at) THEN
                greatest(least(extract(epoch FROM c.finished_at - c.started_at) * 1000, 2147483647), 0) END AS took
    ), noted AS (
        INSERT INTO command_audit
            (command_id, guild_id, source, action, requested_by, channel_id, ok, code, started_at, duration_ms)
        SELECT id, guild, 'dashboard', action, requester, channel, ok, code, started_at, took
        FROM written
    )
    SELECT id FROM written;
END
$$;
