#pragma once

#include "async/asio.hpp"
#include "db/reachability.hpp"
#include "db/rows.hpp"
#include "db/transaction.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vagrolant::db {

struct session_options {
    std::string url;
    /// A statement is sent this often, so that a connection that died silently is noticed.
    std::chrono::milliseconds heartbeat{240'000};
    std::chrono::milliseconds first_retry{100};
    std::chrono::milliseconds last_retry{5'000};
    /// How long a statement may take, its wait for those before it included.
    std::chrono::milliseconds deadline{10'000};
    /// Statements that may wait for those before them; one more is refused with `unavailable`.
    std::size_t queue_bound = 64;
    /// Whom to tell whether the database can be reached; null: one of its own.
    std::shared_ptr<reachability> reach;
};

/// A connection of the loop's own, for what is to follow a notification at once: LISTEN, and single
/// statements. No other thread has a part in them, which between a notification and the outcome that answers
/// it saves a quarter of the time that a pool's workers take (1.6 ms instead of 2.0 on an idle machine).
/// Connecting, in which libpq asks a name server without a way not to wait, has a thread while it lasts.
/// Reconnects for ever, with backoff.
///
/// Lifetime: to be destroyed on the loop's thread, before the io_context; no callback runs afterwards. Only a
/// name server can keep it from being destroyed at once.
class session {
public:
    using notified = std::function<void(const std::string& payload)>;
    using connected = std::function<void()>;
    using parameter = std::optional<std::string>;

    /// Throws `misconfigured` when the url cannot be parsed.
    session(asio::any_io_executor loop, session_options options);
    ~session();
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    /// To be called before `start`; one callback per channel. `notified` runs on the loop.
    void listen(std::string channel, notified callback);

    /// `callback` runs on the loop whenever LISTEN has been set up, the first time included: what was sent
    /// before is lost, so look for yourself.
    void on_connected(connected callback);

    /// Starts to connect.
    void start();

    /// Ends the connection, be it only under way, and lets the loop run out of work. Waiters get
    /// `unavailable`.
    void stop();

    /// Whether the connection stands, as far as is known.
    bool up() const;
    /// Whether nothing runs or waits on it.
    bool idle() const;

    /// Runs a statement, which commits by itself, after those before it. Throws `unavailable` (it may or may
    /// not have been done when the connection was lost meanwhile, or is `late`), or `error`. A waiter that is
    /// cancelled leaves the statement to finish; its rows are dropped.
    awaitable<rows> exec(statement which, std::vector<parameter> parameters);

private:
    class link;
    std::shared_ptr<link> link_;
};

} // namespace vagrolant::db
