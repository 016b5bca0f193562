#pragma once

#include "discord/model/ids.hpp"
#include "discord/model/timestamp.hpp"
#include "json/writer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vagrolant::discord {

/// What is set is changed; what is not stays. (Discord Docs/Guild "Modify Guild Member")
struct member_edit {
    /// Empty for none.
    std::optional<std::string> nick;
    /// All of them; single roles are better given and taken one by one.
    std::optional<std::vector<role_id>> roles;
    /// Only for members who are connected to voice.
    std::optional<bool> mute;
    std::optional<bool> deaf;
    /// Moves the member to this voice channel; no id to disconnect him.
    std::optional<channel_id> voice_channel;
    /// At most 28 days from now; the past ends a timeout.
    std::optional<timestamp> communication_disabled_until;
};

json::object to_json(const member_edit& one);

} // namespace vagrolant::discord
