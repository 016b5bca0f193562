#pragma once

#include "async/task_group.hpp"
#include "bot/config.hpp"
#include "bot/guild_settings.hpp"
#include "db/pool.hpp"
#include "discord/cache/cache.hpp"
#include "discord/gateway/client.hpp"
#include "discord/rest/client.hpp"

#include <chrono>

namespace vagrolant::bot {

/// What features work with. All of it outlives them.
struct services {
    const bot::config& config;
    discord::rest_client& rest;
    discord::gateway::gateway_client& gateway;
    discord::cache& cache;
    db::pool& database;
    guild_settings_store& settings;
    task_group& tasks;
    std::chrono::steady_clock::time_point started_at;
};

} // namespace vagrolant::bot
