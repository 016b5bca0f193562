#pragma once

#include "features/voice_hubs/reconcile.hpp"
#include "features/voice_hubs/rooms.hpp"
#include "features/voice_hubs/rules.hpp"

#include <string>
#include <vector>

/// What keeps a guild's hubs from working, in words for its administrators. Pure.
namespace vagrolant::voice_hubs {

/// A place where rooms are made or written about, as the bot sees it.
struct place {
    channel_id id;
    std::string name;
    /// It is there at all.
    bool exists = true;
    /// The bot may not see it.
    bool hidden = false;
    /// What the bot may do there.
    permissions own;
    /// Channels in it, of a category.
    int children = 0;
};

struct hub_facts {
    hub what;
    place channel;
    /// The category for rooms and those for overflow, in that order; empty when rooms stand at the top.
    std::vector<place> categories;
    /// Of `hub_settings::template_channel` and `log_channel`, where set.
    std::optional<place> template_channel;
    std::optional<place> log_channel;
    /// Discord refuses its rooms: why, and when it is asked again.
    std::optional<bot::phrase> refused;
    time_point asked_again;
    /// It has become the server's AFK channel.
    bool afk = false;
    /// Roles that may use it and are gone.
    std::size_t dead_roles = 0;
    /// Its rooms.
    std::vector<place> rooms;
    /// Of the source's overwrites, what the bot may not hand on.
    std::vector<lost_overwrite> lost;
};

struct doctor_input {
    /// What the bot may do in the guild.
    permissions own;
    std::size_t channels = 0;
    /// What is known of the guild is what Discord would say; otherwise there is no plan.
    bool current = true;
    /// The bot is told what people play.
    bool presences = true;
    std::vector<hub_facts> hubs;
    std::vector<reconcile_step> plan;
};

/// Errors first, then warnings, then what reconciling would do.
std::vector<doctor_finding> examine(const doctor_input& about);

} // namespace vagrolant::voice_hubs
