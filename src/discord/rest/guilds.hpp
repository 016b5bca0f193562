#pragma once

#include "discord/model/guild.hpp"
#include "discord/rest/client.hpp"

#include <string>
#include <vector>

namespace vagrolant::discord {

awaitable<guild> get_guild(rest_client& client, guild_id which);

/// Where voice can be carried. (Discord Docs/Voice "Voice Region Object")
struct voice_region {
    std::string id;
    std::string name;
    /// Not to be chosen any more.
    bool deprecated = false;
};

/// The guild's, those of its own included.
awaitable<std::vector<voice_region>> get_voice_regions(rest_client& client, guild_id guild);

} // namespace vagrolant::discord
