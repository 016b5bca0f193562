#include "bot/session_store.hpp"

#include "db/transaction.hpp"

#include <fmt/ranges.h>

#include <algorithm>

namespace vagrolant::bot {

namespace {

constexpr db::statement insert_shard{"gateway_sessions_insert",
                                     "INSERT INTO gateway_sessions (application_id, shard, shard_count, "
                                     "session_id, sequence, resume_gateway_url) "
                                     "VALUES ($1, $2, $3, $4, $5, $6)"};
constexpr db::statement insert_cache{
    "gateway_cache_insert",
    "INSERT INTO gateway_caches (application_id, shards, snapshot) VALUES ($1, $2::integer[], $3)"};
// What nobody can resume any more belongs to nobody: it is cleared away too.
constexpr db::statement take_shards{
    "gateway_sessions_take",
    "DELETE FROM gateway_sessions WHERE application_id = $1 "
    "AND (shard = ANY ($2::integer[]) OR saved_at < now() - make_interval(secs => $3)) "
    "RETURNING shard, shard_count, session_id, sequence, resume_gateway_url, "
    "saved_at >= now() - make_interval(secs => $3) AS fresh, shard = ANY ($2::integer[]) AS own"};
constexpr db::statement take_cache{
    "gateway_cache_take", "DELETE FROM gateway_caches WHERE application_id = $1 "
                          "AND (shards && $2::integer[] OR saved_at < now() - make_interval(secs => $3)) "
                          "RETURNING snapshot, shards = $2::integer[] AS own"};

std::string array_of(std::vector<std::uint32_t> shards) {
    std::ranges::sort(shards);
    return fmt::format("{{{}}}", fmt::join(shards, ","));
}

struct taken {
    pqxx::result sessions;
    pqxx::result caches;
};

taken take_out(db::transaction& transaction, const std::string& id, const std::string& shards) {
    const auto seconds = static_cast<double>(session_store::resumable_for.count());
    return {.sessions = transaction.exec(take_shards, id, shards, seconds),
            .caches = transaction.exec(take_cache, id, shards, seconds)};
}

} // namespace

awaitable<void> session_store::save(discord::application_id application, std::vector<std::uint32_t> shards,
                                    saved_sessions sessions) {
    return database_.run([id = application.to_string(), shards = array_of(std::move(shards)),
                          sessions = std::move(sessions)](db::transaction& transaction) {
        take_out(transaction, id, shards);
        for (const auto& one : sessions.shards) {
            transaction.exec(insert_shard, id, one.shard, one.shard_count, one.session_id,
                             static_cast<std::int64_t>(one.sequence), one.url);
        }
        transaction.exec(insert_cache, id, shards, sessions.cache);
    });
}

awaitable<std::optional<saved_sessions>> session_store::take(discord::application_id application,
                                                             std::uint32_t shard_count,
                                                             std::vector<std::uint32_t> shards) {
    return database_.run([id = application.to_string(), shard_count, shards = array_of(std::move(shards))](
                             db::transaction& transaction) -> std::optional<saved_sessions> {
        saved_sessions found;
        const auto [sessions, caches] = take_out(transaction, id, shards);
        for (const auto row : sessions) {
            if (!row["own"].as<bool>())
                continue;
            if (!row["fresh"].as<bool>() || row["shard_count"].as<std::uint32_t>() != shard_count)
                return std::nullopt;
            found.shards.push_back({.shard = row["shard"].as<std::uint32_t>(),
                                    .shard_count = shard_count,
                                    .session_id = row["session_id"].as<std::string>(),
                                    .sequence = row["sequence"].as<std::uint64_t>(),
                                    .url = row["resume_gateway_url"].as<std::string>()});
        }
        for (const auto row : caches) {
            if (row["own"].as<bool>())
                found.cache = row["snapshot"].as<std::string>();
        }
        if (found.shards.empty() || found.cache.empty())
            return std::nullopt;
        return found;
    });
}

} // namespace vagrolant::bot
