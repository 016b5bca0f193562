#include "discord/model/member.hpp"

#include "discord/model/parse.hpp"

namespace vagrolant::discord {

member parse_member(json::value from) {
    member parsed;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "user") {
            if (!value.is_null())
                parsed.user = parse_user(value);
        } else if (key == "nick")
            parse::to(parsed.nick, value);
        else if (key == "avatar")
            parse::to(parsed.avatar, value);
        else if (key == "roles")
            parse::ids(parsed.roles, value);
        else if (key == "joined_at")
            parse::to(parsed.joined_at, value);
        else if (key == "premium_since")
            parse::to(parsed.premium_since, value);
        else if (key == "communication_disabled_until")
            parse::to(parsed.communication_disabled_until, value);
        else if (key == "permissions")
            parse::to(parsed.permissions, value);
        else if (key == "deaf")
            parse::to(parsed.deaf, value);
        else if (key == "mute")
            parse::to(parsed.mute, value);
        else if (key == "pending")
            parse::to(parsed.pending, value);
    });
    return parsed;
}

} // namespace vagrolant::discord
