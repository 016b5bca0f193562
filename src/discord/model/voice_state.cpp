#include "discord/model/voice_state.hpp"

#include "discord/model/parse.hpp"

namespace vagrolant::discord {

voice_state parse_voice_state(json::value from) {
    voice_state parsed;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "guild_id")
            parse::to(parsed.guild, value);
        else if (key == "channel_id")
            parse::to(parsed.channel, value);
        else if (key == "user_id")
            parse::to(parsed.user, value);
        else if (key == "session_id")
            parse::to(parsed.session_id, value);
        else if (key == "deaf")
            parse::to(parsed.deaf, value);
        else if (key == "mute")
            parse::to(parsed.mute, value);
        else if (key == "self_deaf")
            parse::to(parsed.self_deaf, value);
        else if (key == "self_mute")
            parse::to(parsed.self_mute, value);
        else if (key == "self_stream")
            parse::to(parsed.self_stream, value);
        else if (key == "self_video")
            parse::to(parsed.self_video, value);
        else if (key == "suppress")
            parse::to(parsed.suppress, value);
    });
    parse::require(from, parsed.user, "user_id");
    return parsed;
}

} // namespace vagrolant::discord
