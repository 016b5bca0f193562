#pragma once

#include "async/asio.hpp"
#include "async/task_group.hpp"
#include "discord/net/stream.hpp"
#include "discord/rest/request.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vagrolant::discord {

struct rest_options {
    std::string base_url = "https://discord.com/api/v10";
    /// Without "Bot ".
    std::string token;
    /// "DiscordBot (url, version)"; others may be shut out. (Discord Docs/Reference "User Agent")
    std::string user_agent;

    /// Of a call, from the moment that it is sent.
    std::chrono::steady_clock::duration limit = std::chrono::seconds(15);
    /// How long a call may wait before that: for the limits that are kept here, and for Discord's. As long as
    /// a full queue takes and longer; waiting for one's turn is no failure.
    std::chrono::steady_clock::duration patience = std::chrono::minutes(1);
    /// Times that one request is sent at most, the first included.
    int max_attempts = 4;
    /// Before the first repetition; doubled for each further one, with jitter.
    std::chrono::steady_clock::duration retry_delay = std::chrono::milliseconds(250);
    /// Open connections; urgent requests may have a few more.
    std::size_t max_connections = 8;
    /// Requests that wait for their turn; more are refused.
    std::size_t max_waiting = 2000;
    /// Discord's global limit.
    unsigned requests_per_second = 50;
};

/// Since the start; for metrics.
struct rest_counters {
    std::uint64_t sent = 0;
    std::uint64_t repeated = 0;
    /// 429s received.
    std::uint64_t limited = 0;
    /// Requests refused without being sent.
    std::uint64_t refused = 0;
    /// Calls that ended with an exception.
    std::uint64_t failed = 0;
};

/// Discord's REST API: one limiter, a few kept-alive connections. Loop thread only.
///
/// Lifetime: outlives every call; `tasks` is stopped before it goes.
class rest_client {
public:
    using connector = std::function<awaitable<std::unique_ptr<net::stream>>()>;

    /// Throws `std::invalid_argument` for options that cannot work.
    rest_client(const asio::any_io_executor& executor, task_group& tasks, const net::tls_trust& trust,
                rest_options options);
    /// With connections from elsewhere.
    rest_client(const asio::any_io_executor& executor, task_group& tasks, connector connect,
                rest_options options);
    ~rest_client();
    rest_client(const rest_client&) = delete;
    rest_client& operator=(const rest_client&) = delete;

    /// Waits until `request` may go, by its priority; sends it, repeats what may be repeated; returns a 2xx
    /// answer.
    ///
    /// Throws `rest_error`, `rate_limited`, `not_wanted`, `net::network_error`, `deadline_exceeded`.
    awaitable<rest_response> call(rest_request request);

    /// How long recent answers took, smoothed; nullopt before the first.
    std::optional<std::chrono::steady_clock::duration> latency() const;

    const rest_counters& counters() const;

private:
    struct state;
    class permit;
    std::unique_ptr<state> state_;
};

} // namespace vagrolant::discord
