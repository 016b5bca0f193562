#include "bot/command_queue/store.hpp"

#include "db/transaction.hpp"

#include <algorithm>

namespace vagrolant::bot {
namespace {

using db::statement;
using db::transaction;

// The row's place (ctid) keeps rows in order that one statement has inserted, with equal times.
// Texts from outside are cut at lengths that nothing valid reaches.
// The claim's commit does not wait for the disk: should the server crash before it gets there, the row is
// simply pending again, and this process, which still holds it, does not run it a second time. Writing the
// outcome does wait, and takes the claim with it. On a busy disk (8 ms a flush) that takes a third off the
// latency.
constexpr statement claim_sql{"commands_claim", R"(
WITH next AS (
    SELECT id, ctid AS place FROM commands
    WHERE status = 'pending' AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'
    ORDER BY created_at, ctid
    LIMIT $2
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE commands SET
        status = 'processing',
        claimed_by = $1,
        lease_expires_at = now() + $3 * interval '1 millisecond',
        attempts = attempts + 1,
        started_at = now()
    FROM next WHERE commands.id = next.id
    RETURNING commands.*, next.place
)
SELECT id, left(guild_id, 64) AS guild_id, left(action, 128) AS action,
    CASE WHEN octet_length(payload::text) <= $4 THEN payload::text END AS payload,
    coalesce(jsonb_typeof(payload), 'null') AS payload_type,
    coalesce(octet_length(payload::text), 0) AS payload_bytes,
    left(requested_by, 64) AS requested_by, attempts,
    floor(extract(epoch FROM coalesce(created_at, now())) * 1000)::bigint AS created_ms
FROM claimed ORDER BY created_at, place)"};

constexpr statement extend_sql{"commands_extend", R"(
UPDATE commands SET lease_expires_at = now() + $3 * interval '1 millisecond'
WHERE id = ANY ($2::uuid[]) AND status = 'processing' AND claimed_by = $1
RETURNING id)"};

constexpr statement finish_sql{"commands_finish", R"(
UPDATE commands SET
    status = f.status,
    result = f.result,
    lease_expires_at = NULL,
    finished_at = now()
FROM jsonb_to_recordset($2::jsonb) AS f(id uuid, attempts integer, status text, result jsonb)
WHERE commands.id = f.id
    AND commands.status = 'processing' AND commands.claimed_by = $1 AND commands.attempts = f.attempts
RETURNING commands.id)"};

constexpr statement release_sql{"commands_release", R"(
UPDATE commands SET
    status = 'pending',
    claimed_by = NULL,
    lease_expires_at = NULL,
    started_at = NULL,
    attempts = commands.attempts - $3
FROM jsonb_to_recordset($2::jsonb) AS f(id uuid, attempts integer)
WHERE commands.id = f.id
    AND commands.status = 'processing' AND commands.claimed_by = $1 AND commands.attempts = f.attempts)"};

constexpr statement recover_sql{"commands_recover", R"(
WITH expired AS (
    SELECT id, claimed_by IS NOT NULL AND attempts < $1 AS again FROM commands
    WHERE status = 'processing' AND CASE
        WHEN lease_expires_at IS NULL THEN coalesce(updated_at, created_at, '-infinity') < now() - interval '15 minutes'
        ELSE lease_expires_at < now() END
    FOR UPDATE SKIP LOCKED
)
UPDATE commands SET
    status = CASE WHEN again THEN 'pending' ELSE 'error' END,
    result = CASE WHEN again THEN result ELSE $2::jsonb END,
    claimed_by = CASE WHEN again THEN NULL ELSE claimed_by END,
    finished_at = CASE WHEN again THEN NULL ELSE now() END,
    lease_expires_at = NULL
FROM expired WHERE commands.id = expired.id)"};

constexpr statement notify_sql{"commands_notify", "SELECT pg_notify($1, $2)"};

std::optional<std::string> optional_text(const pqxx::row& row, const char* column) {
    const auto field = row[column];
    if (field.is_null())
        return std::nullopt;
    return field.as<std::string>();
}

claimed_command parse_row(const pqxx::row& row) {
    claimed_command found;
    found.request.id = row["id"].as<std::string>();
    found.request.guild_id = row["guild_id"].as<std::string>();
    found.request.action = row["action"].as<std::string>();
    found.request.requested_by = optional_text(row, "requested_by");
    found.request.attempts = row["attempts"].as<int>();
    found.request.created_at = std::chrono::sys_time<std::chrono::milliseconds>(
        std::chrono::milliseconds(row["created_ms"].as<std::int64_t>()));
    found.payload_type = row["payload_type"].as<std::string>();
    found.payload_bytes = row["payload_bytes"].as<std::int64_t>();
    if (found.payload_type != "null")
        found.request.payload = optional_text(row, "payload");
    return found;
}

std::vector<std::string> ids_of(const pqxx::result& rows) {
    std::vector<std::string> ids;
    ids.reserve(rows.size());
    for (const auto& row : rows)
        ids.push_back(row[0].as<std::string>());
    return ids;
}

/// The ids are UUIDs that the database has printed: nothing in them needs quoting.
std::string uuid_array(const std::vector<std::string>& ids) {
    std::string text = "{";
    for (const auto& id : ids)
        text += (text.size() == 1 ? "" : ",") + id;
    return text + "}";
}

} // namespace

command_store::command_store(db::pool& database, std::string process)
    : database_(database)
    , process_(std::move(process)) {}

awaitable<std::vector<claimed_command>> command_store::claim(std::size_t limit,
                                                             std::chrono::milliseconds lease) {
    return database_.run_single([process = process_, limit, lease](transaction& database) {
        const auto rows = database.exec(claim_sql, process, limit, lease.count(), max_payload_bytes);
        std::vector<claimed_command> found;
        found.reserve(rows.size());
        std::transform(rows.begin(), rows.end(), std::back_inserter(found), parse_row);
        return found;
    });
}

awaitable<std::vector<std::string>> command_store::extend(std::vector<std::string> ids,
                                                          std::chrono::milliseconds lease) {
    return database_.run_single([process = process_, ids = uuid_array(ids), lease](transaction& database) {
        return ids_of(database.exec(extend_sql, process, ids, lease.count()));
    });
}

awaitable<std::vector<std::string>> command_store::finish(std::vector<finished_command> outcomes) {
    json::array rows;
    for (auto& [claim, outcome] : outcomes) {
        rows.push_back(json::object{{"id", claim.id},
                                    {"attempts", claim.attempts},
                                    {"status", outcome.ok ? "done" : "error"},
                                    {"result", std::move(outcome.result)}});
    }
    return database_.run_single([process = process_, rows = json::serialize(rows)](transaction& database) {
        return ids_of(database.exec(finish_sql, process, rows));
    });
}

awaitable<void> command_store::release(std::vector<command_claim> claims, bool begun) {
    json::array rows;
    for (const auto& [id, attempts] : claims)
        rows.push_back(json::object{{"id", id}, {"attempts", attempts}});
    return database_.run_single(
        [process = process_, rows = json::serialize(rows), begun](transaction& database) {
            database.exec(release_sql, process, rows, begun ? 0 : 1);
        });
}

awaitable<std::size_t> command_store::recover(int max_attempts, command_outcome given_up) {
    return database_.run_single(
        [max_attempts, result = json::serialize(given_up.result)](transaction& database) -> std::size_t {
            return database.exec(recover_sql, max_attempts, result).affected_rows();
        });
}

awaitable<void> command_store::notify(std::string payload) {
    return database_.run_single([payload = std::move(payload)](transaction& database) {
        database.exec(notify_sql, std::string(command_channel), payload);
    });
}

} // namespace vagrolant::bot
