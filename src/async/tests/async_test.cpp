#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/serial_by_key.hpp"
#include "async/task_group.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace vagrolant {

using namespace std::chrono_literals;

class async_test : public testing::Test {
protected:
    /// Runs the loop until it is out of work: a test that leaves something running never returns.
    void run(awaitable<void> test) {
        asio::co_spawn(io_, std::move(test), [](std::exception_ptr failure) {
            if (failure)
                std::rethrow_exception(failure);
        });
        io_.run();
        io_.restart();
    }

    asio::io_context io_{1};
    task_group tasks_{io_.get_executor()};
};

awaitable<int> answer_after(std::chrono::milliseconds time) {
    co_await sleep_for(time);
    co_return 42;
}

awaitable<int> failing() {
    throw std::runtime_error("broken");
    co_return 0;
}

TEST_F(async_test, a_result_in_time_comes_through) {
    run([]() -> awaitable<void> {
        const auto result = co_await with_deadline("answer", 10s, answer_after(0ms));
        EXPECT_EQ(result, 42);
    }());
}

TEST_F(async_test, a_late_operation_is_cancelled_and_named) {
    run([]() -> awaitable<void> {
        std::string message;
        try {
            co_await with_deadline("answer", 1ms, answer_after(1h));
        } catch (const deadline_exceeded& error) {
            message = error.what();
        }
        EXPECT_EQ(message, "answer: deadline exceeded");
    }());
}

TEST_F(async_test, the_operations_own_failure_is_kept) {
    run([]() -> awaitable<void> {
        std::string message;
        try {
            co_await with_deadline("answer", 10s, failing());
        } catch (const std::runtime_error& error) {
            message = error.what();
        }
        EXPECT_EQ(message, "broken");
    }());
}

TEST_F(async_test, event_wakes_every_waiter_once) {
    event happened(io_.get_executor());
    int woken = 0;
    const auto waiter = [&]() -> awaitable<void> {
        co_await happened.wait();
        ++woken;
    };
    tasks_.spawn("a", waiter());
    tasks_.spawn("b", waiter());
    run([&]() -> awaitable<void> {
        happened.notify_all();
        co_await tasks_.join();
    }());
    EXPECT_EQ(woken, 2);
}

TEST_F(async_test, event_wait_for_tells_time_from_notification) {
    event happened(io_.get_executor());
    run([&]() -> awaitable<void> {
        const bool early = co_await happened.wait_for(1ms);
        EXPECT_FALSE(early);
        const auto notifier = [&]() -> awaitable<void> {
            co_await sleep_for(0ms); // a task runs at once until it first waits
            happened.notify_all();
        };
        tasks_.spawn("notifier", notifier());
        const bool notified = co_await happened.wait_for(1h);
        EXPECT_TRUE(notified);
        co_await tasks_.join();
    }());
}

TEST_F(async_test, event_wait_until_asks_at_each_notification) {
    event happened(io_.get_executor());
    int count = 0;
    run([&]() -> awaitable<void> {
        const auto counter = [&]() -> awaitable<void> {
            for (int i = 0; i < 3; ++i) {
                co_await sleep_for(0ms);
                ++count;
                happened.notify_all();
            }
        };
        tasks_.spawn("counter", counter());
        const bool reached = co_await happened.wait_until([&] { return count == 2; }, 1h);
        EXPECT_TRUE(reached);
        EXPECT_EQ(count, 2);
        const bool already = co_await happened.wait_until([&] { return count == 2; }, 0ms);
        EXPECT_TRUE(already);
        const bool more = co_await happened.wait_until([&] { return count == 4; }, 1ms);
        EXPECT_FALSE(more);
        co_await tasks_.join();
    }());
}

TEST_F(async_test, terminal_stop_ends_every_task) {
    for (int i = 0; i < 3; ++i)
        tasks_.spawn("sleeper", sleep_for(1h));
    run([&]() -> awaitable<void> {
        EXPECT_EQ(tasks_.size(), 3U);
        tasks_.stop(asio::cancellation_type::terminal);
        co_await tasks_.join();
    }());
    EXPECT_EQ(tasks_.size(), 0U);
    tasks_.spawn("too late", sleep_for(1h));
    EXPECT_EQ(tasks_.size(), 0U);
}

TEST_F(async_test, total_stop_leaves_those_that_did_not_opt_in) {
    bool cleaned_up = false;
    tasks_.spawn("polite", [](bool& done) -> awaitable<void> {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        co_await asio::this_coro::throw_if_cancelled(false);
        try {
            co_await sleep_for(1h);
        } catch (const boost::system::system_error&) {
        }
        co_await sleep_for(0ms);
        done = true;
    }(cleaned_up));
    tasks_.spawn("stubborn", sleep_for(1h));
    run([&]() -> awaitable<void> {
        tasks_.stop(asio::cancellation_type::total);
        const bool ended = co_await tasks_.join_for(20ms);
        EXPECT_FALSE(ended);
        EXPECT_EQ(tasks_.size(), 1U);
        tasks_.stop(asio::cancellation_type::terminal);
        co_await tasks_.join();
    }());
    EXPECT_TRUE(cleaned_up);
}

TEST_F(async_test, a_failing_task_does_not_disturb_the_others) {
    tasks_.spawn("failing", []() -> awaitable<void> {
        throw std::runtime_error("expected in this test");
        co_return;
    }());
    bool done = false;
    tasks_.spawn("other", [](bool& flag) -> awaitable<void> {
        co_await sleep_for(1ms);
        flag = true;
    }(done));
    run(tasks_.join());
    EXPECT_TRUE(done);
}

TEST_F(async_test, jobs_of_one_key_never_interleave_and_keys_run_side_by_side) {
    serial_by_key<int> serial(tasks_, "jobs", 10);
    std::vector<std::string> trace;
    const auto job = [&](std::string name, std::chrono::milliseconds time) {
        return [&trace, name, time]() -> awaitable<void> {
            trace.push_back(name + " begins");
            co_await sleep_for(time);
            trace.push_back(name + " ends");
        };
    };
    EXPECT_TRUE(serial.push(1, job("slow", 30ms)));
    EXPECT_TRUE(serial.push(1, job("after", 0ms)));
    EXPECT_TRUE(serial.push(2, job("other", 0ms)));
    run(tasks_.join());
    EXPECT_EQ(trace, (std::vector<std::string>{"slow begins", "other begins", "other ends", "slow ends",
                                               "after begins", "after ends"}));
    EXPECT_EQ(serial.active(), 0U);
}

TEST_F(async_test, a_full_key_refuses_and_a_throwing_job_does_not_block_its_key) {
    serial_by_key<int> serial(tasks_, "jobs", 2);
    int ran = 0;
    EXPECT_TRUE(serial.push(1, []() -> awaitable<void> {
        throw std::runtime_error("expected in this test");
        co_return;
    }));
    EXPECT_TRUE(serial.push(1, [&]() -> awaitable<void> {
        ++ran;
        co_return;
    }));
    EXPECT_FALSE(serial.push(1, []() -> awaitable<void> { co_return; }));
    EXPECT_TRUE(serial.push(2, []() -> awaitable<void> { co_return; }));
    run(tasks_.join());
    EXPECT_EQ(ran, 1);
}

TEST_F(async_test, a_stopped_key_can_be_used_again) {
    serial_by_key<int> serial(tasks_, "jobs", 2);
    EXPECT_TRUE(serial.push(1, []() { return sleep_for(1h); }));
    EXPECT_TRUE(serial.push(1, []() { return sleep_for(1h); }));
    run([&]() -> awaitable<void> {
        tasks_.stop(asio::cancellation_type::terminal);
        co_await tasks_.join();
    }());
    EXPECT_EQ(serial.active(), 0U);
}

} // namespace vagrolant
