#include "discord/gateway/identify_gate.hpp"

#include <algorithm>

namespace vagrolant::discord::gateway {

identify_gate::identify_gate(session_start_limit limit, clock::time_point now)
    : limit_(limit)
    , remaining_(limit.remaining)
    , renewed_at_(now + limit.reset_after) {
    limit_.max_concurrency = std::max(limit_.max_concurrency, 1U);
}

clock::time_point identify_gate::reserve(std::uint32_t shard, clock::time_point now) {
    renew(now);
    if (const auto held = reserved_.find(shard); held != reserved_.end()) {
        if (held->second >= now)
            return held->second;
        reserved_.erase(held);
    }
    auto& free_from = free_from_[shard % limit_.max_concurrency];
    auto at = std::max(now, free_from);
    const auto promised =
        std::ranges::count_if(reserved_, [this](const auto& one) { return one.second < renewed_at_; });
    if (at < renewed_at_ && remaining_ < static_cast<std::uint64_t>(promised) + 1 + kept_back)
        at = renewed_at_;
    free_from = at + interval;
    reserved_[shard] = at;
    return at;
}

void identify_gate::spend(std::uint32_t shard, clock::time_point now) {
    renew(now);
    reserved_.erase(shard);
    if (remaining_ > 0)
        --remaining_;
}

void identify_gate::renew(clock::time_point now) {
    while (now >= renewed_at_) {
        remaining_ = limit_.total;
        renewed_at_ += std::chrono::hours(24);
    }
}

} // namespace vagrolant::discord::gateway
