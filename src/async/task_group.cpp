#include "async/task_group.hpp"

#include "base/log.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>

#include <cassert>

namespace vagrolant {

task_group::task_group(const asio::any_io_executor& executor)
    : executor_(executor)
    , changed_(executor) {}

task_group::~task_group() {
    assert(tasks_.empty() && "join() the group before it goes");
}

void task_group::spawn(std::string name, awaitable<void> work) {
    if (terminated_)
        return;
    const auto which = tasks_.emplace(tasks_.end());
    which->name = std::move(name);
    asio::co_spawn(
        executor_, std::move(work),
        asio::bind_cancellation_slot(which->signal.slot(), [this, which](const std::exception_ptr& failure) {
            finish(which, failure);
        }));
}

void task_group::finish(std::list<task>::iterator which, const std::exception_ptr& failure) {
    if (failure) {
        try {
            std::rethrow_exception(failure);
        } catch (const boost::system::system_error& error) {
            // Being cancelled is how tasks are meant to end.
            if (error.code() != asio::error::operation_aborted) {
                log::error("task failed", {{"task", which->name}, {"error", error.what()}});
            }
        } catch (const std::exception& error) {
            log::error("task failed", {{"task", which->name}, {"error", error.what()}});
        }
    }
    if (emitting_) {
        which->finished = true;
    } else {
        tasks_.erase(which);
    }
    changed_.notify_all();
}

void task_group::stop(asio::cancellation_type how) {
    if ((how & asio::cancellation_type::terminal) != asio::cancellation_type::none)
        terminated_ = true;
    emitting_ = true;
    for (auto& one : tasks_) {
        if (!one.finished)
            one.signal.emit(how);
    }
    emitting_ = false;
    std::erase_if(tasks_, [](const task& one) { return one.finished; });
}

awaitable<void> task_group::join() {
    while (!tasks_.empty())
        co_await changed_.wait();
}

awaitable<bool> task_group::join_for(std::chrono::steady_clock::duration limit) {
    co_return co_await changed_.wait_until([this] { return tasks_.empty(); }, limit);
}

} // namespace vagrolant
