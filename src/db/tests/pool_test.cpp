#include "async/deadline.hpp"
#include "async/task_group.hpp"
#include "db/pool.hpp"
#include "db/tests/support.hpp"
#include "db/transaction.hpp"

#include <atomic>
#include <thread>

namespace vagrolant::db {
namespace {

using testing::test_database;
using testing::test_loop;

constexpr statement backend_pid{"backend_pid", "SELECT pg_backend_pid()"};
constexpr statement double_it{"double_it", "SELECT 2 * $1::int"};

class PoolTest : public ::testing::Test {
protected:
    pool_options options(std::size_t connections = 2) {
        return {.url = database.url(), .connections = connections};
    }

    test_database database;
    test_loop loop;
};

TEST_F(PoolTest, ReturnsWhatTheWorkReturned) {
    pool db(loop.executor(), options());
    loop.run([](pool& db) -> awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            const auto result =
                co_await db.run([i](transaction& t) { return t.exec(double_it, i)[0][0].as<int>(); });
            EXPECT_EQ(result, 2 * i);
        }
        const auto text = co_await db.run([](transaction& t) {
            return t.exec("SELECT $1 || $2", std::string("é"), std::optional<std::string>("!"))[0][0]
                .as<std::string>();
        });
        EXPECT_EQ(text, "é!");
    }(db));
    EXPECT_TRUE(db.up());
}

TEST_F(PoolTest, CommitsWhenTheWorkReturnsAndRollsBackWhenItThrows) {
    database.exec("CREATE TABLE thing (n int)");
    pool db(loop.executor(), options());
    loop.run([](pool& db) -> awaitable<void> {
        co_await db.run([](transaction& t) { t.exec("INSERT INTO thing VALUES (1)"); });
        bool thrown = false;
        try {
            co_await db.run([](transaction& t) {
                t.exec("INSERT INTO thing VALUES (2)");
                throw std::invalid_argument("enough");
            });
        } catch (const std::invalid_argument& error) {
            thrown = std::string_view(error.what()) == "enough";
        }
        EXPECT_TRUE(thrown);
    }(db));
    EXPECT_EQ(database.text("SELECT array_agg(n)::text FROM thing"), "{1}");
}

TEST_F(PoolTest, TellsWhatTheServerRefused) {
    database.exec("CREATE TABLE thing (n int UNIQUE); INSERT INTO thing VALUES (1)");
    pool db(loop.executor(), options());
    loop.run([](pool& db) -> awaitable<void> {
        std::string state;
        try {
            co_await db.run([](transaction& t) { t.exec("INSERT INTO thing VALUES (1)"); });
        } catch (const error& failure) {
            state = failure.sqlstate();
        }
        EXPECT_EQ(state, "23505");
        // The connection goes on.
        co_await db.run([](transaction& t) { t.exec("SELECT 1"); });
    }(db));
}

TEST_F(PoolTest, JobsRunSideBySide) {
    pool db(loop.executor(), options(2));
    task_group tasks(loop.executor());
    // Each waits for the other's lock to be there: only together can they end.
    std::atomic<int> inside = 0;
    int ended = 0;
    const auto job = [&]() -> awaitable<void> {
        co_await db.run([&inside](transaction& t) {
            t.exec("SELECT 1");
            ++inside;
            while (inside < 2)
                std::this_thread::yield();
        });
        ++ended;
    };
    tasks.spawn("first", job());
    tasks.spawn("second", job());
    loop.run(tasks.join());
    EXPECT_EQ(ended, 2);
}

TEST_F(PoolTest, ACancelledWaiterLeavesTheJobToFinish) {
    database.exec("CREATE TABLE thing (n int)");
    pool db(loop.executor(), options(1));
    task_group tasks(loop.executor());
    std::atomic<bool> begun = false;
    std::atomic<bool> cancelled = false;
    bool resumed = false;
    const auto job = [&]() -> awaitable<void> {
        co_await db.run([&](transaction& t) {
            t.exec("INSERT INTO thing VALUES (7)");
            begun = true;
            while (!cancelled)
                std::this_thread::yield();
        });
        resumed = true;
    };
    tasks.spawn("job", job());
    loop.run_until([&] { return begun.load(); });
    tasks.stop(asio::cancellation_type::terminal);
    loop.run(tasks.join());
    cancelled = true;
    EXPECT_FALSE(resumed);
    // One connection: the next job runs after the one that nobody waits for.
    loop.run([](pool& on) -> awaitable<void> {
        const auto n =
            co_await on.run([](transaction& t) { return t.exec("SELECT n FROM thing")[0][0].as<int>(); });
        EXPECT_EQ(n, 7);
    }(db));
}

TEST_F(PoolTest, AConnectionLostWhileIdleIsReplacedUnnoticed) {
    pool db(loop.executor(), options(1));
    loop.run([](pool& on, test_database& database) -> awaitable<void> {
        const auto pid = [](transaction& t) { return t.exec(backend_pid)[0][0].as<int>(); };
        const auto before = co_await on.run(pid);
        database.cut_connections();
        const auto after = co_await on.run(pid);
        EXPECT_NE(before, after);
    }(db, database));
}

TEST_F(PoolTest, ASingleStatementCommitsByItself) {
    database.exec("CREATE TABLE thing (n int)");
    pool db(loop.executor(), options(1));
    loop.run([](pool& on, test_database& database) -> awaitable<void> {
        const auto rows = co_await on.run_single([](transaction& t) {
            return t.exec("INSERT INTO thing VALUES ($1) RETURNING n", 3)[0][0].as<int>();
        });
        EXPECT_EQ(rows, 3);
        EXPECT_EQ(database.text("SELECT n FROM thing"), "3");
        database.cut_connections();
        co_await on.run_single([](transaction& t) { t.exec("INSERT INTO thing VALUES (4)"); });
        EXPECT_EQ(database.text("SELECT count(*) FROM thing"), "2");
    }(db, database));
}

TEST_F(PoolTest, WhatAPreparedStatementReturnsMayChange) {
    database.exec("CREATE TABLE thing AS SELECT 1 AS a");
    pool db(loop.executor(), options(1));
    loop.run([](pool& on, test_database& database) -> awaitable<void> {
        static constexpr statement all{"all", "SELECT * FROM thing"};
        co_await on.run_single([](transaction& t) { t.exec(all); });
        // As a newer version's migration may.
        database.exec("ALTER TABLE thing ADD COLUMN b int DEFAULT 2");
        const auto b = co_await on.run_single([](transaction& t) { return t.exec(all)[0]["b"].as<int>(); });
        EXPECT_EQ(b, 2);
    }(db, database));
}

TEST_F(PoolTest, ASingleStatementThatWasLostIsNotRepeated) {
    pool db(loop.executor(), options(1));
    std::atomic<int> runs = 0;
    loop.run([](pool& on, std::atomic<int>& runs) -> awaitable<void> {
        bool lost = false;
        try {
            co_await on.run_single([&runs](transaction& t) {
                ++runs;
                t.exec("SELECT pg_terminate_backend(pg_backend_pid())");
            });
        } catch (const unavailable&) {
            lost = true;
        }
        EXPECT_TRUE(lost);
    }(db, runs));
    EXPECT_EQ(runs, 1);
}

TEST_F(PoolTest, AConnectionLostInTheMiddleIsReportedAndNotRepeated) {
    pool db(loop.executor(), options(1));
    std::atomic<int> runs = 0;
    loop.run([](pool& on, test_database& database, std::atomic<int>& runs) -> awaitable<void> {
        bool lost = false;
        try {
            co_await on.run([&](transaction& t) {
                t.exec("SELECT 1");
                ++runs;
                database.cut_connections();
                t.exec("SELECT 1");
            });
        } catch (const unavailable&) {
            lost = true;
        }
        EXPECT_TRUE(lost);
        co_await on.run([](transaction& t) { t.exec("SELECT 1"); });
    }(db, database, runs));
    EXPECT_EQ(runs, 1);
}

TEST_F(PoolTest, ADeadlockIsTriedAgain) {
    database.exec("CREATE TABLE thing (id int PRIMARY KEY, n int); INSERT INTO thing VALUES (1, 0), (2, 0)");
    pool db(loop.executor(), options(2));
    task_group tasks(loop.executor());
    std::atomic<int> locked = 0;
    int ended = 0;
    const auto job = [&](int first, int second) -> awaitable<void> {
        co_await db.run([&locked, first, second](transaction& t) {
            t.exec("SET LOCAL deadlock_timeout = '10ms'");
            t.exec("UPDATE thing SET n = n + 1 WHERE id = $1", first);
            ++locked;
            while (locked < 2)
                std::this_thread::yield();
            t.exec("UPDATE thing SET n = n + 1 WHERE id = $1", second);
        });
        ++ended;
    };
    tasks.spawn("forwards", job(1, 2));
    tasks.spawn("backwards", job(2, 1));
    loop.run(tasks.join());
    EXPECT_EQ(ended, 2);
    EXPECT_GT(locked, 2);
    EXPECT_EQ(database.text("SELECT array_agg(n)::text FROM thing"), "{2,2}");
}

TEST_F(PoolTest, AStatementIsStoppedAtItsDeadline) {
    pool db(loop.executor(), options(1));
    loop.run([](pool& on) -> awaitable<void> {
        bool stopped = false;
        try {
            co_await on.run(std::chrono::milliseconds(50),
                            [](transaction& t) { t.exec("SELECT pg_sleep(10)"); });
        } catch (const late&) {
            stopped = true;
        }
        EXPECT_TRUE(stopped);
        co_await on.run([](transaction& t) { t.exec("SELECT 1"); });
    }(db));
}

TEST_F(PoolTest, AFullQueueRefuses) {
    auto small = options(1);
    small.queue_bound = 1;
    pool db(loop.executor(), small);
    task_group tasks(loop.executor());
    std::atomic<bool> begun = false;
    std::atomic<bool> go = false;
    int refused = 0;
    const auto job = [&]() -> awaitable<void> {
        try {
            co_await db.run([&](transaction&) {
                begun = true;
                while (!go)
                    std::this_thread::yield();
            });
        } catch (const unavailable&) {
            ++refused;
        }
    };
    tasks.spawn("runs", job());
    loop.run_until([&] { return begun.load(); });
    tasks.spawn("waits", job());
    tasks.spawn("refused", job());
    loop.run_until([&] { return refused == 1; });
    go = true;
    loop.run(tasks.join());
    EXPECT_EQ(refused, 1);
}

TEST_F(PoolTest, FailsAtOnceWhileNobodyAnswers) {
    // Port 1 is nobody's.
    pool db(loop.executor(), {.url = "postgresql://postgres:hidden-secret@127.0.0.1:1/postgres"});
    loop.run([](pool& on) -> awaitable<void> {
        for (int i = 0; i < 2; ++i) {
            std::string reason;
            try {
                co_await on.run([](transaction& t) { t.exec("SELECT 1"); });
            } catch (const unavailable& failure) {
                reason = failure.what();
            }
            EXPECT_TRUE(reason.starts_with("connection refused")) << reason;
            EXPECT_FALSE(reason.contains("hidden-secret")) << reason;
        }
    }(db));
    EXPECT_FALSE(db.up());
}

TEST_F(PoolTest, WaitsForADatabaseThatComesLater) {
    const auto name = database.name() + "_later";
    const auto url = database.url() + "_later";
    pool db(loop.executor(), {.url = url, .connections = 1, .last_retry = std::chrono::milliseconds(100)});
    task_group tasks(loop.executor());
    bool ready = false;
    const auto wait = [&]() -> awaitable<void> {
        co_await db.wait_until_ready();
        ready = true;
    };
    tasks.spawn("wait", wait());
    std::string reason;
    loop.run([](pool& on, std::string& why) -> awaitable<void> {
        try {
            co_await on.run([](transaction&) {});
        } catch (const unavailable& failure) {
            why = failure.what();
        }
    }(db, reason));
    EXPECT_TRUE(reason.starts_with("no such database")) << reason;
    EXPECT_FALSE(ready);
    database.exec("CREATE DATABASE " + name);
    loop.run(tasks.join());
    EXPECT_TRUE(ready);
    database.exec("DROP DATABASE " + name + " WITH (FORCE)");
}

TEST_F(PoolTest, AUserWhomTheServerRefusesIsFatal) {
    const auto at = database.url().find("postgres@");
    ASSERT_NE(at, std::string::npos);
    auto url = database.url();
    url.replace(at, 8, "no_such_user");
    pool db(loop.executor(), {.url = url, .connections = 1});
    EXPECT_THROW(loop.run(db.wait_until_ready()), misconfigured);
}

TEST_F(PoolTest, WhatWasHandedOverIsStillDoneWhenItStops) {
    database.exec("CREATE TABLE kept (n int)");
    {
        pool db(loop.executor(), options(1));
        task_group tasks(loop.executor());
        std::atomic<bool> begun = false;
        const auto slow = [&]() -> awaitable<void> {
            co_await db.run([&](transaction& t) {
                begun = true;
                t.exec("SELECT pg_sleep(0.1)");
            });
        };
        const auto insert = [&]() -> awaitable<void> {
            co_await db.run([](transaction& t) { t.exec("INSERT INTO kept VALUES (1)"); });
        };
        tasks.spawn("slow", slow());
        loop.run_until([&] { return begun.load(); });
        for (int i = 0; i < 3; ++i)
            tasks.spawn("insert", insert());
        tasks.stop(asio::cancellation_type::terminal);
        loop.run(tasks.join());
    }
    EXPECT_EQ(database.text("SELECT count(*) FROM kept"), "3");
}

TEST_F(PoolTest, DestructionDoesNotWaitForAStuckStatement) {
    const auto began = std::chrono::steady_clock::now();
    {
        pool db(loop.executor(),
                {.url = database.url(), .connections = 1, .deadline = std::chrono::minutes(5)});
        task_group tasks(loop.executor());
        std::atomic<bool> begun = false;
        const auto job = [&]() -> awaitable<void> {
            co_await db.run([&](transaction& t) {
                begun = true;
                t.exec("SELECT pg_sleep(300)");
            });
        };
        tasks.spawn("stuck", job());
        loop.run_until([&] { return begun.load(); });
        tasks.stop(asio::cancellation_type::terminal);
        loop.run(tasks.join());
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
}

} // namespace
} // namespace vagrolant::db
