#pragma once

#include "discord/gateway/protocol.hpp"

#include <chrono>
#include <cstdint>
#include <unordered_map>

namespace vagrolant::discord::gateway {

/// `session_start_limit` of GET /gateway/bot.
struct session_start_limit {
    std::uint32_t total = 1000;
    std::uint32_t remaining = 1000;
    std::chrono::milliseconds reset_after = std::chrono::hours(24);
    std::uint32_t max_concurrency = 1;
};

/// Says when a shard may identify. Pure: time is passed in.
///
/// One identify per 5 s in each of `max_concurrency` buckets (shard modulo max_concurrency), and not more a
/// day than allowed: exceeding that resets the bot's token, so the last one is kept back until the limit is
/// renewed. (Discord Docs/Gateway, "Rate Limiting", "Session Start Limit")
class identify_gate {
public:
    identify_gate(session_start_limit limit, clock::time_point now);

    /// When `shard` may identify. Asked again before that, the answer is the same.
    clock::time_point reserve(std::uint32_t shard, clock::time_point now);

    /// The reservation has been used: the identify was sent.
    void spend(std::uint32_t shard, clock::time_point now);

    /// Identifies left today, without those reserved.
    std::uint32_t remaining() const { return remaining_; }

    /// 5 s as documented, and what two messages may differ in travelling time.
    static constexpr std::chrono::milliseconds interval{5200};
    static constexpr std::uint32_t kept_back = 1;

private:
    void renew(clock::time_point now);

    session_start_limit limit_;
    std::uint32_t remaining_;
    clock::time_point renewed_at_;
    std::unordered_map<std::uint32_t, clock::time_point> free_from_;
    std::unordered_map<std::uint32_t, clock::time_point> reserved_;
};

} // namespace vagrolant::discord::gateway
