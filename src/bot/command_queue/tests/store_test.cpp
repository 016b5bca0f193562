#include "bot/command_queue/store.hpp"
#include "db/migrations.hpp"
#include "db/tests/support.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace vagrolant::bot {
namespace {

using db::testing::test_database;
using db::testing::test_loop;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using texts = std::vector<std::string>;

constexpr milliseconds lease{30'000};
constexpr auto process_a = "aaaaaaaa-0000-4000-8000-000000000000";
constexpr auto process_b = "bbbbbbbb-0000-4000-8000-000000000000";

const std::vector<lane> lanes{{.name = "moderation", .actions = {"purge", "lock"}},
                              {.name = "reads", .actions = {"list"}}};

class CommandStoreTest : public ::testing::Test {
protected:
    void SetUp() override { loop.run(db::migrate(pool)); }

    template <class T>
    T result_of(awaitable<T> work) {
        std::optional<T> result;
        const auto wait = [&]() -> awaitable<void> { result = co_await std::move(work); };
        loop.run(wait());
        return *std::move(result);
    }

    claim_result claim(command_store& by, claim_request what) {
        what.lease = lease;
        return result_of(by.claim(std::move(what)));
    }

    std::vector<claimed_command> claim(command_store& by, std::size_t room = 100) {
        return claim(by, claim_request{.room = room}).commands;
    }

    /// What is claimed, as "guild action".
    texts claimed(command_store& by, claim_request what) {
        texts found;
        for (const auto& row : claim(by, std::move(what)).commands)
            found.push_back(row.request.guild_id + " " + row.request.action);
        return found;
    }

    texts claimed(command_store& by) { return claimed(by, {.room = 100}); }

    texts finish(command_store& by, const claimed_command& which,
                 const std::string& result = R"({"ok":true})", bool durable = true) {
        return result_of(by.finish({{{which.request.id, which.request.attempts}, result}}, durable));
    }

    renewal renew(command_store& by, const std::vector<claimed_command>& rows) {
        std::vector<command_claim> claims;
        for (const auto& row : rows)
            claims.push_back({row.request.id, row.request.attempts});
        return result_of(by.renew(claims, lease));
    }

    std::size_t recover(command_store& by, const texts& held = {}) {
        return result_of(
            by.recover(held, 2, refusal("interrupted", "twice"), refusal("interrupted", "left")));
    }

    /// By language.
    static json::object refusal(const char* code, const std::string& reason) {
        const auto in = [&](const std::string& text) {
            return json::object{{"ok", false}, {"code", code}, {"reason", text}};
        };
        return {{"fr", in(reason + " (fr)")}, {"en", in(reason + " (en)")}, {"", in(reason)}};
    }

    void insert(const std::string& guild, const std::string& action) {
        database.exec("INSERT INTO commands (guild_id, action) VALUES ('" + guild + "', '" + action + "')");
    }

    void expire_leases() { database.exec("UPDATE commands SET lease_expires_at = now() - interval '1 s'"); }

    test_database database;
    test_loop loop;
    db::pool pool{loop.executor(), {.url = database.url(), .connections = 4}};
    command_store a{pool, process_a, lanes};
    command_store b{pool, process_b, lanes};
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
    EXPECT_EQ(rows[0].request.progress, std::nullopt);
    EXPECT_LT(std::chrono::abs(rows[0].request.created_at - std::chrono::system_clock::now()), lease);
    EXPECT_EQ(database.text("SELECT status || ':' || claimed_by FROM commands"),
              std::string("processing:") + process_a);
    EXPECT_TRUE(claim(b).empty());
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
    EXPECT_THAT(rows, ::testing::Contains("2 lock"));
}

TEST_F(CommandStoreTest, AGuildsUnknownActionsDoNotHideItsOthers) {
    // In the index before, between and behind the known ones.
    database.exec("INSERT INTO commands (guild_id, action) SELECT '1', x || n FROM "
                  "unnest('{a,m,z}'::text[]) x, generate_series(1, 300) n");
    for (const auto* action : {"purge", "lock", "list", "list"})
        insert("1", action);
    insert("2", "lock");
    auto rows = claimed(a);
    EXPECT_THAT(rows, ::testing::IsSupersetOf({"1 purge", "1 list", "2 lock"}));
    EXPECT_EQ(rows.size(), 4U) << "one of each lane, be it unknown";
    database.exec("UPDATE commands SET status = 'done' WHERE status = 'processing'");
    EXPECT_THAT(claimed(a), ::testing::IsSupersetOf({"1 lock", "1 list"}));
    database.exec("UPDATE commands SET status = 'done' WHERE status = 'processing' OR guild_id <> '1'");
    EXPECT_THAT(claimed(a, {.room = 100, .after_guild = "1"}), ::testing::SizeIs(1));
}

TEST_F(CommandStoreTest, WhenTheFirstAttemptBeganIsKnownToTheNext) {
    insert("1", "lock");
    const auto first = claim(a);
    EXPECT_FALSE(first.at(0).request.first_begun);
    const auto begun =
        database.text("SELECT floor(extract(epoch FROM started_at) * 1000)::bigint FROM commands");
    const auto expect_known = [&](const std::vector<claimed_command>& rows) {
        ASSERT_EQ(rows.size(), 1U);
        ASSERT_TRUE(rows[0].request.first_begun);
        EXPECT_EQ(std::to_string(rows[0].request.first_begun->time_since_epoch().count()), begun);
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
