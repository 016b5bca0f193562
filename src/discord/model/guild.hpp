#pragma once

#include "discord/model/ids.hpp"
#include "discord/model/role.hpp"
#include "json/reader.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vagrolant::discord {

struct guild {
    guild_id id;
    std::string name;
    /// Hash of the picture; empty for none.
    std::string icon;
    user_id owner;
    /// Discord's locale id ("fr", "en-US").
    std::string preferred_locale;
    std::vector<discord::role> roles;
    std::vector<std::string> features;
    channel_id afk_channel;
    channel_id system_channel;
    int premium_tier = 0;
    int mfa_level = 0;
    /// 0 where Discord leaves it out.
    int member_count = 0;
    /// An outage: nothing but the id means anything.
    bool unavailable = false;
};

/// GUILD_UPDATE and REST's guild. Where `unavailable` is true only the id is required.
guild parse_guild(json::value from);

/// Reads one member of a guild object; false when it is none that is kept. For those who read more of the
/// same object (GUILD_CREATE).
bool parse_guild_member(guild& into, std::string_view key, json::value value);

} // namespace vagrolant::discord
