#pragma once

#include "discord/model/ids.hpp"
#include "json/reader.hpp"

#include <string>

namespace vagrolant::discord {

struct voice_state {
    /// Absent inside GUILD_CREATE: the guild is the event's.
    guild_id guild;
    /// None: not connected.
    channel_id channel;
    user_id user;
    std::string session_id;
    bool deaf = false;
    bool mute = false;
    bool self_deaf = false;
    bool self_mute = false;
    bool self_stream = false;
    bool self_video = false;
    bool suppress = false;
};

voice_state parse_voice_state(json::value from);

} // namespace vagrolant::discord
