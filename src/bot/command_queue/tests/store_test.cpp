#include "bot/command_queue/tests/store_fixture.hpp"

#include <gmock/gmock.h>

namespace vagrolant::bot {
namespace {

using testing::ElementsAre;

TEST_F(CommandStoreTest, WritesTheOutcomeAndTheAudit) {
    database.exec(R"(INSERT INTO commands (guild_id, action, payload, requested_by) VALUES
        ('1', 'lock', '{"channelId": "77"}', '5'), ('2', 'purge', NULL, NULL))");
    const auto rows = claim(a);
    EXPECT_EQ(finish(a, rows[0], R"({"ok":true,"messageId":"5"})").size(), 1U);
    EXPECT_EQ(finish(a, rows[1], R"({"ok":false,"code":"nope","reason":"Non."})", false).size(), 1U);
    EXPECT_EQ(database.text("SELECT status || result::text FROM commands WHERE action = 'lock'"),
              R"(done{"ok": true, "messageId": "5"})");
    EXPECT_EQ(database.text("SELECT status || (result->>'reason') FROM commands WHERE action = 'purge'"),
              "errorNon.");
    EXPECT_EQ(
        database.text("SELECT bool_and(finished_at IS NOT NULL AND lease_expires_at IS NULL) FROM commands"),
        "t");
    EXPECT_EQ(database.text(
                  "SELECT string_agg(concat_ws(' ', guild_id, source, action, requested_by, channel_id, ok, "
                  "code, duration_ms >= 0), ', ' ORDER BY id) FROM command_audit"),
              "1 dashboard lock 5 77 t t, 2 dashboard purge f nope t");
    EXPECT_EQ(database.text("SELECT count(*) FROM command_audit JOIN commands ON commands.id = command_id"),
              "2");
}

TEST_F(CommandStoreTest, ALostClaimCannotOverwrite) {
    insert("1", "a");
    const auto first = claim(a);
    expire_leases();
    EXPECT_EQ(recover(b), 1U);
    EXPECT_TRUE(finish(a, first[0]).empty()) << "it is waiting again";
    const auto second = claim(b);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].request.attempts, 2);
    EXPECT_TRUE(finish(a, first[0]).empty());
    EXPECT_EQ(database.text("SELECT status FROM commands"), "processing");
    EXPECT_EQ(finish(b, second[0]).size(), 1U);
    EXPECT_TRUE(finish(b, second[0], R"({"ok":false})").empty()) << "finished already";
    EXPECT_EQ(database.text("SELECT count(*) FROM command_audit"), "1");
}

TEST_F(CommandStoreTest, AnOldClaimOfTheSameProcessCannotOverwrite) {
    insert("1", "a");
    const auto first = claim(a);
    expire_leases();
    recover(a);
    claim(a);
    EXPECT_TRUE(finish(a, first[0]).empty());
}

// What a server that crashes loses with synchronous_commit = off.
constexpr auto forget_claim =
    "UPDATE commands SET status = 'pending', claimed_by = NULL, attempts = attempts - 1, "
    "lease_expires_at = NULL, started_at = NULL";

TEST_F(CommandStoreTest, AClaimThatTheServerForgotIsTakenAgain) {
    insert("1", "a");
    const auto rows = claim(a);
    database.exec(forget_claim);
    EXPECT_THAT(renew(a, rows).renewed, ElementsAre(rows[0].request.id));
    EXPECT_TRUE(claim(b).empty());
    database.exec(forget_claim);
    EXPECT_EQ(finish(a, rows[0]).size(), 1U);
    EXPECT_EQ(database.text("SELECT status FROM commands"), "done");
}

TEST_F(CommandStoreTest, AForgottenClaimThatIsAnothersByNowIsLost) {
    insert("1", "a");
    const auto rows = claim(a);
    database.exec(forget_claim);
    EXPECT_EQ(claim(b).size(), 1U);
    EXPECT_THAT(renew(a, rows).lost, ElementsAre(rows[0].request.id));
    EXPECT_TRUE(finish(a, rows[0]).empty());
}

TEST_F(CommandStoreTest, RenewingKeepsALease) {
    for (const auto* guild : {"1", "2", "3"})
        insert(guild, "a");
    const auto rows = claim(a);
    expire_leases();
    database.exec("UPDATE commands SET claimed_by = '" + std::string(process_b) + "' WHERE guild_id = '2'");
    pqxx::connection other(database.url());
    pqxx::work transaction(other);
    transaction.exec("SELECT FROM commands WHERE guild_id = '3' FOR UPDATE");
    const auto result = renew(a, rows);
    EXPECT_THAT(result.renewed, ElementsAre(rows[0].request.id));
    EXPECT_THAT(result.lost, ElementsAre(rows[1].request.id)) << "that of a locked row is not known";
    EXPECT_EQ(database.text("SELECT bool_and(lease_expires_at > now()) FROM commands WHERE guild_id = '1'"),
              "t");
}

TEST_F(CommandStoreTest, RecoveryLeavesLiveLeasesAlone) {
    insert("1", "a");
    const auto rows = claim(a);
    EXPECT_EQ(recover(b), 0U);
    expire_leases();
    EXPECT_EQ(recover(a, {rows[0].request.id}), 0U) << "it knows better that it is alive";
    EXPECT_EQ(database.text("SELECT status FROM commands"), "processing");
    EXPECT_EQ(recover(a), 1U) << "the answer to the claim was lost";
}

TEST_F(CommandStoreTest, WhatKillsTwiceIsSetAsideWithWhatItHadDone) {
    insert("1", "purge");
    const auto first = claim(a);
    const auto report = [&](command_store& by, const claimed_command& which, int deleted) {
        return result_of(by.report({which.request.id, which.request.attempts}, {{"deleted", deleted}}));
    };
    EXPECT_TRUE(report(a, first[0], 100));
    expire_leases();
    ASSERT_EQ(recover(b), 1U);
    EXPECT_FALSE(report(a, first[0], 200));
    const auto second = claim(b);
    EXPECT_EQ(second.at(0).request.progress, R"({"deleted": 100})");
    EXPECT_FALSE(report(a, first[0], 200));
    EXPECT_TRUE(report(b, second[0], 150));
    expire_leases();
    ASSERT_EQ(recover(b), 1U);
    EXPECT_EQ(database.text("SELECT status || result::text FROM commands"),
              R"(error{"ok": false, "code": "interrupted", "reason": "twice", "deleted": 150})");
    EXPECT_EQ(database.text("SELECT action || ok || code FROM command_audit"), "purgefalseinterrupted");
}

TEST_F(CommandStoreTest, WhatAProgramWithoutLeasesLeftIsNotRunAgain) {
    database.exec("INSERT INTO commands (guild_id, action, status) VALUES ('1', 'a', 'processing')");
    EXPECT_EQ(recover(a), 0U) << "it may still be at work";
    EXPECT_TRUE(claim(a).empty());
    database.exec("UPDATE commands SET updated_at = now() - interval '16 minutes'");
    EXPECT_EQ(recover(a), 1U);
    EXPECT_EQ(database.text("SELECT status || (result->>'reason') FROM commands"), "errorleft");
}

TEST_F(CommandStoreTest, ReleasedRowsArePendingAgain) {
    insert("1", "a");
    insert("2", "b");
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

TEST_F(CommandStoreTest, ClaimsWhoseAnswerWasLostAreGivenBack) {
    for (const auto* guild : {"1", "2", "3"})
        insert(guild, "a");
    const auto rows = claim(a, 2);
    claim(b);
    EXPECT_EQ(result_of(a.release_unheld({rows[0].request.id})), 1U);
    EXPECT_EQ(database.text("SELECT string_agg(status || attempts, ' ' ORDER BY guild_id) FROM commands"),
              "processing1 pending0 processing1");
}

TEST_F(CommandStoreTest, RefusesWhatWaitsBeyondTheBound) {
    database.exec("INSERT INTO commands (guild_id, action, payload) SELECT '1', "
                  "CASE WHEN n % 2 = 0 THEN 'lock' ELSE 'purge' END, jsonb_build_object('n', n) "
                  "FROM generate_series(1, 30) n");
    insert("1", "list");
    insert("2", "lock");
    const std::vector<lane_bound> bounds{
        {.guild = "1", .lane = "moderation", .keep = 10, .result = refusal("rate_limited", "many")}};
    EXPECT_EQ(result_of(a.refuse_excess(bounds, 15)), 15U);
    EXPECT_EQ(result_of(a.refuse_excess(bounds, 15)), 5U);
    EXPECT_EQ(result_of(a.refuse_excess(bounds, 15)), 0U);
    EXPECT_EQ(database.text("SELECT max((payload->>'n')::int) FROM commands WHERE status = 'pending'"), "10");
    EXPECT_EQ(database.text("SELECT count(*) FROM commands WHERE status = 'pending'"), "12");
    EXPECT_EQ(database.text("SELECT DISTINCT result->>'reason' FROM commands WHERE status = 'error'"),
              "many");
    EXPECT_EQ(
        database.text("SELECT count(*) || min(code) || bool_or(ok) FROM command_audit JOIN commands c ON "
                      "c.id = command_id WHERE c.status = 'error'"),
        "20rate_limitedfalse");
}

TEST_F(CommandStoreTest, WhatNobodyClaimsComesToAnEnd) {
    // Of shards that are not ours, too.
    command_store second{pool, process_b, lanes, shard_choice{.count = 4, .shards = {1}}};
    database.exec(
        "INSERT INTO commands (guild_id, action, created_at) "
        "SELECT n::text, 'lock', now() - interval '1 second' * n FROM generate_series(10, 50, 10) n");
    database.exec("INSERT INTO commands (guild_id, action, created_at, attempts, progress) "
                  "VALUES ('60', 'purge', now() - interval '60 s', 1, '{\"deleted\": 7}')");
    insert("70", "lock");
    claim(second);
    database.exec("UPDATE commands SET status = 'processing', created_at = now() - interval '1 day' "
                  "WHERE guild_id = '70'");
    const auto expire = [&](std::size_t limit) {
        return result_of(second.expire(std::chrono::seconds(35), refusal("expired", "old"),
                                       refusal("interrupted", "left"), limit));
    };
    EXPECT_EQ(expire(2), 2U);
    EXPECT_EQ(expire(2), 1U);
    EXPECT_EQ(expire(2), 0U);
    EXPECT_EQ(database.text(
                  "SELECT string_agg(guild_id || ' ' || status || coalesce(' ' || (result->>'code'), ''), "
                  "', ' ORDER BY guild_id) FROM commands"),
              "10 pending, 20 pending, 30 pending, 40 error expired, 50 error expired, 60 error interrupted, "
              "70 processing");
    EXPECT_EQ(database.text("SELECT result->>'deleted' FROM commands WHERE guild_id = '60'"), "7");
    EXPECT_EQ(database.text("SELECT count(*) FROM command_audit"), "3");
}

TEST_F(CommandStoreTest, WhatTheQueueEndsItselfIsInTheGuildsLanguage) {
    database.exec("INSERT INTO guild_settings (guild_id, locale) VALUES (1, 'en'), (2, 'fr'), (3, NULL), "
                  "(1234567890123456789, 'en')");
    const texts guilds{"1", "2", "3", "4", "1234567890123456789", "99999999999999999999", "zoé"};
    std::string expected;
    for (const auto& guild : guilds) {
        insert(guild, "lock");
        const bool english = guild == "1" || guild == "1234567890123456789";
        expected += (expected.empty() ? "" : ", ") + guild + " left" +
                    (english        ? " (en)"
                     : guild == "2" ? " (fr)"
                                    : "");
    }
    database.exec("UPDATE commands SET status = 'processing', updated_at = now() - interval '1 hour'");
    EXPECT_EQ(recover(a), guilds.size());
    EXPECT_EQ(database.text("SELECT string_agg(guild_id || ' ' || (result->>'reason'), ', ' ORDER BY seq) "
                            "FROM commands"),
              expected);
}

TEST_F(CommandStoreTest, EveryChangeSetsTheTime) {
    insert("1", "a");
    const auto touched = [&](auto&& what) {
        database.exec("UPDATE commands SET updated_at = '2026-01-01'");
        what();
        return database.text("SELECT updated_at > '2026-01-02' FROM commands") == "t";
    };
    std::vector<claimed_command> rows;
    EXPECT_TRUE(touched([&] { rows = claim(a); }));
    EXPECT_TRUE(touched([&] { renew(a, rows); }));
    EXPECT_TRUE(touched([&] { finish(a, rows[0]); }));
    EXPECT_TRUE(touched([&] { database.exec("UPDATE commands SET status = 'pending'"); }))
        << "others' changes";
}

} // namespace
} // namespace vagrolant::bot
