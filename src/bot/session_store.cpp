#include "bot/session_store.hpp"

#include "db/transaction.hpp"

namespace vagrolant::bot {

namespace {

constexpr db::statement delete_shards{"gateway_sessions_delete",
                                      "DELETE FROM gateway_sessions WHERE application_id = $1"};
constexpr db::statement insert_shard{"gateway_sessions_insert",
                                     "INSERT INTO gateway_sessions (application_id, shard, shard_count, "
                                     "session_id, sequence, resume_gateway_url) "
                                     "VALUES ($1, $2, $3, $4, $5, $6)"};
constexpr db::statement replace_cache{
    "gateway_cache_replace",
    "INSERT INTO gateway_caches (application_id, snapshot) VALUES ($1, $2) "
    "ON CONFLICT (application_id) DO UPDATE SET snapshot = excluded.snapshot, saved_at = now()"};
constexpr db::statement take_shards{"gateway_sessions_take",
                                    "DELETE FROM gateway_sessions WHERE application_id = $1 "
                                    "RETURNING shard, shard_count, session_id, sequence, resume_gateway_url, "
                                    "saved_at > now() - make_interval(secs => $2) AS fresh"};
constexpr db::statement take_cache{"gateway_cache_take",
                                   "DELETE FROM gateway_caches WHERE application_id = $1 RETURNING snapshot"};

} // namespace

awaitable<void> session_store::save(discord::application_id application, saved_sessions sessions) {
    return database_.run(
        [id = application.to_string(), sessions = std::move(sessions)](db::transaction& transaction) {
            transaction.exec(delete_shards, id);
            for (const auto& one : sessions.shards) {
                transaction.exec(insert_shard, id, one.shard, one.shard_count, one.session_id,
                                 static_cast<std::int64_t>(one.sequence), one.url);
            }
            transaction.exec(replace_cache, id, sessions.cache);
        });
}

awaitable<std::optional<saved_sessions>> session_store::take(discord::application_id application,
                                                             std::uint32_t shard_count) {
    return database_.run([id = application.to_string(),
                          shard_count](db::transaction& transaction) -> std::optional<saved_sessions> {
        saved_sessions found;
        const auto shards = transaction.exec(take_shards, id, static_cast<double>(resumable_for.count()));
        const auto cache = transaction.exec(take_cache, id);
        for (const auto row : shards) {
            if (!row["fresh"].as<bool>() || row["shard_count"].as<std::uint32_t>() != shard_count)
                return std::nullopt;
            found.shards.push_back({.shard = row["shard"].as<std::uint32_t>(),
                                    .shard_count = shard_count,
                                    .session_id = row["session_id"].as<std::string>(),
                                    .sequence = row["sequence"].as<std::uint64_t>(),
                                    .url = row["resume_gateway_url"].as<std::string>()});
        }
        if (found.shards.empty() || cache.empty())
            return std::nullopt;
        found.cache = cache.front()[0].as<std::string>();
        return found;
    });
}

} // namespace vagrolant::bot
