#pragma once

#include "async/task_group.hpp"
#include "bot/channel_lookup.hpp"
#include "bot/config.hpp"
#include "bot/guild_settings.hpp"
#include "db/pool.hpp"
#include "db/session.hpp"
#include "discord/cache/cache.hpp"
#include "discord/gateway/client.hpp"
#include "discord/rest/client.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <typeindex>
#include <unordered_map>

namespace vagrolant::bot {

/// What features remember between events, one object of each type (`registry::state`).
class feature_states {
public:
    /// Throws `std::out_of_range` for a type that no feature has registered.
    template <class State>
    State& get() const {
        return *static_cast<State*>(states_.at(typeid(State)).get());
    }
    void put(std::type_index type, std::shared_ptr<void> state) {
        states_.insert_or_assign(type, std::move(state));
    }

private:
    std::unordered_map<std::type_index, std::shared_ptr<void>> states_;
};

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
    feature_states states;
    refused_lookups lookups;
    /// The loop's own connection, for single statements that somebody waits for; null while others wait for
    /// it, or where it is not known to be one with the server (behind a pooler): `database` then.
    std::function<db::session*()> session_at_hand;
};

} // namespace vagrolant::bot
