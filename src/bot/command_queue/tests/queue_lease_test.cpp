#include "bot/command_queue/tests/queue_fixture.hpp"

#include <gmock/gmock.h>

namespace vagrolant::bot {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(CommandQueueTest, StoppingFinishesWhatRunsAndClaimsNoMore) {
    start();
    for (const auto* action : {"wait:runs", "wait:next", "wait:last"})
        insert(action);
    loop.run_until([&] { return executor.begun.size() == 1; });
    tasks.stop(asio::cancellation_type::total);
    insert("wait:late");
    executor.let_go();
    loop.run(tasks.join());
    EXPECT_EQ(database.text("SELECT array_agg(status || attempts ORDER BY created_at)::text FROM commands"),
              "{done1,pending0,pending0,pending0}");
    EXPECT_THAT(executor.begun, ElementsAre("wait:runs"));
}

TEST_F(CommandQueueTest, CuttingOffGivesBackWhatRan) {
    start();
    for (const auto* action : {"wait:runs", "wait:next"})
        insert(action);
    loop.run_until([&] { return executor.begun.size() == 1; });
    tasks.stop(asio::cancellation_type::total);
    tasks.stop(asio::cancellation_type::terminal);
    loop.run(tasks.join());
    EXPECT_EQ(database.text("SELECT array_agg(status || attempts ORDER BY created_at)::text FROM commands"),
              "{pending1,pending0}");
    EXPECT_EQ(executor.at_once, 0);
}

TEST_F(CommandQueueTest, AStopGivesBackAtOnceWhatWaitsBehindOthers) {
    for (int i = 0; i < 4; ++i)
        insert("wait:read");
    start();
    loop.run_until([&] { return queue->held() == 4; });
    tasks.stop(asio::cancellation_type::total);
    loop.run_until([&] { return queue->held() == 1; });
    const auto rows = [&] {
        return database.text("SELECT array_agg(status || attempts ORDER BY seq)::text FROM commands");
    };
    loop.run_until([&] { return rows() == "{processing1,pending0,pending0,pending0}"; });
    executor.let_go();
    loop.run(tasks.join());
    EXPECT_EQ(rows(), "{done1,pending0,pending0,pending0}");
    EXPECT_THAT(executor.begun, ElementsAre("wait:read"));
}

TEST_F(CommandQueueTest, WhatWaitsBehindOthersIsNotBlamedForACut) {
    for (int i = 0; i < 3; ++i)
        insert("wait:read");
    start();
    loop.run_until([&] { return queue->held() == 3; });
    tasks.stop(asio::cancellation_type::terminal);
    loop.run(tasks.join());
    EXPECT_EQ(database.text("SELECT array_agg(status || attempts ORDER BY seq)::text FROM commands"),
              "{pending1,pending0,pending0}");
}

TEST_F(CommandQueueTest, ALeaseThatEndedKeepsWhatWaitsBehindOthersFromBeginning) {
    for (int i = 0; i < 2; ++i)
        insert("wait:read");
    start({.poll = 10ms, .lease = 300ms, .heartbeat = 1h});
    loop.run_until([&] { return queue->held() == 2; });
    loop.run_until([&] { return queue->held() == 0; });
    EXPECT_THAT(executor.begun, ElementsAre("wait:read"));
    EXPECT_EQ(database.text("SELECT count(*) FROM commands WHERE status = 'processing'"), "2")
        << "for recovery to find";
}

TEST_F(CommandQueueTest, WhatAnotherProcessLeftBehindIsDone) {
    insert("orphan");
    database.exec("UPDATE commands SET status = 'processing', attempts = 1, claimed_by = gen_random_uuid(), "
                  "lease_expires_at = now() - interval '1 second'");
    start(notified_only);
    until_finished();
    EXPECT_EQ(database.text("SELECT status || attempts FROM commands"), "done2");
}

TEST_F(CommandQueueTest, LeasesAreRenewedWhileACommandRuns) {
    start({.heartbeat = 10ms});
    insert("wait");
    loop.run_until([&] { return executor.begun.size() == 1; });
    database.exec("UPDATE commands SET lease_expires_at = now() + interval '1 second'");
    loop.run_until([&] {
        return database.text("SELECT lease_expires_at > now() + interval '10 seconds' FROM commands") == "t";
    });
    executor.let_go();
    until_finished();
    EXPECT_EQ(executor.begun.size(), 1U);
}

TEST_F(CommandQueueTest, ACommandLostToAnotherProcessIsNotOverwritten) {
    start({.heartbeat = 1h});
    insert("wait");
    loop.run_until([&] { return executor.begun.size() == 1; });
    database.exec("UPDATE commands SET claimed_by = gen_random_uuid(), attempts = attempts + 1");
    executor.let_go();
    loop.run_until([&] { return queue->held() == 0; });
    EXPECT_EQ(status("wait"), "processing");
}

TEST_F(CommandQueueTest, AClaimThatTheServerForgotGoesOn) {
    start({.poll = 10ms, .heartbeat = 10ms});
    insert("wait");
    loop.run_until([&] { return executor.begun.size() == 1; });
    // What a server that crashes loses with synchronous_commit = off.
    database.exec("UPDATE commands SET status = 'pending', claimed_by = NULL, attempts = 0");
    loop.run_until([&] { return database.text("SELECT status || attempts FROM commands") == "processing1"; });
    executor.let_go();
    until_finished();
    EXPECT_EQ(status("wait"), "done");
    EXPECT_EQ(executor.begun.size(), 1U);
}

TEST_F(CommandQueueTest, ALostCommandIsCancelled) {
    start({.poll = 10ms, .heartbeat = 10ms});
    insert("wait");
    loop.run_until([&] { return executor.begun.size() == 1; });
    database.exec("UPDATE commands SET claimed_by = gen_random_uuid(), attempts = attempts + 1");
    loop.run_until([&] { return queue->held() == 0; });
    EXPECT_EQ(executor.at_once, 0);
    EXPECT_EQ(status("wait"), "processing");
}

TEST_F(CommandQueueTest, ACommandWhoseLeaseEndsUnrenewedIsCancelled) {
    start({.poll = 10ms, .lease = 300ms, .heartbeat = 1h});
    insert("wait");
    loop.run_until([&] { return executor.begun.size() == 1; });
    loop.run_until([&] { return queue->held() == 0; });
    EXPECT_EQ(executor.at_once, 0);
    EXPECT_EQ(status("wait"), "processing") << "for recovery to find";
}

TEST_F(CommandQueueTest, ProgressIsKeptAndGivenToTheNextAttempt) {
    start({.poll = 10ms, .heartbeat = 10ms});
    insert("report");
    insert("wait:next");
    until_begun("report");
    loop.run_until(
        [&] { return database.text("SELECT count(*) FROM commands WHERE progress = '{\"n\": 7}'") == "1"; });
    // As if the process had died.
    database.exec(
        "UPDATE commands SET claimed_by = gen_random_uuid(), lease_expires_at = now() - interval '1 s' "
        "WHERE action = 'report'");
    loop.run_until([&] { return executor.progress.size() == 2; });
    EXPECT_EQ(executor.progress, (std::vector<std::optional<std::string>>{std::nullopt, R"({"n": 7})"}));
    executor.let_go();
    until_finished();
    EXPECT_EQ(database.text("SELECT status || attempts FROM commands WHERE action = 'report'"), "done2");
}

TEST_F(CommandQueueTest, WhatDiesTwiceIsSetAside) {
    database.exec(
        "INSERT INTO commands (guild_id, action, status, attempts, claimed_by, lease_expires_at, progress) "
        "VALUES ('1', 'purge', 'processing', 2, gen_random_uuid(), now() - interval '1 s', "
        "'{\"deleted\": 12}')");
    start();
    until_finished();
    EXPECT_EQ(outcome("purge"), "error interrupted");
    EXPECT_EQ(database.text("SELECT result->>'deleted' FROM commands"), "12");
    EXPECT_THAT(database.text("SELECT result->>'reason' FROM commands"), HasSubstr("deux fois"));
    EXPECT_TRUE(executor.begun.empty());
}

TEST_F(CommandQueueTest, LosingTheDatabaseForAMomentLosesNothing) {
    start({.poll = 10ms});
    insert("wait:1");
    insert("wait:2");
    loop.run_until([&] { return executor.begun.size() == 1; });
    database.cut_connections();
    executor.let_go();
    database.cut_connections();
    until_finished();
    EXPECT_THAT(executor.begun, ElementsAre("wait:1", "wait:2"));
    insert("after");
    until_finished();
    EXPECT_EQ(status("after"), "done");
}

} // namespace
} // namespace vagrolant::bot
