#pragma once

#include "async/asio.hpp"
#include "async/event.hpp"
#include "db/error.hpp"
#include "db/reachability.hpp"

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace vagrolant::db {

class transaction;

struct pool_options {
    /// postgresql://user:password@host:port/database
    std::string url;
    std::size_t connections = 4;
    /// Jobs that may wait for a connection; one more is refused with `unavailable`.
    std::size_t queue_bound = 1024;
    /// How long a job may take, its wait for a connection included. The server stops a statement after as
    /// long.
    std::chrono::milliseconds deadline{10'000};
    /// Pauses between attempts to connect double from the first to the last, with jitter.
    std::chrono::milliseconds first_retry{100};
    std::chrono::milliseconds last_retry{5'000};
};

/// The door to PostgreSQL: the loop hands over work, a worker thread runs it in a transaction on its own
/// connection, and the result comes back to the loop.
///
/// While no connection stands, jobs fail at once with `unavailable` and the workers keep trying to connect. A
/// waiter that is cancelled leaves its job to finish; the result is dropped.
///
/// Lifetime: to be destroyed on the loop's thread, before the io_context. Destruction gives running jobs one
/// second, then cuts their connections, those under way included, and joins the threads. Only a name server
/// can hold one of them for longer.
class pool {
public:
    /// Returns at once; the workers connect by themselves. Throws `misconfigured` when `url` cannot be
    /// parsed.
    pool(asio::any_io_executor loop, pool_options options);
    ~pool();
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;

    /// Awaits `work(transaction&)` and returns what it returned (by value), or throws what it threw; SQL
    /// failures as `error`, a lost database as `unavailable`, a slow one as `late`.
    ///
    /// `work` runs on another thread, perhaps after the waiter is gone: it captures values only. It runs
    /// again after a serialization failure, a deadlock, or a connection that was lost before its first
    /// statement, so it must not use up its captures.
    template <class F>
    auto run(F work) -> awaitable<std::invoke_result_t<F&, transaction&>> {
        return submit_and_wait(default_deadline(), shape::transaction, std::move(work));
    }

    template <class F>
    auto run(std::chrono::milliseconds deadline, F work)
        -> awaitable<std::invoke_result_t<F&, transaction&>> {
        return submit_and_wait(deadline, shape::transaction, std::move(work));
    }

    /// The same for work that is one statement, which then commits by itself: one round trip instead of
    /// three. When the connection is lost it is not repeated, and may or may not have been done.
    template <class F>
    auto run_single(F work) -> awaitable<std::invoke_result_t<F&, transaction&>> {
        return submit_and_wait(default_deadline(), shape::single_statement, std::move(work));
    }

    /// Returns once the database answers; a log line for each time that it does not. Throws `misconfigured`
    /// when the server refuses the user or his password, as waiting would not help; otherwise goes on until
    /// cancelled.
    awaitable<void> wait_until_ready();

    /// Whether the database answered when it was last asked.
    bool up() const;

    /// For others who connect to the same database, so that its absence is told once.
    std::shared_ptr<reachability> reach() const;

private:
    using clock = std::chrono::steady_clock;
    // A pointer, as libstdc++ 12 asks for the size of what a reference parameter refers to.
    using job_body = std::move_only_function<void(transaction*)>;
    using job_done = std::move_only_function<void(std::exception_ptr)>;

    enum class shape { transaction, single_statement };

    class workers;

    template <class R>
    struct pending;

    template <class F>
    auto submit_and_wait(std::chrono::milliseconds deadline, shape how, F work)
        -> awaitable<std::invoke_result_t<F&, transaction&>>;

    std::chrono::milliseconds default_deadline() const;
    /// `done` is called on the loop, exactly once, unless the loop has ended.
    void submit(std::chrono::milliseconds deadline, shape how, job_body body, job_done done);

    asio::any_io_executor loop_;
    std::unique_ptr<workers> workers_;
};

/// Where the worker leaves its result for the waiter; whoever of the two is last frees it, on the loop.
template <class R>
struct pool::pending {
    explicit pending(const asio::any_io_executor& loop)
        : finished(loop) {}

    event finished;
    bool is_finished = false;
    std::exception_ptr failure;
    std::optional<std::conditional_t<std::is_void_v<R>, std::monostate, R>> value;
};

template <class F>
auto pool::submit_and_wait(std::chrono::milliseconds deadline, shape how, F work)
    -> awaitable<std::invoke_result_t<F&, transaction&>> {
    using result = std::invoke_result_t<F&, transaction&>;
    static_assert(!std::is_reference_v<result>, "a result crosses threads: return it by value");

    const auto state = std::make_shared<pending<result>>(loop_);
    // The worker sees the value's place only: the rest of the state belongs to the loop.
    job_body body = [value = &state->value, work = std::move(work)](transaction* bound) mutable {
        if constexpr (std::is_void_v<result>) {
            work(*bound);
            value->emplace();
        } else {
            value->emplace(work(*bound));
        }
    };
    job_done done = [state](std::exception_ptr failure) {
        state->failure = std::move(failure);
        state->is_finished = true;
        state->finished.notify_all();
    };
    submit(deadline, how, std::move(body), std::move(done));

    // The worker keeps the deadline; the second more is for a worker that hangs in a dead connection.
    const auto give_up = clock::now() + deadline + std::chrono::seconds(1);
    while (!state->is_finished) {
        const auto left = give_up - clock::now();
        if (left <= left.zero())
            throw late();
        co_await state->finished.wait_for(left);
    }
    if (state->failure)
        std::rethrow_exception(state->failure);
    if constexpr (!std::is_void_v<result>)
        co_return std::move(*state->value);
}

} // namespace vagrolant::db
