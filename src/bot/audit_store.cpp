#include "async/event.hpp"
#include "base/log.hpp"
#include "bot/audit.hpp"
#include "db/transaction.hpp"

namespace vagrolant::bot {

namespace {

constexpr db::statement insert_row{
    "command_audit_insert",
    "INSERT INTO command_audit (guild_id, source, action, requested_by, channel_id, ok, code, started_at, "
    "duration_ms) VALUES ($1, 'slash', $2, $3, $4, $5::text IS NULL, $5, "
    "clock_timestamp() - $6::bigint * interval '1 millisecond', $7)"};

constexpr int tries = 6;

awaitable<void> insert(db::pool& database, const slash_audit& what) {
    std::optional<std::string> channel;
    if (what.channel)
        channel = what.channel->to_string();
    return database.run([what, channel](db::transaction& transaction) {
        const auto since =
            std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now() - what.began);
        transaction.exec(insert_row, what.guild.to_string(), what.action, what.user.to_string(), channel,
                         what.code, since.count(), what.duration.count());
    });
}

} // namespace

awaitable<void> record(db::pool& database, slash_audit what, std::chrono::milliseconds pause) {
    for (int attempt = 1;; ++attempt) {
        std::string problem;
        try {
            co_await insert(database, what);
            co_return;
        } catch (const db::unavailable& error) {
            problem = error.what();
        }
        if (attempt == tries) {
            log::warning("audit row not written",
                         {{"guild", what.guild}, {"action", what.action}, {"error", problem}});
            co_return;
        }
        co_await sleep_for(pause);
    }
}

} // namespace vagrolant::bot
