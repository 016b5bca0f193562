#include "discord/model/member_edit.hpp"

namespace vagrolant::discord {

json::object to_json(const member_edit& one) {
    json::object body;
    if (one.nick)
        body["nick"] = *one.nick;
    if (one.roles) {
        json::array roles;
        for (const auto role : *one.roles)
            roles.push_back(json::id(role));
        body["roles"] = std::move(roles);
    }
    if (one.mute)
        body["mute"] = *one.mute;
    if (one.deaf)
        body["deaf"] = *one.deaf;
    if (one.voice_channel)
        body["channel_id"] = *one.voice_channel ? json::id(*one.voice_channel) : json::any();
    if (one.communication_disabled_until)
        body["communication_disabled_until"] = to_iso8601(*one.communication_disabled_until);
    return body;
}

} // namespace vagrolant::discord
