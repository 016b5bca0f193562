// What the queue's statements cost must not grow with what is in the table, whatever it held when their plans
// were made.
#include "bot/command_queue/store.hpp"
#include "db/migrations.hpp"
#include "db/tests/support.hpp"
#include "db/transaction.hpp"

#include <gmock/gmock.h>

#include <regex>

namespace vagrolant::bot {
namespace {

using db::testing::test_database;
using db::testing::test_loop;

constexpr auto process = "aaaaaaaa-0000-4000-8000-000000000000";

class CommandPlansTest : public ::testing::Test {
protected:
    void SetUp() override { loop.run(db::migrate(pool)); }

    void finished(int count) {
        database.exec(
            "INSERT INTO commands (guild_id, action, status, finished_at) SELECT (n % 100)::text, 'lock', "
            "'done', now() FROM generate_series(1, " +
            std::to_string(count) + ") n");
    }

    void waiting(int guilds, int count) {
        database.exec("INSERT INTO commands (guild_id, action) SELECT (n % " + std::to_string(guilds) +
                      ")::text, 'lock' FROM generate_series(1, " + std::to_string(count) + ") n");
    }

    /// Every statement that the queue sends.
    awaitable<void> everything() {
        const auto got = co_await store.claim({.room = 10, .lease = std::chrono::seconds(30)});
        std::vector<command_claim> claims;
        std::vector<std::string> ids;
        for (const auto& row : got.commands) {
            claims.push_back({row.request.id, row.request.attempts});
            ids.push_back(row.request.id);
        }
        co_await store.renew(claims, std::chrono::seconds(30));
        co_await store.release_unheld(ids);
        co_await store.recover({}, 2, {}, {});
        co_await store.expire(std::chrono::hours(1), {}, {}, 10);
        const json::object refused{{"", json::object{{"ok", false}}}};
        co_await store.refuse_excess(
            {{.guild = "0", .lane = "moderation", .keep = 100'000, .result = refused},
             {.guild = "1", .lane = "moderation", .keep = 2, .result = refused}},
            10);
        if (claims.size() < 2)
            co_return;
        co_await store.report(claims[0], {{"n", 1}});
        co_await store.release({claims[0]}, false);
        claims.erase(claims.begin());
        std::vector<finished_command> outcomes;
        for (const auto& claim : claims)
            outcomes.push_back({claim, R"({"ok":true})"});
        co_await store.finish(std::move(outcomes), false);
    }

    /// Rows that were looked at, in the table and in its indexes, until now.
    long rows_read() {
        const auto flush = [&]() -> awaitable<void> {
            co_await pool.run_single(
                [](db::transaction& t) { t.exec(std::string("SELECT pg_stat_force_next_flush()")); });
            co_await pool.run_single([](db::transaction& t) { t.exec(std::string("SELECT 1")); });
        };
        loop.run(flush());
        return std::stol(database.text(
            "SELECT (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'commands') + "
            "(SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'commands')"));
    }

    /// Pages that a claim reads, in memory or not.
    long pages_of_a_claim() {
        database.exec("BEGIN");
        const auto plan =
            database.exec("EXPLAIN (ANALYZE, BUFFERS, TIMING off) SELECT * FROM vagrolant_commands_claim('" +
                          std::string(process) +
                          "', 30000, 20, 256, '', '{lock}', '{moderation}', '{}', true, NULL, NULL, 65536, "
                          "'{}', 1)");
        database.exec("ROLLBACK");
        for (const auto& row : plan) {
            std::smatch found;
            const auto line = row[0].as<std::string>();
            if (std::regex_search(line, found, std::regex("shared hit=(\\d+)(?: read=(\\d+))?")))
                return std::stol(found[1]) + (found[2].matched ? std::stol(found[2]) : 0);
        }
        throw std::runtime_error("no buffers in the plan");
    }

    test_database database;
    test_loop loop;
    db::pool pool{loop.executor(), {.url = database.url(), .connections = 1}};
    command_store store{pool, process, {{.name = "moderation", .actions = {"lock"}}}};
};

TEST_F(CommandPlansTest, NothingReadsTheWholeTableOrAnIndexOfAllOfIt) {
    // Prepared statements get their lasting plans after five executions, here with next to nothing in the
    // table.
    for (int i = 0; i < 8; ++i) {
        waiting(3, 3);
        loop.run(everything());
    }
    constexpr int many = 20'000;
    finished(many);
    const auto before = rows_read();
    for (int i = 0; i < 8; ++i) {
        waiting(3, 3);
        loop.run(everything());
    }
    // Once by any one of them would be more.
    EXPECT_LT(rows_read() - before, many / 2);
}

TEST_F(CommandPlansTest, AClaimCostsTheSameBesideManyFinishedRows) {
    waiting(20, 20);
    pages_of_a_claim();
    const auto few = pages_of_a_claim();
    finished(100'000);
    waiting(20, 20);
    pages_of_a_claim();
    // The primary key is one level deeper, and looked into for each row.
    EXPECT_LE(pages_of_a_claim(), few * 3 / 2 + 20);
}

TEST_F(CommandPlansTest, AClaimCostsTheSameBesideManyWaitingRowsOfOneGuild) {
    waiting(20, 20);
    pages_of_a_claim();
    const auto few = pages_of_a_claim();
    waiting(1, 10'000);
    pages_of_a_claim();
    EXPECT_LE(pages_of_a_claim(), few * 3 / 2 + 20);
}

TEST_F(CommandPlansTest, AClaimCostsTheSameWhenThePlannerBelievesThatNothingWaits) {
    finished(20'000);
    database.exec("VACUUM ANALYZE commands");
    waiting(20, 20);
    pages_of_a_claim();
    const auto few = pages_of_a_claim();
    waiting(20, 5'000);
    EXPECT_LE(pages_of_a_claim(), few * 3 / 2 + 20);
}

} // namespace
} // namespace vagrolant::bot
