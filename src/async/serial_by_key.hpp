#pragma once

#include "async/task_group.hpp"
#include "base/log.hpp"
#include "base/scope_exit.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>

namespace vagrolant {

/// Runs jobs of one key strictly one after another, jobs of different keys side by side. Loop thread only.
///
/// A strand would interleave coroutines at every co_await; this does not. A job that throws is logged and
/// does not stop its key. A key costs nothing once its queue is empty.
template <class Key>
class serial_by_key {
public:
    using job = std::move_only_function<awaitable<void>()>;

    /// At most `bound` jobs wait or run per key.
    serial_by_key(task_group& tasks, std::string name, std::size_t bound)
        : tasks_(tasks)
        , name_(std::move(name))
        , bound_(bound) {}

    /// False when the key's queue is full; the job is then not taken.
    [[nodiscard]] bool push(const Key& key, job work) {
        auto& queue = queues_[key];
        if (queue.size() >= bound_)
            return false;
        queue.push_back(std::move(work));
        if (queue.size() == 1)
            tasks_.spawn(name_, run(key));
        return true;
    }

    /// Keys that have a job waiting or running.
    std::size_t active() const { return queues_.size(); }

private:
    awaitable<void> run(Key key) {
        // However this coroutine ends (cancellation included), no queue stays behind without a runner.
        const scope_exit erase([this, &key] { queues_.erase(key); });
        while (!queues_.at(key).empty()) {
            auto work = std::move(queues_.at(key).front());
            std::string failure;
            try {
                co_await work();
            } catch (const std::exception& error) {
                failure = error.what();
            }
            const auto state = co_await asio::this_coro::cancellation_state;
            // Being cancelled is no failure.
            if ((state.cancelled() & asio::cancellation_type::terminal) != asio::cancellation_type::none)
                break;
            if (!failure.empty())
                log::error("job failed", {{"queue", name_}, {"error", failure}});
            queues_.at(key).pop_front();
        }
    }

    task_group& tasks_;
    std::string name_;
    std::size_t bound_;
    std::unordered_map<Key, std::deque<job>> queues_;
};

} // namespace vagrolant
