#pragma once

// The pieces of Asio that everyone uses, under the short name; sockets and TLS are included where they are
// needed.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace vagrolant {

namespace asio = boost::asio;

using asio::awaitable;

} // namespace vagrolant
