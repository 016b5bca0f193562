#include "discord/model/role.hpp"

#include "discord/model/parse.hpp"

namespace vagrolant::discord {

namespace {

void parse_tags(role& parsed, json::value from) {
    if (from.is_null())
        return;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "bot_id")
            parse::to(parsed.bot, value);
        // Present with null means true (Discord Docs/Permissions "Role Tags Structure").
        else if (key == "premium_subscriber")
            parsed.premium_subscriber = true;
    });
}

} // namespace

role parse_role(json::value from) {
    role parsed;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "id")
            parse::to(parsed.id, value);
        else if (key == "name")
            parse::to(parsed.name, value);
        else if (key == "color")
            parsed.color = static_cast<std::uint32_t>(value.unsigned_integer() & 0xFF'FF'FFU);
        else if (key == "position")
            parse::to(parsed.position, value);
        else if (key == "permissions")
            parse::to(parsed.permissions, value);
        else if (key == "managed")
            parse::to(parsed.managed, value);
        else if (key == "hoist")
            parse::to(parsed.hoist, value);
        else if (key == "mentionable")
            parse::to(parsed.mentionable, value);
        else if (key == "tags")
            parse_tags(parsed, value);
    });
    parse::require(from, parsed.id, "id");
    return parsed;
}

} // namespace vagrolant::discord
