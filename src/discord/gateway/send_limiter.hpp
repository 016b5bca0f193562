#pragma once

#include "discord/gateway/protocol.hpp"

#include <chrono>
#include <cstddef>
#include <deque>

namespace vagrolant::discord::gateway {

/// Discord cuts a connection that sends more than 120 messages in 60 s. Some of them are kept for heartbeats,
/// which must never wait. One per connection; pure: time is passed in. (Discord Docs/Gateway, "Rate
/// Limiting")
class send_limiter {
public:
    /// When the next message that is not a heartbeat may go out.
    clock::time_point ready_at(clock::time_point now);

    /// Something, a heartbeat included, was sent.
    void sent(clock::time_point now);

    /// So many messages of a window are kept for heartbeats sent every `interval`.
    void keep_for_heartbeats(std::chrono::milliseconds interval);

    static constexpr std::size_t limit = 120;
    static constexpr std::chrono::seconds window{60};

private:
    void forget(clock::time_point now);

    std::deque<clock::time_point> sent_;
    // Two a minute at Discord's usual 41 s, one that the server asks for, and one in travel.
    std::size_t kept_ = 4;
};

} // namespace vagrolant::discord::gateway
