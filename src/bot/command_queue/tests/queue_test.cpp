#include "bot/command_queue/tests/queue_fixture.hpp"

#include <gmock/gmock.h>

#include <map>

namespace vagrolant::bot {
namespace {

using db::testing::test_database;
using testing::HasSubstr;

TEST_F(CommandQueueTest, ANotifiedInsertIsDone) {
    start(notified_only);
    loop.run_until([&] { return queue->notified(); });
    insert("hello");
    until_finished();
    EXPECT_EQ(database.text("SELECT status || result::text FROM commands"),
              R"(done{"ok": true, "action": "hello"})");
    loop.run_until([&] { return queue->held() == 0; });
}

TEST_F(CommandQueueTest, WhatWasThereBeforeIsDone) {
    insert("early");
    start(notified_only);
    until_finished();
    EXPECT_EQ(status("early"), "done");
}

TEST_F(CommandQueueTest, PollingFindsWhatNobodyNotified) {
    start({.poll = 10ms}, false);
    insert("quiet");
    until_finished();
    EXPECT_EQ(status("quiet"), "done");
    EXPECT_FALSE(queue->notified());
}

TEST_F(CommandQueueTest, PollsQuickerInBusyTimes) {
    // Without notifications, and a poll of an hour: only the other one finds what comes after the first, be
    // it that the look which follows each outcome may find some.
    insert("0");
    start({.poll = 1h, .busy_poll = 10ms}, false);
    for (int i = 1; i <= 8; ++i) {
        until_finished();
        loop.run_until([this] { return queue->held() == 0; });
        insert(std::to_string(i));
    }
    until_finished();
    EXPECT_EQ(executor.begun.size(), 9U);
}

TEST_F(CommandQueueTest, ItsOwnReasonsAreInTheGuildsLanguage) {
    insert("throw", "{}", "english");
    insert("hang", "{}", "english");
    insert("array", "[]", "english");
    insert("throw nonsense", "{}", "1");
    insert("zero", "{}", "english");
    insert("zero", "{}", "1");
    // What nobody has foreseen that the database would not take.
    database.exec("ALTER TABLE commands ADD CHECK (coalesce(result->>'action', '') <> 'not taken')");
    insert("not taken", "{}", "english");
    start();
    until_finished();
    const auto reason = [this](const std::string& action) {
        return database.text("SELECT result->>'reason' FROM commands WHERE action = '" + action + "'");
    };
    EXPECT_THAT(reason("throw"), HasSubstr("internal error"));
    EXPECT_THAT(reason("hang"), HasSubstr("too long"));
    EXPECT_THAT(reason("array"), HasSubstr("must be a JSON object"));
    EXPECT_THAT(reason("throw nonsense"), HasSubstr("erreur interne"));
    EXPECT_THAT(reason("not taken"), HasSubstr("internal error"));
    const auto warnings = database.text("SELECT string_agg(result#>>'{warnings,0,text}', ' ' ORDER BY seq) "
                                        "FROM commands WHERE action = 'zero'");
    EXPECT_THAT(warnings,
                testing::AllOf(HasSubstr("cannot be stored"), HasSubstr("La commande a été exécutée")));
}

TEST_F(CommandQueueTest, WhatNoProcessClaimsExpires) {
    // The lane lets its commands wait for a minute, and whoever may claim them five minutes more.
    const auto others = std::to_string(std::uint64_t{1} << 22U);
    insert("patient", "{}", others);
    database.exec("UPDATE commands SET created_at = now() - interval '5 minutes'");
    insert("forgotten", "{}", others);
    database.exec("UPDATE commands SET created_at = now() - interval '7 minutes' WHERE action = 'forgotten'");
    database.exec("INSERT INTO guild_settings (guild_id, locale) VALUES (" + others + ", 'en')");
    start({.shards = shard_choice{.count = 2, .shards = {0}}});
    loop.run_until([this] { return status("forgotten") == "error"; });
    EXPECT_EQ(outcome("forgotten"), "error expired");
    EXPECT_THAT(database.text("SELECT result->>'reason' FROM commands WHERE action = 'forgotten'"),
                HasSubstr("waited for too long"));
    EXPECT_EQ(status("patient"), "pending");
    EXPECT_TRUE(executor.begun.empty());
}

TEST_F(CommandQueueTest, AListenerThatHearsNothingIsNotTrusted) {
    // Connected, but to a place where nobody notifies: what a pooler in transaction mode looks like.
    test_database elsewhere;
    db::session deaf(loop.executor(), {.url = elsewhere.url()});
    queue.emplace(loop.executor(), pool, deaf, executor,
                  command_queue_options{.poll = 20ms, .busy_poll = 10ms, .probe = {.limit = 10ms}});
    deaf.start();
    tasks.spawn("queue", queue->run());
    insert("first");
    until_finished();
    insert("second");
    until_finished();
    EXPECT_FALSE(queue->notified());
    // It must not outlive its listener.
    TearDown();
    queue.reset();
}

TEST_F(CommandQueueTest, ALaneRunsInOrderAndLanesSideBySide) {
    start();
    for (const auto* action : {"wait:1", "wait:2", "other"})
        insert(action);
    insert("wait:elsewhere", "{}", "2");
    loop.run_until([&] { return executor.begun.size() == 3; });
    EXPECT_THAT(executor.begun, testing::UnorderedElementsAre("wait:1", "other", "wait:elsewhere"));
    executor.let_go();
    until_finished();
    EXPECT_EQ(executor.begun.back(), "wait:2");
}

TEST_F(CommandQueueTest, HoldsNoMoreThanItMay) {
    for (int i = 0; i < 20; ++i)
        insert("wait", "{}", std::to_string(i));
    start({.max_held = 4});
    loop.run_until([&] { return executor.begun.size() == 4; });
    EXPECT_EQ(queue->held(), 4U);
    EXPECT_EQ(database.text("SELECT count(*) FROM commands WHERE status = 'pending'"), "16");
    executor.let_go();
    until_finished();
    EXPECT_LE(executor.most_at_once, 4);
    EXPECT_EQ(executor.begun.size(), 20U);
}

TEST_F(CommandQueueTest, AnActionThatFailsIsAnErrorWithAReason) {
    start();
    for (const auto* action : {"throw", "throw nonsense", "hang", "zero", "huge number"})
        insert(action);
    until_finished();
    EXPECT_EQ(code("throw"), "internal");
    EXPECT_EQ(outcome("throw nonsense"), "error internal");
    EXPECT_EQ(outcome("hang"), "error timeout");
    EXPECT_EQ(status("zero"), "done");
    EXPECT_EQ(database.text("SELECT count(*) FROM commands WHERE result->'ok' IS NULL"), "0");
    const auto reason = database.text("SELECT result->>'reason' FROM commands WHERE action = 'throw'");
    EXPECT_THAT(reason, HasSubstr("erreur interne"));
    EXPECT_THAT(reason, testing::Not(HasSubstr("something inside")));
}

TEST_F(CommandQueueTest, WhatTakesTooLongIsAnErrorWithItsProgress) {
    start();
    insert("hang after a report");
    until_finished();
    EXPECT_EQ(code("hang after a report"), "timeout");
    EXPECT_EQ(database.text("SELECT result->>'deleted' FROM commands"), "7");
    EXPECT_THAT(database.text("SELECT result->>'reason' FROM commands"), HasSubstr("trop de temps"));
}

TEST_F(CommandQueueTest, PoisonousPayloadsAreRefused) {
    insert("array", "[1, 2]");
    insert("string", "\"text\"");
    insert("large", "{\"x\": \"" + std::string(70'000, 'y') + "\"}");
    insert("deep", "{\"x\": " + std::string(1'000, '[') + std::string(1'000, ']') + "}");
    insert("fine", "null");
    database.exec("INSERT INTO commands (guild_id, action) VALUES (repeat('9', 100000), 'long guild')");
    database.exec("INSERT INTO commands (guild_id, action) VALUES ('1', repeat('x', 100000))");
    start();
    until_finished();
    EXPECT_THAT(refusal("array"), HasSubstr("objet JSON"));
    EXPECT_THAT(refusal("string"), HasSubstr("objet JSON"));
    EXPECT_THAT(refusal("large"), HasSubstr("volumineuses"));
    EXPECT_THAT(refusal("deep"), HasSubstr("imbriquées"));
    EXPECT_EQ(status("fine"), "done");
    EXPECT_EQ(status("long guild"), "done") << "the executor judges guild and action";
    EXPECT_THAT(executor.begun, testing::UnorderedElementsAre("fine", "long guild", std::string(128, 'x')));
}

TEST_F(CommandQueueTest, ALaneWithoutTokensWaitsForThem) {
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 6; ++i)
        insert("limited");
    start(notified_only);
    until_finished();
    // Two at once, then one each 50 ms.
    EXPECT_GE(std::chrono::steady_clock::now() - began, 4 * 50ms);
    EXPECT_EQ(executor.begun.size(), 6U);
}

TEST_F(CommandQueueTest, MoreThanMayWaitIsRefused) {
    database.exec("INSERT INTO commands (guild_id, action) SELECT '1', 'rare' FROM generate_series(1, 20)");
    insert("rare", "{}", "2");
    start({.bound_interval = 10ms});
    loop.run_until(
        [&] { return database.text("SELECT count(*) FROM commands WHERE status = 'error'") == "16"; });
    EXPECT_EQ(
        database.text("SELECT string_agg(DISTINCT result->>'code' || ' ' || (result->>'retryAfter'), ',') "
                      "FROM commands WHERE status = 'error'"),
        "rate_limited 3000000");
    EXPECT_EQ(database.text("SELECT count(*) FROM commands WHERE status = 'pending'"), "3");
    loop.run_until(
        [&] { return database.text("SELECT count(*) FROM commands WHERE status = 'done'") == "2"; });
}

TEST_F(CommandQueueTest, AFloodOfOneGuildDelaysNobodyByMoreThanABatch) {
    EXPECT_LE(begun_while_another_waits("flood"), command_queue_options().batch);
}

TEST_F(CommandQueueTest, NorDoesOneOfALaneOfWhichManyAreClaimedAtOnce) {
    // What was claimed before, and that guild's part of the claim in which the single command is.
    EXPECT_LE(begun_while_another_waits("read"), 2 * command_queue_options().depth);
}

TEST_F(CommandQueueTest, ManyCommandsAreDoneInOrderPerGuild) {
    database.exec("INSERT INTO commands (guild_id, action, payload) "
                  "SELECT (n % 5)::text, 'x' || n % 3, to_jsonb(n) FROM generate_series(0, 499) n");
    database.exec("UPDATE commands SET payload = jsonb_build_object('n', payload)");
    start();
    until_finished();
    std::map<int, int> last;
    for (const auto& payload : executor.payloads) {
        const int n = std::stoi(payload.substr(payload.find(' ')));
        EXPECT_GE(n, last[n % 5]);
        last[n % 5] = n;
    }
    EXPECT_EQ(executor.begun.size(), 500U);
    EXPECT_EQ(database.text("SELECT count(*) FROM commands WHERE status = 'done' AND attempts = 1"), "500");
}

} // namespace
} // namespace vagrolant::bot
