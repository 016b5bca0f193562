#pragma once

#include "discord/model/permissions.hpp"
#include "discord/model/timestamp.hpp"
#include "discord/model/user.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vagrolant::discord {

struct member {
    /// Absent (id 0) where Discord leaves it out: in messages and in resolved data.
    discord::user user;
    std::string nick;
    /// Hash of the picture for this guild.
    std::string avatar;
    /// Without @everyone.
    std::vector<role_id> roles;
    std::optional<timestamp> joined_at;
    std::optional<timestamp> premium_since;
    std::optional<timestamp> communication_disabled_until;
    /// In interactions: what he may do in the channel, overwrites included.
    std::optional<discord::permissions> permissions;
    bool deaf = false;
    bool mute = false;
    /// Has not passed membership screening yet.
    bool pending = false;

    const std::string& display_name() const { return nick.empty() ? user.display_name() : nick; }
    bool timed_out(timestamp now) const {
        return communication_disabled_until && *communication_disabled_until > now;
    }
};

member parse_member(json::value from);

/// Reads one member of the object; false when it is none that is kept (GUILD_MEMBER_ADD says more).
bool parse_member_field(member& into, std::string_view key, json::value value);

} // namespace vagrolant::discord
