#include "discord/model/guild.hpp"

#include "discord/model/parse.hpp"

namespace vagrolant::discord {

bool parse_guild_member(guild& into, std::string_view key, json::value value) {
    if (key == "id")
        parse::to(into.id, value);
    else if (key == "name")
        parse::to(into.name, value);
    else if (key == "icon")
        parse::to(into.icon, value);
    else if (key == "owner_id")
        parse::to(into.owner, value);
    else if (key == "preferred_locale")
        parse::to(into.preferred_locale, value);
    else if (key == "roles")
        parse::list(into.roles, value, parse_role);
    else if (key == "features")
        parse::list(into.features, value, [](json::value one) { return std::string(one.string()); });
    else if (key == "afk_channel_id")
        parse::to(into.afk_channel, value);
    else if (key == "system_channel_id")
        parse::to(into.system_channel, value);
    else if (key == "premium_tier")
        parse::to(into.premium_tier, value);
    else if (key == "mfa_level")
        parse::to(into.mfa_level, value);
    else if (key == "member_count" || key == "approximate_member_count")
        parse::to(into.member_count, value);
    else if (key == "unavailable")
        parse::to(into.unavailable, value);
    else
        return false;
    return true;
}

guild parse_guild(json::value from) {
    guild parsed;
    from.each_member(
        [&](std::string_view key, json::value value) { parse_guild_member(parsed, key, value); });
    parse::require(from, parsed.id, "id");
    if (!parsed.unavailable)
        parse::require(from, parsed.owner, "owner_id");
    return parsed;
}

} // namespace vagrolant::discord
