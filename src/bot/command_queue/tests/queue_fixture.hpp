#pragma once

#include "bot/command_queue/queue.hpp"
#include "db/migrations.hpp"
#include "db/tests/support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

/// A queue on a database of its own, and an executor that is told what to do by the actions' names.
namespace vagrolant::bot {

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

    bool repeatable(const command& /*which*/) const override { return false; }

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

class CommandQueueTest : public testing::Test {
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

    /// How many of a flood of one guild's begin while another guild's single command waits.
    std::size_t begun_while_another_waits(const std::string& action) {
        database.exec("INSERT INTO commands (guild_id, action) SELECT '1', '" + action +
                      "' FROM generate_series(1, 10000)");
        start();
        loop.run_until([&] { return executor.begun.size() >= 100; });
        insert("single", "{}", "2");
        const auto before = executor.begun.size();
        until_begun("single");
        return executor.begun.size() - before;
    }

    db::testing::test_database database;
    db::testing::test_loop loop;
    db::pool pool{loop.executor(), {.url = database.url(), .connections = 2}};
    task_group tasks{loop.executor()};
    scripted_executor executor{loop.executor()};
    std::optional<command_queue> queue;
    db::session listener{loop.executor(), {.url = database.url(), .first_retry = 10ms}};
};

/// With a poll of an hour only a notification can bring a command in.
inline const command_queue_options notified_only{.poll = 1h, .busy_poll = 1h};

} // namespace vagrolant::bot
