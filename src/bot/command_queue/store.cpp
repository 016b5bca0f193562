#include "bot/command_queue/store.hpp"

#include "db/transaction.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace vagrolant::bot {
namespace {

using db::statement;
using db::transaction;

constexpr statement claim_sql{
    "commands_claim",
    "SELECT *, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms "
    "FROM vagrolant_commands_claim($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"};

constexpr statement finish_sql{"commands_finish", "SELECT vagrolant_commands_finish($1, $2::jsonb, $3)"};

// A claim that the server has forgotten in a crash, which nobody has taken since, is taken again. Who holds a
// row's lock for longer must not keep the others from being renewed.
constexpr statement renew_sql{"commands_renew", R"(
WITH ours AS (
    SELECT c.id, a.attempts FROM unnest($2::uuid[], $3::integer[]) AS a(id, attempts) JOIN commands c USING (id)
    WHERE (c.status = 'processing' AND c.claimed_by = $1 AND c.attempts = a.attempts)
        OR (c.status = 'pending' AND c.claimed_by IS NULL AND c.attempts = a.attempts - 1)
), free AS (
    SELECT c.id, ours.attempts FROM ours JOIN commands c USING (id)
    WHERE c.status IN ('processing', 'pending') AND c.attempts BETWEEN ours.attempts - 1 AND ours.attempts
        AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'
    FOR UPDATE OF c SKIP LOCKED
), renewed AS (
    UPDATE commands SET
        status = 'processing',
        claimed_by = $1,
        attempts = free.attempts,
        lease_expires_at = now() + $4 * interval '1 millisecond',
        updated_at = now()
    FROM free WHERE commands.id = free.id
    RETURNING commands.id
)
SELECT id, id IN (SELECT id FROM renewed) AS renewed FROM ours)"};

constexpr statement report_sql{"commands_report", R"(
UPDATE commands SET progress = $4::jsonb, updated_at = now()
WHERE id = $2 AND status = 'processing' AND claimed_by = $1 AND attempts = $3
    AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off')"};

constexpr statement release_sql{"commands_release", R"(
UPDATE commands SET
    status = 'pending',
    claimed_by = NULL,
    lease_expires_at = NULL,
    -- That of the first attempt.
    started_at = CASE WHEN commands.attempts > $3 THEN commands.started_at END,
    attempts = commands.attempts - $3,
    updated_at = now()
FROM jsonb_to_recordset($2::jsonb) AS f(id uuid, attempts integer)
WHERE commands.id = f.id
    AND commands.status = 'processing' AND commands.claimed_by = $1 AND commands.attempts = f.attempts)"};

constexpr statement release_unheld_sql{"commands_release_unheld", R"(
UPDATE commands SET
    status = 'pending',
    claimed_by = NULL,
    lease_expires_at = NULL,
    started_at = CASE WHEN attempts > 1 THEN started_at END,
    attempts = attempts - 1,
    updated_at = now()
WHERE status = 'processing' AND claimed_by = $1 AND id <> ALL ($2::uuid[]))"};

constexpr statement recover_sql{"commands_recover", R"(
WITH expired AS (
    SELECT id, claimed_by, claimed_by IS NOT NULL AND attempts < $3 AS again FROM commands
    WHERE status = 'processing' AND (claimed_by IS DISTINCT FROM $1 OR id <> ALL ($2::uuid[])) AND CASE
        WHEN lease_expires_at IS NULL THEN coalesce(updated_at, created_at, '-infinity') < now() - interval '15 minutes'
        ELSE lease_expires_at < now() END
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
), recovered AS (
    UPDATE commands c SET status = 'pending', claimed_by = NULL, lease_expires_at = NULL, updated_at = now()
    FROM expired WHERE c.id = expired.id AND again
)
SELECT id, CASE WHEN again THEN -1 WHEN claimed_by IS NULL THEN 1 ELSE 0 END FROM expired)"};

constexpr statement excess_sql{"commands_excess", R"(
WITH excess AS (
    SELECT waiting.id, bound.number
    FROM jsonb_to_recordset($1::jsonb) AS bound(guild text, lane text, keep bigint, number integer),
        LATERAL (
            SELECT id FROM commands
            WHERE status = 'pending' AND left(guild_id, 64) COLLATE "C" = bound.guild COLLATE "C"
                AND coalesce(($3::text[])[array_position($2::text[], left(action, 128))], '') = bound.lane
            ORDER BY seq OFFSET bound.keep LIMIT $4
        ) waiting
)
SELECT c.id, excess.number FROM excess JOIN commands c USING (id)
WHERE c.status = 'pending' FOR UPDATE OF c SKIP LOCKED)"};

constexpr statement too_old_sql{"commands_too_old", R"(
SELECT id, (attempts > 0)::integer FROM commands
WHERE status = 'pending' AND least(created_at, updated_at) < now() - $1 * interval '1 second'
LIMIT $2
FOR UPDATE SKIP LOCKED)"};

// For rows that are locked.
constexpr statement end_sql{"commands_end", R"(
WITH ended AS (
    UPDATE commands c SET
        status = 'error',
        result = CASE WHEN jsonb_typeof(c.progress) = 'object' THEN c.progress ELSE '{}' END || coalesce(
            e.result->(SELECT locale FROM guild_settings s WHERE s.guild_id = CASE
                WHEN c.guild_id ~ '^([0-9]{1,18}|[0-8][0-9]{18})$' THEN c.guild_id::bigint END),
            e.result->''),
        finished_at = now(),
        lease_expires_at = NULL,
        updated_at = now()
    FROM jsonb_to_recordset($1::jsonb) AS e(ids jsonb, result jsonb), jsonb_array_elements_text(e.ids) AS i(id)
    WHERE c.id = i.id::uuid
    RETURNING c.*
)
INSERT INTO command_audit
    (command_id, guild_id, source, action, requested_by, channel_id, ok, code, started_at, duration_ms)
SELECT id, left(guild_id, 64), 'dashboard', left(action, 128), left(requested_by, 64),
    CASE jsonb_typeof(payload->'channelId') WHEN 'string' THEN left(payload->>'channelId', 20) END, false,
    left(result->>'code', 64), started_at,
    CASE WHEN isfinite(started_at)
        THEN greatest(least(extract(epoch FROM finished_at - started_at) * 1000, 2147483647), 0) END
FROM ended)"};

constexpr statement notify_sql{"commands_notify", "SELECT pg_notify($1, $2)"};

// For statements whose plan must not depend on how large the table was when it was made.
constexpr auto by_index = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; "
                          "SET LOCAL enable_mergejoin = off; SET LOCAL jit = off";

// Rows come from the pool or from the session, and read alike.
template <class Row>
std::optional<std::string> optional_text(const Row& row, const char* column) {
    const auto field = row[column];
    if (field.is_null())
        return std::nullopt;
    return field.template as<std::string>();
}

using clock = std::chrono::steady_clock;

// Whatever a row says, differences of times stay within their type.
constexpr std::chrono::years oldest{100};

// `sent`: when the statement was sent. What is older by its time under way may be too old a little early, and
// never too late.
template <class Row>
claimed_command parse_row(const Row& row, clock::time_point sent) {
    claimed_command found;
    found.request.id = row["id"].template as<std::string>();
    found.request.guild_id = row["guild"].template as<std::string>();
    found.request.action = row["action"].template as<std::string>();
    found.request.requested_by = optional_text(row, "requested_by");
    found.request.attempts = row["attempts"].template as<int>();
    const auto time = [&row, sent](const char* column) {
        const std::chrono::milliseconds age(row["now_ms"].template as<std::int64_t>() -
                                            row[column].template as<std::int64_t>());
        return sent - std::clamp<std::chrono::milliseconds>(age, age.zero(), oldest);
    };
    found.request.created_at = time("created_ms");
    if (!row["started_ms"].is_null())
        found.request.first_begun = time("started_ms");
    found.request.progress = optional_text(row, "progress");
    found.payload_type = row["payload_type"].template as<std::string>();
    found.payload_bytes = row["payload_bytes"].template as<std::int64_t>();
    if (found.payload_type != "null")
        found.request.payload = optional_text(row, "payload");
    return found;
}

template <class Rows>
claim_result parse_claim(const Rows& rows, clock::time_point sent) {
    claim_result result;
    for (const auto& row : rows) {
        result.next_guild = row["next_guild"].template as<std::string>();
        result.more = row["more"].template as<bool>();
        if (!row["id"].is_null())
            result.commands.push_back(parse_row(row, sent));
    }
    return result;
}

template <class Rows>
std::vector<std::string> ids_of(const Rows& rows) {
    std::vector<std::string> ids;
    for (const auto& row : rows)
        ids.push_back(row[0].template as<std::string>());
    return ids;
}

/// As PostgreSQL reads arrays.
template <class Range, class Text>
std::string array_of(const Range& values, Text text) {
    std::string array = "{";
    for (const auto& value : values) {
        array += array.size() == 1 ? "\"" : ",\"";
        for (const char letter : text(value)) {
            if (letter == '"' || letter == '\\')
                array += '\\';
            array += letter;
        }
        array += '"';
    }
    return array + "}";
}

std::string array_of(const std::vector<std::string>& values) {
    return array_of(values, [](std::string_view value) { return value; });
}

std::string array_of(const std::vector<int>& values) {
    return array_of(values, [](int value) { return std::to_string(value); });
}

/// Ends the rows of `picked` (an id, and which of `results` is the row's), in the transaction that has locked
/// them; those below zero are left.
void end_rows(transaction& database, const pqxx::result& picked, const json::array& results) {
    json::array endings;
    for (const auto& result : results)
        endings.push_back(json::object{{"ids", json::array()}, {"result", result}});
    bool any = false;
    for (const auto& row : picked) {
        const auto number = row[1].as<int>();
        if (number < 0)
            continue;
        endings.at(static_cast<std::size_t>(number)).at("ids").as_array().emplace_back(row[0].c_str());
        any = true;
    }
    if (any)
        database.exec(end_sql, json::serialize(endings));
}

} // namespace

std::string lane_key(std::string_view guild, std::string_view lane) {
    std::string key(guild);
    key += '/';
    key += lane;
    return key;
}

command_store::command_store(db::pool& database, std::string process, const std::vector<lane>& lanes,
                             const std::optional<shard_choice>& shards)
    : database_(database)
    , process_(std::move(process)) {
    std::vector<std::string> actions;
    std::vector<std::string> names;
    std::vector<std::string> several;
    for (const auto& lane : lanes) {
        if (lane.repeatable)
            several.push_back(lane.name);
        for (const auto& action : lane.actions) {
            actions.push_back(action);
            names.push_back(lane.name);
        }
    }
    actions_ = array_of(actions);
    lanes_ = array_of(names);
    several_ = array_of(several);
    if (shards) {
        shard_count_ = std::to_string(shards->count);
        shards_ = array_of(shards->shards);
    }
}

void command_store::use(db::session& session, std::function<bool()> proven) {
    session_ = &session;
    proven_ = std::move(proven);
}

bool command_store::session_at_hand() const {
    return session_ != nullptr && session_->idle() && proven_();
}

awaitable<claim_result> command_store::claim(claim_request what) {
    const auto number = [](auto value) { return std::to_string(value); };
    const std::array<db::session::parameter, 14> parameters{process_,
                                                            number(what.lease.count()),
                                                            number(what.room),
                                                            number(what.reach),
                                                            what.after_guild,
                                                            actions_,
                                                            lanes_,
                                                            array_of(what.closed),
                                                            what.with_retries ? "true" : "false",
                                                            shard_count_,
                                                            shards_,
                                                            number(max_payload_bytes),
                                                            several_,
                                                            number(what.depth)};
    if (session_at_hand()) {
        const auto sent = clock::now();
        const auto rows = co_await session_->exec(claim_sql, {parameters.begin(), parameters.end()});
        co_return parse_claim(rows, sent);
    }
    auto work = [parameters](transaction& database) {
        const auto sent = clock::now();
        const auto rows = std::apply(
            [&database](const auto&... each) { return database.exec(claim_sql, each...); }, parameters);
        return parse_claim(rows, sent);
    };
    auto result = co_await database_.run_single(std::move(work));
    co_return result;
}

awaitable<std::vector<std::string>> command_store::finish(std::vector<finished_command> outcomes,
                                                          bool durable) {
    std::string outcome_rows = "[";
    for (const auto& [claim, result] : outcomes) {
        if (outcome_rows.size() > 1)
            outcome_rows += ',';
        outcome_rows += R"({"id":")" + claim.id + R"(","attempts":)" + std::to_string(claim.attempts) +
                        R"(,"result":)" + result + "}";
    }
    outcome_rows += ']';
    if (session_at_hand()) {
        std::vector<db::session::parameter> parameters{process_, std::move(outcome_rows),
                                                       durable ? "true" : "false"};
        const auto rows = co_await session_->exec(finish_sql, std::move(parameters));
        co_return ids_of(rows);
    }
    auto work = [process = process_, outcome_rows = std::move(outcome_rows), durable](transaction& database) {
        return ids_of(database.exec(finish_sql, process, outcome_rows, durable));
    };
    auto ids = co_await database_.run_single(std::move(work));
    co_return ids;
}

awaitable<renewal> command_store::renew(std::vector<command_claim> claims, std::chrono::milliseconds lease) {
    return database_.run_single(
        [process = process_, claims = std::move(claims), lease](transaction& database) {
            const auto ids = array_of(claims, [](const command_claim& claim) { return claim.id; });
            const auto attempts =
                array_of(claims, [](const command_claim& claim) { return std::to_string(claim.attempts); });
            renewal result;
            std::vector<std::string> ours;
            for (const auto& row : database.exec(renew_sql, process, ids, attempts, lease.count())) {
                ours.push_back(row["id"].as<std::string>());
                if (row["renewed"].as<bool>())
                    result.renewed.push_back(ours.back());
            }
            std::ranges::sort(ours);
            for (const auto& claim : claims) {
                if (!std::ranges::binary_search(ours, claim.id))
                    result.lost.push_back(claim.id);
            }
            return result;
        });
}

awaitable<bool> command_store::report(command_claim claim, json::object progress) {
    return database_.run_single([process = process_, claim = std::move(claim),
                                 progress = std::move(progress)](transaction& database) {
        const auto text = json::serialize(progress);
        return database.exec(report_sql, process, claim.id, claim.attempts, text).affected_rows() == 1;
    });
}

awaitable<void> command_store::release(std::vector<command_claim> claims, bool begun) {
    return database_.run_single(
        [process = process_, claims = std::move(claims), begun](transaction& database) {
            json::array rows;
            for (const auto& [id, attempts] : claims)
                rows.push_back(json::object{{"id", id}, {"attempts", attempts}});
            database.exec(release_sql, process, json::serialize(rows), begun ? 0 : 1);
        });
}

awaitable<std::size_t> command_store::release_unheld(std::vector<std::string> held) {
    return database_.run([process = process_, held = std::move(held)](transaction& database) -> std::size_t {
        database.exec(std::string(by_index));
        return database.exec(release_unheld_sql, process, array_of(held)).affected_rows();
    });
}

awaitable<std::size_t> command_store::recover(std::vector<std::string> held, int max_attempts,
                                              json::object given_up, json::object left_behind) {
    return database_.run(
        [process = process_, held = std::move(held), max_attempts,
         results = json::array{std::move(given_up), std::move(left_behind)}](transaction& database) {
            database.exec(std::string(by_index));
            const auto rows = database.exec(recover_sql, process, array_of(held), max_attempts);
            end_rows(database, rows, results);
            return static_cast<std::size_t>(rows.size());
        });
}

awaitable<std::size_t> command_store::refuse_excess(std::vector<lane_bound> lanes, std::size_t limit) {
    json::array bounds;
    json::array results;
    for (auto& one : lanes) {
        bounds.push_back(json::object{
            {"guild", one.guild}, {"lane", one.lane}, {"keep", one.keep}, {"number", results.size()}});
        results.push_back(std::move(one.result));
    }
    return database_.run([bounds = json::serialize(bounds), results = std::move(results), actions = actions_,
                          names = lanes_, limit](transaction& database) {
        database.exec(std::string(by_index));
        const auto rows = database.exec(excess_sql, bounds, actions, names, limit);
        end_rows(database, rows, results);
        return static_cast<std::size_t>(rows.size());
    });
}

awaitable<std::size_t> command_store::expire(std::chrono::seconds age, json::object expired,
                                             json::object interrupted, std::size_t limit) {
    return database_.run([age, results = json::array{std::move(expired), std::move(interrupted)},
                          limit](transaction& database) {
        database.exec(std::string(by_index));
        const auto rows = database.exec(too_old_sql, age.count(), limit);
        end_rows(database, rows, results);
        return static_cast<std::size_t>(rows.size());
    });
}

awaitable<void> command_store::notify(std::string payload) {
    return database_.run_single([payload = std::move(payload)](transaction& database) {
        database.exec(notify_sql, std::string(command_channel), payload);
    });
}

} // namespace vagrolant::bot
