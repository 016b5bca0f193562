#pragma once

#include "async/asio.hpp"
#include "async/event.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <list>
#include <string>

namespace vagrolant {

/// The parent of coroutines: nothing in Vagrolant is spawned detached. Loop thread only.
///
/// A task that ends with an exception is logged with its name; the others go on. Two levels of stop:
/// `stop(total)` asks tasks that opted in to finish what they have, `stop(terminal)` drops what is left.
/// Must be empty (`join`) before it is destroyed.
class task_group {
public:
    explicit task_group(const asio::any_io_executor& executor);
    ~task_group();
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;

    /// Starts `task`, which runs at once until it first waits. After `stop(terminal)` it is not started.
    void spawn(std::string name, awaitable<void> task);

    /// Emits the cancellation to every task. Safe to call again.
    void stop(asio::cancellation_type how);

    /// Returns when no task is left.
    awaitable<void> join();

    /// True when no task was left within `limit`.
    awaitable<bool> join_for(std::chrono::steady_clock::duration limit);

    std::size_t size() const { return tasks_.size(); }
    const asio::any_io_executor& executor() const { return executor_; }

private:
    struct task {
        std::string name;
        asio::cancellation_signal signal;
        bool finished = false;
    };

    void finish(std::list<task>::iterator which, const std::exception_ptr& failure);

    asio::any_io_executor executor_;
    std::list<task> tasks_;
    event changed_;
    // A task may end inside emit(); its entry then stays until the emission is over.
    bool emitting_ = false;
    bool terminated_ = false;
};

} // namespace vagrolant
