#pragma once

#include "discord/model/guild.hpp"
#include "discord/rest/client.hpp"

namespace vagrolant::discord {

awaitable<guild> get_guild(rest_client& client, guild_id which);

} // namespace vagrolant::discord
