#include "bot/command_queue/rates.hpp"

#include <algorithm>
#include <cmath>

namespace vagrolant::bot {

lane_rates::lane_rates(const std::vector<lane>& lanes) {
    for (const auto& lane : lanes) {
        if (lane.per_second <= 0)
            continue;
        const auto interval =
            std::chrono::duration_cast<duration>(std::chrono::duration<double>(1 / lane.per_second));
        rates_.emplace(lane.name, rate{interval, interval * (std::max(lane.burst, 1) - 1)});
    }
}

void lane_rates::take(const std::string& key, const std::string& lane, time_point now) {
    const auto speed = rates_.find(lane);
    if (speed == rates_.end())
        return;
    auto& bucket = buckets_.try_emplace(key, &speed->second, now).first->second;
    bucket.full_at = std::max(bucket.full_at, now) + speed->second.interval;
}

std::vector<std::string> lane_rates::exhausted(time_point now) {
    std::erase_if(buckets_, [now](const auto& entry) { return entry.second.full_at <= now; });
    std::vector<std::string> keys;
    for (const auto& [key, bucket] : buckets_) {
        if (bucket.token_at() > now)
            keys.push_back(key);
    }
    return keys;
}

std::optional<lane_rates::time_point> lane_rates::next_token(time_point now) const {
    std::optional<time_point> first;
    for (const auto& [key, bucket] : buckets_) {
        const auto at = bucket.token_at();
        if (at > now && (!first || at < *first))
            first = at;
    }
    return first;
}

std::chrono::milliseconds time_to_work_off(const lane& which, std::size_t count) {
    if (which.per_second <= 0)
        return std::chrono::milliseconds(0);
    const auto seconds = static_cast<double>(count) / which.per_second;
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds * 1000)));
}

} // namespace vagrolant::bot
