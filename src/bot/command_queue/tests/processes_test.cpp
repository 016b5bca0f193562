// What holds when several processes, real ones, carry out commands of one table and are killed: each is this
// program again, which runs nothing but the test `Runs` at the end of this file.
#include "async/task_group.hpp"
#include "bot/command_queue/queue.hpp"
#include "db/migrations.hpp"
#include "db/tests/support.hpp"

#include <boost/asio/signal_set.hpp>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <vector>

namespace vagrolant::bot {
namespace {

using db::testing::test_database;
using db::testing::test_loop;
using namespace std::chrono_literals;

constexpr auto url_variable = "VAGROLANT_TEST_WORKER_DATABASE_URL";
constexpr db::statement ready_sql{"ready", "INSERT INTO workers (id) VALUES ($1)"};
constexpr auto last_effect = "SELECT coalesce(max(at), 0) FROM effects";
constexpr db::statement note_sql{"note", "INSERT INTO effects (command_id, what) VALUES ($1, $2)"};

std::uint32_t seed() {
    const char* chosen = std::getenv("VAGROLANT_TEST_SEED");
    return chosen == nullptr ? 20'261'122U : static_cast<std::uint32_t>(std::strtoul(chosen, nullptr, 10));
}

/// Notes when a command begins and when it ends, each for good at once.
class noting_executor : public command_executor {
public:
    explicit noting_executor(db::pool& database)
        : database_(database) {}

    std::vector<bot::lane> lanes() const override {
        return {{.name = "moderation", .actions = {"purge", "lock"}},
                {.name = "reads", .actions = {"list"}, .repeatable = true}};
    }
    std::chrono::milliseconds time_limit(const command& /*which*/) const override {
        return std::chrono::minutes(1);
    }
    awaitable<std::optional<locale>> language_of(std::string /*guild_id*/) const override {
        co_return std::nullopt;
    }
    bool repeatable(const command& which) const override { return which.action == "list"; }

    awaitable<command_outcome> execute(command which, progress_report) override {
        co_await note(which.id, "begin");
        co_await note(which.id, "end");
        co_return command_outcome::success();
    }

private:
    awaitable<void> note(std::string id, std::string what) {
        return database_.run_single([id = std::move(id), what = std::move(what)](db::transaction& database) {
            database.exec(note_sql, id, what);
        });
    }

    db::pool& database_;
};

class worker_process {
public:
    explicit worker_process(const std::string& url) {
        std::string program = "/proc/self/exe";
        std::string only = "--gtest_filter=QueueWorkerProcess.DISABLED_Runs";
        std::string disabled = "--gtest_also_run_disabled_tests";
        char* const arguments[] = {program.data(), only.data(), disabled.data(), nullptr};
        ::setenv(url_variable, url.c_str(), 1);
        if (::posix_spawn(&id_, program.c_str(), nullptr, nullptr, arguments, environ) != 0)
            throw std::runtime_error("no process could be started");
        ::unsetenv(url_variable);
    }
    worker_process(const worker_process&) = delete;
    worker_process& operator=(const worker_process&) = delete;
    ~worker_process() { end(SIGKILL); }

    std::string id() const { return std::to_string(id_); }

    /// Its exit code; negative when it was killed.
    int end(int signal) {
        if (id_ <= 0)
            return 0;
        ::kill(id_, signal);
        int status = 0;
        ::waitpid(std::exchange(id_, -1), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

private:
    pid_t id_ = -1;
};

class QueueProcessesTest : public ::testing::Test {
protected:
    void SetUp() override {
        loop.run(db::migrate(pool));
        database.exec(
            "CREATE TABLE effects (at bigint GENERATED ALWAYS AS IDENTITY, command_id uuid, what text)");
        database.exec("CREATE TABLE workers (id int)");
    }

    std::string count(const std::string& where) {
        return database.text("SELECT count(*) FROM commands WHERE " + where);
    }

    test_database database;
    test_loop loop;
    db::pool pool{loop.executor(), {.url = database.url(), .connections = 1}};
};

TEST_F(QueueProcessesTest, KilledAtAnyPointTheyLoseNothingAndKeepEveryLaneInOrder) {
    SCOPED_TRACE(testing::Message() << "seed " << seed());
    std::mt19937 random(seed());
    const auto below = [&](int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random); };
    constexpr int total = 300;
    constexpr int kills = 6;
    std::vector<std::unique_ptr<worker_process>> workers;
    for (int i = 0; i < 3; ++i)
        workers.push_back(std::make_unique<worker_process>(database.url()));
    const char* const actions[] = {"purge", "lock", "list", "list", "unknown"};
    for (int i = 1; i <= total; ++i) {
        const auto before = database.text(last_effect);
        database.exec("INSERT INTO commands (guild_id, action) VALUES ('" + std::to_string(below(6)) +
                      "', '" + actions[below(5)] + "')");
        if (i % (total / kills) == 0) {
            // In the middle of something, whatever it is.
            loop.run_until([&] { return database.text(last_effect) != before; });
            auto& one = workers[static_cast<std::size_t>(below(3))];
            EXPECT_EQ(one->end(SIGKILL), -SIGKILL);
            one = std::make_unique<worker_process>(database.url());
        }
    }
    loop.run_until([&] { return count("status IN ('pending', 'processing')") == "0"; });
    for (auto& one : workers) {
        loop.run_until(
            [&] { return database.text("SELECT count(*) FROM workers WHERE id = " + one->id()) == "1"; });
        EXPECT_EQ(one->end(SIGTERM), 0);
    }

    // Nothing is lost, nothing counted twice, and what was given up was given up for its second death.
    EXPECT_EQ(count("true"), std::to_string(total));
    EXPECT_EQ(count("status <> 'done' AND NOT (result->>'code' = 'interrupted' AND attempts = 2)"), "0");
    EXPECT_LE(std::stoi(count("status <> 'done'")), kills / 2);
    EXPECT_EQ(database.text("SELECT count(*) || ' ' || count(DISTINCT command_id) FROM command_audit"),
              std::to_string(total) + " " + std::to_string(total));
    EXPECT_EQ(database.text("SELECT count(*) FROM commands c WHERE status = 'done' AND NOT EXISTS "
                            "(SELECT FROM effects WHERE command_id = c.id AND what = 'end')"),
              "0");
    // Several of them had a part in it.
    EXPECT_EQ(database.text("SELECT count(DISTINCT claimed_by) > 1 FROM commands"), "t");

    // In each lane: what began came to its end before another began, or was cut off and tried again, or given
    // up; and nobody began before who was put in earlier. Who is killed may have begun the next one before
    // the outcome of the last was written: both begin again, in their order.
    database.exec(R"(
CREATE VIEW steps AS
    SELECT e.what, c.id, c.seq, c.status, c.attempts, lead(c.id) OVER lane AS next_id,
        lead(c.seq) OVER lane AS next_seq, lead(c.attempts) OVER lane AS next_attempts
    FROM effects e JOIN commands c ON c.id = e.command_id
    WINDOW lane AS (PARTITION BY guild_id,
        CASE action WHEN 'unknown' THEN '' WHEN 'list' THEN 'reads' ELSE 'moderation' END ORDER BY e.at))");
    EXPECT_EQ(database.text("SELECT count(*) FROM steps "
                            "WHERE what = 'begin' AND next_id <> id AND status = 'done' AND attempts = 1"),
              "0");
    EXPECT_EQ(database.text("SELECT count(*) FROM steps "
                            "WHERE next_seq < seq AND (attempts = 1 OR next_attempts = 1)"),
              "0");
}

awaitable<void> run_worker(command_queue& queue, db::session& listener) {
    co_await queue.run();
    listener.stop();
}

/// From when it says that it is ready.
awaitable<void> stop_at_a_signal(task_group& tasks, db::pool& pool) {
    asio::signal_set stop(tasks.executor(), SIGTERM);
    co_await pool.run_single([](db::transaction& database) { database.exec(ready_sql, ::getpid()); });
    co_await stop.async_wait(asio::use_awaitable);
    tasks.stop(asio::cancellation_type::total);
}

TEST(QueueWorkerProcess, DISABLED_Runs) {
    const char* url = std::getenv(url_variable);
    if (url == nullptr)
        GTEST_SKIP() << "for QueueProcessesTest to start";
    asio::io_context loop(1);
    db::pool pool(loop.get_executor(), {.url = url, .connections = 2});
    db::session listener(loop.get_executor(), {.url = url});
    noting_executor executor(pool);
    command_queue queue(loop.get_executor(), pool, listener, executor,
                        {.poll = 50ms, .lease = 4s, .heartbeat = 500ms, .batch = 8, .depth = 4});
    task_group tasks(loop.get_executor());
    listener.start();
    tasks.spawn("queue", run_worker(queue, listener));
    tasks.spawn("signal", stop_at_a_signal(tasks, pool));
    loop.run();
}

} // namespace
} // namespace vagrolant::bot
