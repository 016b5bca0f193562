#include "async/deadline.hpp"
#include "async/task_group.hpp"
#include "db/error.hpp"
#include "db/session.hpp"
#include "db/tests/support.hpp"

#include <boost/asio/io_context.hpp>

#include <string>
#include <vector>

namespace vagrolant::db {
namespace {

using testing::test_database;
using testing::test_loop;

class SessionTest : public ::testing::Test {
protected:
    session_options options() {
        return {.url = database.url(), .first_retry = std::chrono::milliseconds(10)};
    }

    void start(session& subject) {
        subject.on_connected([this] { ++connections; });
        subject.start();
        loop.run_until([this] { return connections > 0; });
    }

    rows exec(session& subject, statement which, std::vector<session::parameter> parameters = {}) {
        rows result;
        loop.run(run(subject, which, std::move(parameters), result));
        return result;
    }

    static awaitable<void> run(session& subject, statement which, std::vector<session::parameter> parameters,
                               rows& result) {
        result = co_await subject.exec(which, std::move(parameters));
    }

    test_database database;
    test_loop loop;
    int connections = 0;
};

constexpr statement add{"add", "SELECT $1::int + $2::int AS sum, $3::text AS nothing"};

TEST_F(SessionTest, RunsStatementsAgainAndAgain) {
    session subject(loop.executor(), options());
    start(subject);
    for (int i = 0; i < 3; ++i) {
        const auto result = exec(subject, add, {std::to_string(i), "40", std::nullopt});
        ASSERT_EQ(result.size(), 1U);
        EXPECT_EQ(result[0]["sum"].as<int>(), 40 + i);
        EXPECT_TRUE(result[0]["nothing"].is_null());
        EXPECT_THROW(result[0]["missing"], std::invalid_argument);
    }
    EXPECT_TRUE(subject.idle());
}

TEST_F(SessionTest, RunsStatementsInOrder) {
    session subject(loop.executor(), options());
    start(subject);
    database.exec("CREATE TABLE said (at SERIAL, what TEXT)");
    constexpr statement say{"say", "INSERT INTO said (what) VALUES ($1)"};
    std::vector<rows> results(20);
    task_group tasks(loop.executor());
    for (std::size_t i = 0; i < results.size(); ++i)
        tasks.spawn("say", run(subject, say, {std::to_string(i)}, results[i]));
    loop.run(tasks.join());
    EXPECT_EQ(database.text("SELECT string_agg(what, ' ' ORDER BY at) FROM said"),
              "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19");
}

TEST_F(SessionTest, CarriesMoreThanASocketHolds) {
    session subject(loop.executor(), options());
    start(subject);
    const std::string much(8 * 1024 * 1024, 'x');
    const auto result = exec(subject, {"echo", "SELECT $1::text"}, {much});
    EXPECT_EQ(result[0][0].as<std::string>(), much);
}

TEST_F(SessionTest, ARefusedStatementLeavesTheOthersAlone) {
    session subject(loop.executor(), options());
    start(subject);
    try {
        exec(subject, {"", "SELECT 1 / $1::int"}, {"0"});
        FAIL() << "no error";
    } catch (const error& refused) {
        EXPECT_EQ(refused.sqlstate(), "22012");
    }
    EXPECT_THROW(exec(subject, {"nonsense", "SELEC"}), error);
    EXPECT_EQ(exec(subject, add, {"1", "1", "x"})[0]["sum"].as<int>(), 2);
    EXPECT_EQ(connections, 1);
}

TEST_F(SessionTest, LatenessIsADeadline) {
    auto impatient = options();
    impatient.deadline = std::chrono::milliseconds(20);
    session subject(loop.executor(), impatient);
    start(subject);
    EXPECT_THROW(exec(subject, {"", "SELECT pg_sleep(30)"}), late);
    EXPECT_EQ(exec(subject, {"", "SELECT 1"}).size(), 1U);
    EXPECT_EQ(connections, 1);
}

TEST_F(SessionTest, NobodyWaitsForALostConnection) {
    session subject(loop.executor(), options());
    EXPECT_THROW(exec(subject, add, {"1", "1", "x"}), unavailable);
    start(subject);
    bool refused = false;
    loop.run([](session& subject, test_database& database, bool& refused) -> awaitable<void> {
        task_group tasks(co_await asio::this_coro::executor);
        const auto wait = [](session& subject, bool& refused) -> awaitable<void> {
            try {
                co_await subject.exec({"", "SELECT pg_sleep(30)"}, {});
            } catch (const unavailable&) {
                refused = true;
            }
        };
        tasks.spawn("wait", wait(subject, refused));
        database.cut_connections();
        co_await tasks.join();
    }(subject, database, refused));
    EXPECT_TRUE(refused);
    loop.run_until([this] { return connections == 2; });
    // Statements are prepared anew.
    EXPECT_EQ(exec(subject, add, {"1", "1", "x"})[0]["sum"].as<int>(), 2);
}

TEST_F(SessionTest, PreparedStatementsMayVanish) {
    session subject(loop.executor(), options());
    start(subject);
    exec(subject, add, {"1", "1", "x"});
    // What a pooler in transaction mode does to them.
    exec(subject, {"", "DEALLOCATE ALL"});
    EXPECT_EQ(exec(subject, add, {"2", "2", "x"})[0]["sum"].as<int>(), 4);
}

TEST_F(SessionTest, WhatAPreparedStatementReturnsMayChange) {
    session subject(loop.executor(), options());
    start(subject);
    database.exec("CREATE TABLE thing AS SELECT 1 AS a");
    constexpr statement all{"all", "SELECT * FROM thing"};
    exec(subject, all);
    // As a newer version's migration may.
    database.exec("ALTER TABLE thing ADD COLUMN b int DEFAULT 2");
    EXPECT_EQ(exec(subject, all)[0]["b"].as<int>(), 2);
}

TEST_F(SessionTest, ADeadlockIsTriedAgain) {
    session subject(loop.executor(), options());
    start(subject);
    database.exec("CREATE SEQUENCE tries");
    constexpr statement clash{"clash", "SELECT clash()"};
    database.exec("CREATE FUNCTION clash() RETURNS int LANGUAGE plpgsql AS $$ BEGIN "
                  "IF nextval('tries') < 3 THEN RAISE deadlock_detected; END IF; RETURN 7; END $$");
    EXPECT_EQ(exec(subject, clash)[0][0].as<int>(), 7);
    EXPECT_EQ(database.text("SELECT last_value FROM tries"), "3");
}

TEST_F(SessionTest, TheQueueIsBounded) {
    auto small = options();
    small.queue_bound = 2;
    session subject(loop.executor(), small);
    start(subject);
    std::vector<rows> results(3);
    task_group tasks(loop.executor());
    for (auto& result : results)
        tasks.spawn("one", run(subject, {"", "SELECT 1"}, {}, result));
    EXPECT_THROW(exec(subject, {"", "SELECT 1"}), unavailable);
    loop.run(tasks.join());
}

TEST_F(SessionTest, ItsEndIsTheWaitersEnd) {
    std::optional<session> subject(std::in_place, loop.executor(), options());
    start(*subject);
    std::exception_ptr failure;
    bool ended = false;
    loop.run([](std::optional<session>& subject, bool& ended) -> awaitable<void> {
        task_group tasks(co_await asio::this_coro::executor);
        const auto wait = [](session& subject, bool& ended) -> awaitable<void> {
            try {
                co_await subject.exec({"", "SELECT pg_sleep(30)"}, {});
            } catch (const unavailable&) {
                ended = true;
            }
        };
        tasks.spawn("wait", wait(*subject, ended));
        subject.reset();
        co_await tasks.join();
    }(subject, ended));
    EXPECT_TRUE(ended);
}

// A bot whose loop still has something to wait for does not end when it is told to.
TEST_F(SessionTest, OnceStoppedTheLoopHasNothingToWaitFor) {
    asio::io_context own;
    session subject(own.get_executor(), options());
    subject.on_connected([&] { subject.stop(); });
    subject.start();
    own.run_for(test_loop::limit);
    EXPECT_TRUE(own.stopped());
    EXPECT_FALSE(subject.up());
}

} // namespace
} // namespace vagrolant::db
