#include "async/event.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/system/system_error.hpp>

namespace vagrolant {

event::event(const asio::any_io_executor& executor)
    : executor_(executor)
    , condition_(executor, asio::steady_timer::time_point::max()) {}

void event::notify_all() {
    ++generation_;
    condition_.cancel();
}

awaitable<void> event::wait() {
    const auto before = generation_;
    const auto [error] = co_await condition_.async_wait(asio::as_tuple(asio::use_awaitable));
    // notify_all and a cancellation of the waiter both look like operation_aborted here.
    if (generation_ == before)
        throw boost::system::system_error(error);
}

awaitable<bool> event::wait_for(std::chrono::steady_clock::duration limit) {
    const auto before = generation_;
    asio::steady_timer timer(executor_, limit);
    const auto [order, notified, expired] =
        co_await asio::experimental::make_parallel_group(condition_.async_wait(asio::deferred),
                                                         timer.async_wait(asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (generation_ != before)
        co_return true;
    if (!expired)
        co_return false;
    throw boost::system::system_error(asio::error::operation_aborted);
}

awaitable<bool> event::wait_until(std::function<bool()> holds, std::chrono::steady_clock::duration limit) {
    using clock = std::chrono::steady_clock;
    const auto give_up_at = clock::now() + limit;
    while (!holds()) {
        const auto left = give_up_at - clock::now();
        if (left <= left.zero())
            co_return false;
        co_await wait_for(left);
    }
    co_return true;
}

awaitable<void> sleep_for(std::chrono::steady_clock::duration time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

} // namespace vagrolant
