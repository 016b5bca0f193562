#include "bot/command_queue/queue.hpp"
#include "db/migrations.hpp"
#include "db/tests/support.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <optional>

namespace vagrolant::bot {
namespace {

using db::testing::test_database;
using db::testing::test_loop;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// Does what the action's name says.
class scripted_executor : public command_executor {
public:
    explicit scripted_executor(const asio::any_io_executor& loop)
        : changed(loop) {}

    std::vector<bot::lane> lanes() const override {
        return {{.name = "wait",
                 .actions = {"wait:1", "wait:2", "wait:elsewhere", "wait:runs", "wait:next", "wait:last",
                             "wait:late"}},
                {.name = "mortal", .actions = {"patient", "forgotten"}, .time_to_live = 60s},
                {.name = "reads", .actions = {"read", "wait:read"}, .repeatable = true},
                {.name = "limited", .actions = {"limited"}, .per_second = 20, .burst = 2},
                {.name = "rare", .actions = {"rare"}, .per_second = 0.001, .burst = 1, .max_waiting = 3}};
    }

    std::chrono::milliseconds time_limit(const command& which) const override {
        return which.action.starts_with("hang") ? 20ms : 60'000ms;
    }

    awaitable<std::optional<locale>> language_of(std::string guild) const override {
        co_return guild == "english" ? std::optional(locale::en) : std::nullopt;
    }

    awaitable<command_outcome> execute(command which, progress_report report) override {
        begun.push_back(which.action);
        payloads.push_back(which.payload.value_or(""));
        most_at_once = std::max(most_at_once, ++at_once);
        struct leave {
            int& count;
            ~leave() { --count; }
        } const on_leaving{at_once};
        if (which.action == "throw")
            throw std::runtime_error("something inside");
        if (which.action == "throw nonsense")
            throw 7;
        if (which.action == "zero")
            co_return command_outcome::success({{"text", std::string("a\0b", 3)}});
        if (which.action == "huge number")
            co_return command_outcome::success({{"n", std::numeric_limits<double>::infinity()}});
        if (which.action == "report") {
            progress.push_back(which.progress);
            json::object how_far{{"n", 7}};
            co_await report(std::move(how_far));
        }
        const bool waits = which.action.starts_with("wait") || which.action == "report";
        if (which.action == "hang after a report") {
            json::object how_far{{"deleted", 7}, {"code", "made up"}};
            co_await report(std::move(how_far));
        }
        while ((waits && !open) || which.action.starts_with("hang"))
            co_await changed.wait();
        co_return command_outcome::success({{"action", which.action}});
    }

    void let_go() {
        open = true;
        changed.notify_all();
    }

    event changed;
    bool open = false;
    std::vector<std::string> begun;
    std::vector<std::string> payloads;
    std::vector<std::optional<std::string>> progress;
    int at_once = 0;
    int most_at_once = 0;
};

class CommandQueueTest : public ::testing::Test {
protected:
    void SetUp() override { loop.run(db::migrate(pool)); }

    void TearDown() override {
        tasks.stop(asio::cancellation_type::terminal);
        loop.run(tasks.join());
    }

    /// Notifications, too, unless the test is about their loss.
    void start(command_queue_options options = {}, bool with_listener = true) {
        queue.emplace(loop.executor(), pool, listener, executor, options);
        if (with_listener)
            listener.start();
        tasks.spawn("queue", queue->run());
    }

    void insert(const std::string& action, const std::string& payload = "{}",
                const std::string& guild = "1") {
        database.exec("INSERT INTO commands (guild_id, action, payload) VALUES ('" + guild + "', '" + action +
                      "', '" + payload + "')");
    }

    std::string status(const std::string& action) {
        return database.text("SELECT status FROM commands WHERE action = '" + action + "'");
    }

    /// status and code.
    std::string outcome(const std::string& action) {
        return database.text(
            "SELECT status || ' ' || coalesce(result->>'code', '') FROM commands WHERE action = '" + action +
            "'");
    }

    /// Of a command that was refused.
    std::string code(const std::string& action) {
        EXPECT_EQ(status(action), "error");
        return database.text("SELECT result->>'code' FROM commands WHERE action = '" + action + "'");
    }

    /// Why a payload was not taken.
    std::string refusal(const std::string& action) {
        EXPECT_EQ(outcome(action), "error bad_payload");
        return database.text("SELECT result->>'reason' FROM commands WHERE action = '" + action + "'");
    }

    void until_begun(const std::string& action) {
        loop.run_until([&] { return std::ranges::find(executor.begun, action) != executor.begun.end(); });
    }

    void until_finished() {
        loop.run_until([&] {
            return database.text("SELECT count(*) FROM commands WHERE status IN ('pending', 'processing')") ==
                   "0";
        });
    }

    test_database database;
    test_loop loop;
    db::pool pool{loop.executor(), {.url = database.url(), .connections = 2}};
    task_group tasks{loop.executor()};
    scripted_executor executor{loop.executor()};
    std::optional<command_queue> queue;
    db::listener listener{loop.executor(), {.url = database.url(), .first_retry = 10ms}};
};

// With a poll of an hour only a notification can bring a command in.
const command_queue_options notified_only{.poll = 1h, .busy_poll = 1h};

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
                ::testing::AllOf(HasSubstr("cannot be stored"), HasSubstr("La commande a été exécutée")));
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
    db::listener deaf(loop.executor(), {.url = elsewhere.url()});
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
    EXPECT_THAT(executor.begun, ::testing::UnorderedElementsAre("wait:1", "other", "wait:elsewhere"));
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
    EXPECT_THAT(reason, ::testing::Not(HasSubstr("something inside")));
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
    EXPECT_THAT(executor.begun, ::testing::UnorderedElementsAre("fine", "long guild", std::string(128, 'x')));
}

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
    database.exec(
        "INSERT INTO commands (guild_id, action) SELECT '1', 'flood' FROM generate_series(1, 10000)");
    const command_queue_options options;
    start(options);
    loop.run_until([&] { return executor.begun.size() >= 100; });
    insert("single", "{}", "2");
    const auto before = executor.begun.size();
    until_begun("single");
    EXPECT_LE(executor.begun.size() - before, options.batch);
}

TEST_F(CommandQueueTest, NorDoesOneOfALaneOfWhichManyAreClaimedAtOnce) {
    database.exec(
        "INSERT INTO commands (guild_id, action) SELECT '1', 'read' FROM generate_series(1, 10000)");
    const command_queue_options options;
    start(options);
    loop.run_until([&] { return executor.begun.size() >= 100; });
    insert("single", "{}", "2");
    const auto before = executor.begun.size();
    until_begun("single");
    // What was claimed before, and that guild's part of the claim in which the single command is.
    EXPECT_LE(executor.begun.size() - before, 2 * options.depth);
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
