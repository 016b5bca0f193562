#pragma once

#include "async/asio.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>

namespace vagrolant {

/// Wakes the coroutines that wait for it. Loop thread only.
///
/// A condition, not a counter: whoever waits checks his condition before and after, or has `wait_until` do
/// it.
class event {
public:
    explicit event(const asio::any_io_executor& executor);

    void notify_all();

    /// Returns when notified. Throws `boost::system::system_error` (operation_aborted) when cancelled.
    awaitable<void> wait();

    /// True when notified, false when `limit` passed first. Throws when cancelled.
    awaitable<bool> wait_for(std::chrono::steady_clock::duration limit);

    /// Waits until `holds` says so, asking at every notification; false when `limit` passed first. Throws
    /// when cancelled.
    awaitable<bool> wait_until(std::function<bool()> holds, std::chrono::steady_clock::duration limit);

private:
    asio::any_io_executor executor_;
    // Its expiry never comes: waiting on it is waiting for notify_all, which cancels the waits.
    asio::steady_timer condition_;
    std::uint64_t generation_ = 0;
};

/// Sleeps; throws operation_aborted when cancelled.
awaitable<void> sleep_for(std::chrono::steady_clock::duration time);

} // namespace vagrolant
