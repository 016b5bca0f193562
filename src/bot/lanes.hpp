#pragma once

#include "bot/command_queue/command.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace vagrolant::bot {

/// What one guild may ask of a lane. The excess waits; what could not be done within a few minutes is refused
/// at once instead of growing old.
struct lane_limits {
    std::string_view name;
    double per_second = 0;
    int burst = 0;
    std::size_t max_waiting = 0;
};

inline constexpr std::array lane_table{
    lane_limits{.name = "moderation", .per_second = 5, .burst = 20, .max_waiting = 500},
    // Discord takes five messages in five seconds and channel.
    lane_limits{.name = "announcements", .per_second = 2, .burst = 10, .max_waiting = 200},
    lane_limits{.name = "music", .per_second = 5, .burst = 20, .max_waiting = 300},
    lane_limits{.name = "voice", .per_second = 2, .burst = 10, .max_waiting = 200},
    lane_limits{.name = "reads", .per_second = 10, .burst = 50, .max_waiting = 1'000},
    // Everything else: unknown actions, too.
    lane_limits{.name = "", .per_second = 5, .burst = 20, .max_waiting = 200},
};

/// The lane `name` as the table says, without its actions.
inline lane make_lane(std::string_view name) {
    const auto* limits =
        std::ranges::find_if(lane_table, [name](const auto& one) { return one.name == name; });
    if (limits == lane_table.end())
        limits = &lane_table.back();
    return {.name = std::string(name),
            .actions = {},
            .per_second = limits->per_second,
            .burst = limits->burst,
            .max_waiting = limits->max_waiting};
}

} // namespace vagrolant::bot
