#pragma once

#include "base/snowflake.hpp"

#include <cstdint>

namespace vagrolant::discord {

using application_id = snowflake<struct application_tag>;
using attachment_id = snowflake<struct attachment_tag>;
using channel_id = snowflake<struct channel_tag>;
using command_id = snowflake<struct command_tag>;
using guild_id = snowflake<struct guild_tag>;
using interaction_id = snowflake<struct interaction_tag>;
using message_id = snowflake<struct message_tag>;
using role_id = snowflake<struct role_tag>;
using user_id = snowflake<struct user_tag>;

/// The shard that gets a guild's events. (Discord Docs/Gateway "Sharding")
constexpr std::uint32_t shard_of(guild_id guild, std::uint32_t shard_count) {
    return static_cast<std::uint32_t>((guild.value() >> 22U) % shard_count);
}

} // namespace vagrolant::discord
