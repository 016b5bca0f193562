#include "discord/model/member.hpp"

#include "discord/model/parse.hpp"

namespace vagrolant::discord {

bool parse_member_field(member& into, std::string_view key, json::value value) {
    if (key == "user") {
        if (!value.is_null())
            into.user = parse_user(value);
    } else if (key == "nick")
        parse::to(into.nick, value);
    else if (key == "avatar")
        parse::to(into.avatar, value);
    else if (key == "roles")
        parse::ids(into.roles, value);
    else if (key == "joined_at")
        parse::to(into.joined_at, value);
    else if (key == "premium_since")
        parse::to(into.premium_since, value);
    else if (key == "communication_disabled_until")
        parse::to(into.communication_disabled_until, value);
    else if (key == "permissions")
        parse::to(into.permissions, value);
    else if (key == "deaf")
        parse::to(into.deaf, value);
    else if (key == "mute")
        parse::to(into.mute, value);
    else if (key == "pending")
        parse::to(into.pending, value);
    else
        return false;
    return true;
}

member parse_member(json::value from) {
    member parsed;
    from.each_member(
        [&](std::string_view key, json::value value) { parse_member_field(parsed, key, value); });
    return parsed;
}

} // namespace vagrolant::discord
