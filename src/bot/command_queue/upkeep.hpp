#pragma once

#include "async/task_group.hpp"
#include "bot/command_queue/checks.hpp"
#include "bot/command_queue/command.hpp"
#include "bot/command_queue/holding.hpp"
#include "bot/command_queue/options.hpp"
#include "bot/command_queue/rates.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace vagrolant::bot {

/// What has to be done from time to time: leases are renewed, rows that belong to nobody freed or ended, and
/// what a guild has too much of refused.
class command_upkeep {
public:
    /// Looks at all of these, which outlive it, each time anew. `freed` is called when there may be something
    /// to claim.
    command_upkeep(command_store& store, const command_queue_options& options,
                   const std::map<std::string, lane>& lanes, const held_commands& held, lane_rates& rates,
                   std::function<void()> freed);

    /// Spawns its tasks, which run until they are cancelled.
    void start(task_group& tasks);

private:
    awaitable<void> renewal_loop();
    awaitable<void> renew();
    awaitable<void> recovery_loop();
    awaitable<void> expire();
    awaitable<void> bound_loop();
    std::vector<lane_bound> slow_lanes();
    json::object by_language(const queue_refusal& why, const json::object& facts = {}) const;

    command_store& store_;
    const command_queue_options& options_;
    const std::map<std::string, lane>& lanes_;
    const held_commands& held_;
    lane_rates& rates_;
    std::function<void()> freed_;
    std::chrono::steady_clock::time_point next_expiry_;
};

} // namespace vagrolant::bot
