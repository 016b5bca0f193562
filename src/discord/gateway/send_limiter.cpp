#include "discord/gateway/send_limiter.hpp"

#include <algorithm>

namespace vagrolant::discord::gateway {

clock::time_point send_limiter::ready_at(clock::time_point now) {
    forget(now);
    const auto allowed = limit - kept_;
    if (sent_.size() < allowed)
        return now;
    return sent_[sent_.size() - allowed] + window;
}

void send_limiter::sent(clock::time_point now) {
    forget(now);
    sent_.push_back(now);
}

void send_limiter::keep_for_heartbeats(std::chrono::milliseconds interval) {
    const auto beats =
        static_cast<std::size_t>(window / std::max(interval, std::chrono::milliseconds(1))) + 1;
    // However fast the beat, half of the window stays for everything else.
    kept_ = std::min(beats + 2, limit / 2);
}

void send_limiter::forget(clock::time_point now) {
    while (!sent_.empty() && sent_.front() + window <= now)
        sent_.pop_front();
}

} // namespace vagrolant::discord::gateway
