#pragma once

#include "async/asio.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace vagrolant {

/// Something took longer than it may.
class deadline_exceeded : public std::runtime_error {
public:
    explicit deadline_exceeded(const std::string& what)
        : std::runtime_error(what + ": deadline exceeded") {}
};

/// Awaits `operation`; after `limit` cancels it (terminal), waits for it to end and throws
/// `deadline_exceeded`.
///
/// Both results are looked at when both are there, so that nothing finished is thrown away. Cancelling the
/// caller cancels the operation. `T` must be default-constructible (co_spawn's rule).
template <class T>
awaitable<T> with_deadline(std::string what, std::chrono::steady_clock::duration limit,
                           awaitable<T> operation) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, limit);
    auto group = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, std::move(operation), asio::deferred), timer.async_wait(asio::deferred));
    if constexpr (std::is_void_v<T>) {
        const auto [order, failure, timer_error] =
            co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
        if (!failure)
            co_return;
        if (!timer_error)
            throw deadline_exceeded(what);
        std::rethrow_exception(failure);
    } else {
        auto [order, failure, result, timer_error] =
            co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
        if (!failure)
            co_return std::move(result);
        if (!timer_error)
            throw deadline_exceeded(what);
        std::rethrow_exception(failure);
    }
}

} // namespace vagrolant
