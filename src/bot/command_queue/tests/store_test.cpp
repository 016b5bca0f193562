#include "async/task_group.hpp"
#include "bot/command_queue/store.hpp"
#include "db/migrations.hpp"
#include "db/tests/support.hpp"

#include <algorithm>
#include <set>

namespace vagrolant::bot {
namespace {

using db::testing::test_database;
using db::testing::test_loop;
using std::chrono::milliseconds;

constexpr milliseconds lease{30'000};
constexpr auto process_a = "aaaaaaaa-0000-4000-8000-000000000000";
constexpr auto process_b = "bbbbbbbb-0000-4000-8000-000000000000";

class CommandStoreTest : public ::testing::Test {
protected:
    void SetUp() override { loop.run(db::migrate(pool)); }

    std::vector<claimed_command> claim(command_store& by, std::size_t limit = 10,
                                       milliseconds how_long = lease) {
        std::vector<claimed_command> rows;
        const auto work = [&]() -> awaitable<void> { rows = co_await by.claim(limit, how_long); };
        loop.run(work());
        return rows;
    }

    std::vector<std::string> finish(command_store& by, const claimed_command& which,
                                    command_outcome outcome) {
        std::vector<std::string> written;
        std::vector<finished_command> batch{{{which.request.id, which.request.attempts}, std::move(outcome)}};
        const auto work = [&]() -> awaitable<void> { written = co_await by.finish(batch); };
        loop.run(work());
        return written;
    }

    std::size_t recover(command_store& by, int max_attempts = 3) {
        std::size_t count = 0;
        const auto work = [&]() -> awaitable<void> {
            count = co_await by.recover(max_attempts, command_outcome::failure("interrupted", "…"));
        };
        loop.run(work());
        return count;
    }

    void expire_leases() { database.exec("UPDATE commands SET lease_expires_at = now() - interval '1 s'"); }

    test_database database;
    test_loop loop;
    db::pool pool{loop.executor(), {.url = database.url(), .connections = 4}};
    command_store a{pool, process_a};
    command_store b{pool, process_b};
};

TEST_F(CommandStoreTest, ClaimsWhatTheDashboardInserted) {
    database.exec(R"(INSERT INTO commands (guild_id, action, payload, requested_by)
                     VALUES ('42', 'announce', '{"message": "é"}', '7'))");
    const auto rows = claim(a);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].request.guild_id, "42");
    EXPECT_EQ(rows[0].request.action, "announce");
    EXPECT_EQ(rows[0].request.payload, R"({"message": "é"})");
    EXPECT_EQ(rows[0].request.requested_by, "7");
    EXPECT_EQ(rows[0].request.attempts, 1);
    EXPECT_LT(std::chrono::abs(rows[0].request.created_at - std::chrono::system_clock::now()), lease);
    EXPECT_EQ(database.text("SELECT status || ':' || claimed_by FROM commands"),
              std::string("processing:") + process_a);
    EXPECT_TRUE(claim(b).empty());
}

TEST_F(CommandStoreTest, TellsPayloadsApart) {
    database.exec(R"(INSERT INTO commands (guild_id, action, payload) VALUES
        ('1', 'a', NULL), ('1', 'a', 'null'), ('1', 'a', '[1]'),
        ('1', 'a', jsonb_build_object('x', repeat('y', 70000))))");
    const auto rows = claim(a);
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[0].payload_type, "null");
    EXPECT_FALSE(rows[0].request.payload);
    EXPECT_EQ(rows[1].payload_type, "null");
    EXPECT_FALSE(rows[1].request.payload);
    EXPECT_EQ(rows[2].payload_type, "array");
    EXPECT_EQ(rows[3].payload_type, "object");
    EXPECT_FALSE(rows[3].request.payload) << "too large to be read";
    EXPECT_GT(rows[3].payload_bytes, max_payload_bytes);
}

TEST_F(CommandStoreTest, OldestFirstThenAsInserted) {
    database.exec(R"(INSERT INTO commands (guild_id, action, created_at) VALUES
        ('1', 'third', '2026-01-03'), ('1', 'first', '2026-01-01'), ('1', 'second', '2026-01-02'))");
    // One statement, one time: the order of the rows is what is left.
    database.exec(
        "INSERT INTO commands (guild_id, action) SELECT '1', n::text FROM generate_series(1, 20) n");
    std::vector<std::string> actions;
    for (const auto& row : claim(a, 2))
        actions.push_back(row.request.action);
    EXPECT_EQ(actions, (std::vector<std::string>{"first", "second"}));
    actions.clear();
    for (const auto& row : claim(a, 4))
        actions.push_back(row.request.action);
    EXPECT_EQ(actions, (std::vector<std::string>{"third", "1", "2", "3"}));
}

TEST_F(CommandStoreTest, TwoClaimersNeverShareARow) {
    constexpr std::size_t total = 400;
    database.exec(
        "INSERT INTO commands (guild_id, action) SELECT '1', n::text FROM generate_series(1, 400) n");
    std::multiset<std::string> ids;
    task_group tasks(loop.executor());
    const auto work = [&](command_store& by) -> awaitable<void> {
        for (;;) {
            const auto rows = co_await by.claim(7, lease);
            if (rows.empty())
                co_return;
            for (const auto& row : rows)
                ids.insert(row.request.id);
        }
    };
    for (auto* by : {&a, &b, &a, &b})
        tasks.spawn("claimer", work(*by));
    loop.run(tasks.join());
    EXPECT_EQ(ids.size(), total);
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), total);
}

TEST_F(CommandStoreTest, WritesTheOutcome) {
    database.exec("INSERT INTO commands (guild_id, action) VALUES ('1', 'a'), ('1', 'b')");
    const auto rows = claim(a);
    EXPECT_EQ(finish(a, rows[0], command_outcome::success({{"messageId", "5"}})).size(), 1U);
    EXPECT_EQ(finish(a, rows[1], command_outcome::failure("nope", "Non.")).size(), 1U);
    EXPECT_EQ(database.text("SELECT status || result::text FROM commands WHERE action = 'a'"),
              R"(done{"ok": true, "messageId": "5"})");
    EXPECT_EQ(database.text("SELECT status || (result->>'reason') FROM commands WHERE action = 'b'"),
              "errorNon.");
    EXPECT_EQ(
        database.text("SELECT bool_and(finished_at IS NOT NULL AND lease_expires_at IS NULL) FROM commands"),
        "t");
}

TEST_F(CommandStoreTest, ALostClaimCannotOverwrite) {
    database.exec("INSERT INTO commands (guild_id, action) VALUES ('1', 'a')");
    const auto first = claim(a);
    expire_leases();
    EXPECT_EQ(recover(b), 1U);
    const auto second = claim(b);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].request.attempts, 2);
    EXPECT_TRUE(finish(a, first[0], command_outcome::success()).empty());
    EXPECT_EQ(database.text("SELECT status FROM commands"), "processing");
    EXPECT_EQ(finish(b, second[0], command_outcome::success()).size(), 1U);
    EXPECT_TRUE(finish(b, second[0], command_outcome::failure("x", "y")).empty()) << "finished already";
}

TEST_F(CommandStoreTest, AnOldClaimOfTheSameProcessCannotOverwrite) {
    database.exec("INSERT INTO commands (guild_id, action) VALUES ('1', 'a')");
    const auto first = claim(a);
    expire_leases();
    recover(a);
    claim(a);
    EXPECT_TRUE(finish(a, first[0], command_outcome::success()).empty());
}

TEST_F(CommandStoreTest, RecoveryLeavesLiveLeasesAlone) {
    database.exec("INSERT INTO commands (guild_id, action) VALUES ('1', 'a')");
    claim(a);
    EXPECT_EQ(recover(b), 0U);
    EXPECT_EQ(database.text("SELECT status FROM commands"), "processing");
}

TEST_F(CommandStoreTest, ExtendingKeepsALease) {
    database.exec("INSERT INTO commands (guild_id, action) VALUES ('1', 'a'), ('1', 'b')");
    const auto rows = claim(a);
    expire_leases();
    database.exec("UPDATE commands SET claimed_by = '" + std::string(process_b) + "' WHERE action = 'b'");
    std::vector<std::string> kept;
    const auto work = [&]() -> awaitable<void> {
        kept = co_await a.extend({rows[0].request.id, rows[1].request.id}, lease);
    };
    loop.run(work());
    EXPECT_EQ(kept, std::vector<std::string>{rows[0].request.id});
    EXPECT_EQ(database.text("SELECT bool_and(lease_expires_at > now()) FROM commands WHERE action = 'a'"),
              "t");
}

TEST_F(CommandStoreTest, GivesUpWhatKeepsDying) {
    database.exec("INSERT INTO commands (guild_id, action) VALUES ('1', 'a')");
    for (int attempt = 1; attempt <= 3; ++attempt) {
        ASSERT_EQ(claim(a).size(), 1U);
        expire_leases();
        ASSERT_EQ(recover(b, 3), 1U);
    }
    EXPECT_EQ(database.text("SELECT status || (result->>'code') FROM commands"), "errorinterrupted");
}

TEST_F(CommandStoreTest, WhatAProgramWithoutLeasesLeftIsNotRunAgain) {
    database.exec("INSERT INTO commands (guild_id, action, status) VALUES ('1', 'a', 'processing')");
    EXPECT_EQ(recover(a), 0U) << "it may still be at work";
    database.exec("ALTER TABLE commands DISABLE TRIGGER USER");
    database.exec("UPDATE commands SET updated_at = now() - interval '16 minutes'");
    EXPECT_EQ(recover(a), 1U);
    EXPECT_EQ(database.text("SELECT status FROM commands"), "error");
}

TEST_F(CommandStoreTest, ReleasedRowsArePendingAgain) {
    database.exec("INSERT INTO commands (guild_id, action) VALUES ('1', 'a'), ('1', 'b')");
    const auto rows = claim(a);
    const auto work = [&]() -> awaitable<void> {
        std::vector<command_claim> waiting{{rows[0].request.id, 1}};
        std::vector<command_claim> running{{rows[1].request.id, 1}};
        co_await a.release(waiting, false);
        co_await a.release(running, true);
    };
    loop.run(work());
    EXPECT_EQ(database.text("SELECT array_agg(status || attempts ORDER BY action)::text FROM commands"),
              "{pending0,pending1}");
    EXPECT_EQ(claim(b).size(), 2U);
}

} // namespace
} // namespace vagrolant::bot
