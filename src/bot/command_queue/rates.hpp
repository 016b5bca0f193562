#pragma once

#include "bot/command_queue/command.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace vagrolant::bot {

/// A token bucket for each guild and lane. Pure: the time is a parameter.
///
/// Kept as the generic cell rate algorithm does: one time for each bucket, that at which it will be full.
/// Buckets that are full are forgotten.
class lane_rates {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    explicit lane_rates(const std::vector<lane>& lanes);

    /// A command of `lane` begins for the guild: `key` names the two together.
    void take(const std::string& key, const std::string& lane, time_point now);

    /// The keys that have no token.
    std::vector<std::string> exhausted(time_point now);

    /// When the first of the exhausted has a token again; nullopt when there is none.
    std::optional<time_point> next_token(time_point now) const;

    /// Buckets that are not full.
    std::size_t size() const { return buckets_.size(); }

private:
    struct rate {
        /// Between two tokens.
        duration interval;
        /// What a full bucket allows beyond its first token.
        duration tolerance;
    };
    struct bucket {
        const rate* speed = nullptr;
        time_point full_at;

        time_point token_at() const { return full_at - speed->tolerance; }
    };

    std::map<std::string, rate> rates_;
    std::unordered_map<std::string, bucket> buckets_;
};

/// How long `count` commands of a lane take; zero where it has no rate.
std::chrono::milliseconds time_to_work_off(const lane& which, std::size_t count);

} // namespace vagrolant::bot
