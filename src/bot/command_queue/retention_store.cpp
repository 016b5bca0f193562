#include "async/event.hpp"
#include "base/log.hpp"
#include "bot/command_queue/retention.hpp"
#include "bot/config.hpp"
#include "db/transaction.hpp"

#include <random>

namespace vagrolant::bot {
namespace {

using db::statement;
using db::transaction;

constexpr statement pages_sql{
    "retention_pages", "SELECT pg_relation_size($1::regclass) / current_setting('block_size')::bigint"};

// Between two places in the table PostgreSQL (14 and later) reads nothing but the pages there.
constexpr statement commands_sql{"retention_commands", R"(
DELETE FROM commands
WHERE ctid >= format('(%s,0)', $1::bigint)::tid AND ctid < format('(%s,0)', $2::bigint)::tid
    AND status IN ('done', 'error')
    -- Nothing is before NULL.
    AND coalesce(finished_at, updated_at, created_at)
        < now() - nullif(CASE status WHEN 'done' THEN $3::bigint ELSE $4::bigint END, 0) * interval '1 hour')"};

constexpr statement audit_sql{"retention_audit", R"(
DELETE FROM command_audit
WHERE ctid >= format('(%s,0)', $1::bigint)::tid AND ctid < format('(%s,0)', $2::bigint)::tid
    AND created_at < now() - greatest($3::bigint, $4::bigint) * interval '1 hour')"};

constexpr auto by_place =
    "SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL synchronous_commit = off";

std::chrono::milliseconds up_to(std::chrono::milliseconds limit) {
    std::minstd_rand random(std::random_device{}());
    return std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(0, limit.count())(random));
}

} // namespace

retention_options retention_options_of(const config& from) {
    return {.done = from.retention_done, .error = from.retention_error, .audit = from.audit_retention};
}

struct retention::table {
    std::string name;
    statement sweep;
    std::chrono::hours done;
    std::chrono::hours error;
};

retention::retention(db::pool& database, retention_options options)
    : database_(database)
    , options_(options) {}

awaitable<void> retention::run() {
    // Nothing is lost by stopping at once.
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    // Processes that start together do not sweep together.
    auto wait = up_to(options_.interval / 10);
    for (;;) {
        co_await sleep_for(wait);
        wait = options_.interval - up_to(options_.interval / 10);
        std::string failure;
        try {
            const auto deleted = co_await sweep();
            if (deleted > 0)
                log::info("old commands deleted", {{"count", deleted}});
        } catch (const db::error& error) {
            failure = error.what();
        }
        // The next sweep does what this one has not.
        if (!failure.empty())
            log::warning("old commands not deleted", {{"error", failure}});
    }
}

awaitable<std::size_t> retention::sweep() {
    const auto commands = co_await sweep({"commands", commands_sql, options_.done, options_.error});
    const auto notes = co_await sweep({"command_audit", audit_sql, options_.audit, options_.audit});
    co_return commands + notes;
}

awaitable<std::size_t> retention::sweep(table which) {
    if (which.done == for_ever && which.error == for_ever)
        co_return 0;
    const auto pages = co_await database_.run_single([name = which.name](transaction& database) {
        return database.exec(pages_sql, name)[0][0].as<std::int64_t>();
    });
    std::size_t deleted = 0;
    for (std::int64_t page = 0; page < pages; page += options_.pages) {
        deleted += co_await database_.run(
            [which, page, end = page + options_.pages](transaction& database) -> std::size_t {
                database.exec(std::string(by_place));
                return database.exec(which.sweep, page, end, which.done.count(), which.error.count())
                    .affected_rows();
            });
        co_await sleep_for(options_.pause);
    }
    co_return deleted;
}

} // namespace vagrolant::bot
