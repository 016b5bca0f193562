#pragma once

#include "async/asio.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace vagrolant::db {

struct listener_options {
    std::string url;
    /// A statement is sent this often, so that a connection that died silently is noticed.
    std::chrono::milliseconds heartbeat{240'000};
    std::chrono::milliseconds first_retry{100};
    std::chrono::milliseconds last_retry{5'000};
};

/// LISTEN on a connection and a thread of its own. Reconnects for ever, with backoff.
///
/// Lifetime: to be destroyed on the loop's thread, before the io_context; no callback runs afterwards.
class listener {
public:
    using notified = std::function<void(const std::string& payload)>;
    using connected = std::function<void()>;

    /// Throws `misconfigured` when the url cannot be parsed.
    listener(asio::any_io_executor loop, listener_options options);
    ~listener();
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    /// To be called before `start`; one callback per channel. `notified` runs on the loop.
    void listen(std::string channel, notified callback);

    /// `callback` runs on the loop whenever LISTEN has been set up, the first time included: what was sent
    /// before is lost, so look for yourself.
    void on_connected(connected callback);

    /// Starts the thread.
    void start();

private:
    class session;
    std::unique_ptr<session> session_;
};

} // namespace vagrolant::db
