#include "bot/command_queue/tests/store_fixture.hpp"

#include <gmock/gmock.h>

namespace vagrolant::bot {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

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
    EXPECT_EQ(rows[0].request.progress, std::nullopt);
    EXPECT_EQ(database.text("SELECT status || ':' || claimed_by FROM commands"),
              std::string("processing:") + process_a);
    EXPECT_TRUE(claim(b).empty());
}

TEST_F(CommandStoreTest, HowOldACommandIsIsTheDatabasesToSay) {
    using namespace std::chrono_literals;
    for (const auto* const off : {"1 hour", "-1 hour"}) {
        db::testing::test_database elsewhere;
        elsewhere.set_clock_off(off);
        ASSERT_EQ(elsewhere.text(std::string("SELECT round(extract(epoch FROM now() - pg_catalog.now()) - "
                                             "extract(epoch FROM interval '") +
                                 off + "'))"),
                  "0");
        db::pool there(loop.executor(), {.url = elsewhere.url(), .connections = 1});
        loop.run(db::migrate(there));
        command_store store(there, process_a, lanes);
        elsewhere.exec("INSERT INTO commands (guild_id, action) VALUES ('1', 'lock')");
        elsewhere.exec("INSERT INTO commands (guild_id, action, created_at, attempts, started_at) VALUES "
                       "('2', 'lock', now() - interval '4 minutes', 1, now() - interval '3 minutes')");
        const auto rows = claim(store);
        ASSERT_EQ(rows.size(), 2U);
        const auto expect_ago = [](std::chrono::steady_clock::time_point when, std::chrono::minutes ago) {
            const auto age = std::chrono::steady_clock::now() - when;
            EXPECT_GE(age, ago);
            EXPECT_LT(age, ago + lease);
        };
        expect_ago(rows[0].request.created_at, 0min);
        expect_ago(rows[1].request.created_at, 4min);
        expect_ago(rows[1].request.first_begun.value(), 3min);
    }
}

TEST_F(CommandStoreTest, TellsPayloadsApart) {
    database.exec(R"(INSERT INTO commands (guild_id, action, payload) VALUES
        ('1', 'a', NULL), ('2', 'a', 'null'), ('3', 'a', '[1]'),
        ('4', 'a', jsonb_build_object('x', repeat('y', 70000))))");
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

TEST_F(CommandStoreTest, TheFirstOfEachFreeLane) {
    for (const auto* action : {"lock", "purge", "list", "list", "unknown", "purge"})
        insert("1", action);
    insert("2", "purge");
    EXPECT_THAT(claimed(a), UnorderedElementsAre("1 lock", "1 list", "1 unknown", "2 purge"));
    EXPECT_THAT(claimed(b), IsEmpty()) << "the lanes are being worked on";
}

TEST_F(CommandStoreTest, ALaneGoesOnInTheOrderOfInsertion) {
    // The clock of whoever inserted counts for nothing, and equal times neither.
    database.exec(R"(INSERT INTO commands (guild_id, action, payload, created_at) VALUES
        ('1', 'lock', '{"n": 1}', '2026-01-03'), ('1', 'purge', '{"n": 2}', '2026-01-01'),
        ('1', 'lock', '{"n": 3}', '2026-01-01'), ('1', 'purge', '{"n": 4}', '2026-01-02'))");
    texts order;
    for (auto* by : {&a, &b, &a, &b}) {
        const auto rows = claim(*by);
        ASSERT_EQ(rows.size(), 1U);
        order.push_back(*rows[0].request.payload);
        EXPECT_EQ(finish(*by, rows[0]).size(), 1U);
    }
    EXPECT_THAT(order, ElementsAre(R"({"n": 1})", R"({"n": 2})", R"({"n": 3})", R"({"n": 4})"));
}

TEST_F(CommandStoreTest, ARowThatComesLateDoesNotRunBesideALaterOne) {
    // Its transaction took the number before, and committed after the other was claimed.
    pqxx::connection slow(database.url());
    pqxx::work transaction(slow);
    transaction.exec("INSERT INTO commands (guild_id, action) VALUES ('1', 'lock')");
    insert("1", "purge");
    const auto first = claim(a);
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].request.action, "purge");
    transaction.commit();
    EXPECT_THAT(claimed(b), IsEmpty());
    finish(a, first[0]);
    EXPECT_THAT(claimed(b), ElementsAre("1 lock"));
}

TEST_F(CommandStoreTest, GuildsTakeTurns) {
    for (const auto* guild : {"1", "2", "3", "4", "5"})
        insert(guild, "lock");
    auto got = claim(a, {.room = 2});
    EXPECT_EQ(got.next_guild, "2");
    EXPECT_TRUE(got.more);
    insert("1", "list");
    EXPECT_THAT(claimed(a, {.room = 2, .after_guild = got.next_guild}), ElementsAre("3 lock", "4 lock"));
    EXPECT_THAT(claimed(a, {.room = 9, .after_guild = "4"}), ElementsAre("5 lock", "1 list"));
}

TEST_F(CommandStoreTest, AClaimLooksNoFurtherThanItsReach) {
    for (const auto* guild : {"1", "2", "3", "4"}) {
        insert(guild, "lock");
        insert(guild, "list");
    }
    const auto closed = texts{"1/moderation", "1/reads", "2/moderation", "2/reads"};
    const auto got = claim(a, {.room = 9, .reach = 2, .closed = closed});
    EXPECT_TRUE(got.commands.empty());
    EXPECT_EQ(got.next_guild, "2");
    EXPECT_TRUE(got.more);
    const auto rest = claim(a, {.room = 9, .reach = 2, .after_guild = "2", .closed = closed});
    EXPECT_EQ(rest.commands.size(), 4U);
    EXPECT_EQ(rest.next_guild, "4");
    EXPECT_TRUE(rest.more) << "it may have to begin anew";
    EXPECT_FALSE(claim(a, {.room = 9, .closed = closed}).more);
}

TEST_F(CommandStoreTest, ClosedLanesAreLeft) {
    insert("1", "lock");
    insert("1", "list");
    insert("a\"b\\c", "lock");
    EXPECT_THAT(claimed(a, {.room = 9, .closed = {"1/moderation", "a\"b\\c/moderation"}}),
                ElementsAre("1 list"));
}

TEST_F(CommandStoreTest, AGuildWithVeryManyActionsHoldsNobodyUp) {
    database.exec(
        "INSERT INTO commands (guild_id, action) SELECT '1', 'x' || n FROM generate_series(1, 1000) n");
    insert("2", "lock");
    const auto rows = claimed(a);
    EXPECT_EQ(rows.size(), 2U);
    EXPECT_THAT(rows, testing::Contains("2 lock"));
}

TEST_F(CommandStoreTest, AGuildsUnknownActionsDoNotHideItsOthers) {
    // In the index before, between and behind the known ones.
    database.exec("INSERT INTO commands (guild_id, action) SELECT '1', x || n FROM "
                  "unnest('{a,m,z}'::text[]) x, generate_series(1, 300) n");
    for (const auto* action : {"purge", "lock", "list", "list"})
        insert("1", action);
    insert("2", "lock");
    auto rows = claimed(a);
    EXPECT_THAT(rows, testing::IsSupersetOf({"1 purge", "1 list", "2 lock"}));
    EXPECT_EQ(rows.size(), 4U) << "one of each lane, be it unknown";
    database.exec("UPDATE commands SET status = 'done' WHERE status = 'processing'");
    EXPECT_THAT(claimed(a), testing::IsSupersetOf({"1 lock", "1 list"}));
    database.exec("UPDATE commands SET status = 'done' WHERE status = 'processing' OR guild_id <> '1'");
    EXPECT_THAT(claimed(a, {.room = 100, .after_guild = "1"}), testing::SizeIs(1));
}

TEST_F(CommandStoreTest, WhenTheFirstAttemptBeganIsKnownToTheNext) {
    insert("1", "lock");
    const auto first = claim(a);
    EXPECT_FALSE(first.at(0).request.first_begun);
    const auto begun = "SELECT started_at FROM commands";
    const auto first_begun = database.text(begun);
    const auto expect_known = [&](const std::vector<claimed_command>& rows) {
        ASSERT_EQ(rows.size(), 1U);
        EXPECT_TRUE(rows[0].request.first_begun);
        EXPECT_EQ(database.text(begun), first_begun);
    };
    expire_leases();
    EXPECT_EQ(recover(b), 1U);
    const auto second = claim(b);
    expect_known(second);
    // Cut off while it ran, then given back before it had begun.
    const auto release = [&](const std::vector<claimed_command>& rows, bool begun_too) {
        std::vector<command_claim> claims{{rows.at(0).request.id, rows.at(0).request.attempts}};
        const auto work = [&]() -> awaitable<void> { co_await b.release(claims, begun_too); };
        loop.run(work());
    };
    release(second, true);
    const auto third = claim(b);
    expect_known(third);
    release(third, false);
    expect_known(claim(b));
}

TEST_F(CommandStoreTest, WhatHadNotBegunHasNoFirstAttempt) {
    insert("1", "lock");
    const auto first = claim(a);
    EXPECT_EQ(result_of(a.release_unheld({})), 1U);
    EXPECT_EQ(database.text("SELECT started_at IS NULL FROM commands"), "t");
    EXPECT_FALSE(claim(a).at(0).request.first_begun);
}

TEST_F(CommandStoreTest, OnlyTheGuildsOfItsShards) {
    command_store second{pool, process_b, lanes, shard_choice{.count = 4, .shards = {1, 3}}};
    const auto of_shard = [](std::uint64_t shard) { return std::to_string(((4096U + shard) << 22U) + 77); };
    for (std::uint64_t shard = 0; shard < 4; ++shard)
        insert(of_shard(shard), "lock");
    insert("nonsense", "lock");
    insert("99999999999999999999999", "lock");
    EXPECT_THAT(claimed(second), UnorderedElementsAre(of_shard(1) + " lock", of_shard(3) + " lock",
                                                      "nonsense lock", "99999999999999999999999 lock"));
}

TEST_F(CommandStoreTest, WhoHoldsARowIsNotWaitedFor) {
    insert("1", "lock");
    insert("2", "lock");
    insert("1", "purge");
    pqxx::connection dashboard(database.url());
    pqxx::work transaction(dashboard);
    transaction.exec("UPDATE commands SET status = 'error' WHERE guild_id = '1' AND action = 'lock'");
    EXPECT_THAT(claimed(a), ElementsAre("2 lock"));
    transaction.commit();
    EXPECT_THAT(claimed(a), ElementsAre("1 purge"));
}

TEST_F(CommandStoreTest, SeveralOfALaneThatIsRepeatable) {
    command_store reader{
        pool, process_b, {{.name = "reads", .actions = {"list", "show"}, .repeatable = true}}};
    for (const auto* action : {"list", "show", "lock", "list", "list", "show", "lock"})
        insert("1", action);
    insert("2", "list");
    const claim_request four{.room = 9, .depth = 4, .lease = lease};
    EXPECT_THAT(claimed(reader, four),
                ElementsAre("1 list", "1 show", "1 list", "1 list", "1 lock", "2 list"));
    EXPECT_THAT(claimed(reader, four), IsEmpty()) << "the lanes are being worked on";
}

TEST_F(CommandStoreTest, NothingOvertakesInALaneThatIsRepeatable) {
    command_store reader{
        pool, process_b, {{.name = "reads", .actions = {"list", "show"}, .repeatable = true}}};
    const claim_request all{.room = 9, .depth = 8, .lease = lease};
    for (const auto* action : {"list", "show", "list", "list"})
        insert("1", action);
    database.exec("UPDATE commands SET attempts = 1 WHERE seq = 3");
    pqxx::connection dashboard(database.url());
    pqxx::work transaction(dashboard);
    transaction.exec("UPDATE commands SET requested_by = '7' WHERE seq = 2");
    EXPECT_THAT(claimed(reader, all), ElementsAre("1 list")) << "the second is locked";
    transaction.commit();
    database.exec("UPDATE commands SET status = 'done' WHERE seq = 1");
    EXPECT_THAT(claimed(reader, all), ElementsAre("1 show")) << "somebody has died over the third";
    database.exec("UPDATE commands SET status = 'done' WHERE seq = 2");
    EXPECT_THAT(claimed(reader, all), ElementsAre("1 list")) << "which goes alone";
}

TEST_F(CommandStoreTest, OneRetryAtATime) {
    for (const auto* guild : {"1", "2", "3"})
        insert(guild, "lock");
    claim(a);
    expire_leases();
    EXPECT_EQ(recover(b), 3U);
    insert("4", "lock");
    EXPECT_THAT(claimed(b, {.room = 9, .with_retries = false}), ElementsAre("4 lock"));
    EXPECT_EQ(claimed(b).size(), 1U);
    EXPECT_EQ(claimed(b).size(), 1U);
}

} // namespace
} // namespace vagrolant::bot
