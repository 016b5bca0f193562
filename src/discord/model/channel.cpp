#include "discord/model/channel.hpp"

#include "discord/model/parse.hpp"

namespace vagrolant::discord {

namespace {

template <class Enum>
Enum small_enum(json::value from) {
    const auto number = from.unsigned_integer();
    if (number > UINT8_MAX)
        from.fail("out of range");
    return static_cast<Enum>(number);
}

void parse_thread_metadata(channel& into, json::value from) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "archived")
            parse::to(into.archived, value);
        else if (key == "locked")
            parse::to(into.locked, value);
    });
}

} // namespace

overwrite parse_overwrite(json::value from) {
    overwrite parsed;
    role_id id;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "id")
            parse::to(id, value);
        else if (key == "type")
            parsed.type = small_enum<overwrite_type>(value);
        else if (key == "allow")
            parse::to(parsed.allow, value);
        else if (key == "deny")
            parse::to(parsed.deny, value);
    });
    parse::require(from, id, "id");
    parsed.id = id.value();
    return parsed;
}

channel parse_channel(json::value from) {
    channel parsed;
    bool has_type = false;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "id")
            parse::to(parsed.id, value);
        else if (key == "type") {
            parsed.type = small_enum<channel_type>(value);
            has_type = true;
        } else if (key == "guild_id")
            parse::to(parsed.guild, value);
        else if (key == "parent_id")
            parse::to(parsed.parent, value);
        else if (key == "position")
            parse::to(parsed.position, value);
        else if (key == "flags")
            parse::to(parsed.flags, value);
        else if (key == "name")
            parse::to(parsed.name, value);
        else if (key == "topic")
            parse::to(parsed.topic, value);
        else if (key == "permission_overwrites")
            parse::list(parsed.overwrites, value, parse_overwrite);
        else if (key == "bitrate")
            parse::to(parsed.bitrate, value);
        else if (key == "user_limit")
            parse::to(parsed.user_limit, value);
        else if (key == "rate_limit_per_user")
            parse::to(parsed.rate_limit_per_user, value);
        else if (key == "rtc_region")
            parse::to(parsed.rtc_region, value);
        else if (key == "nsfw")
            parse::to(parsed.nsfw, value);
        else if (key == "thread_metadata" && !value.is_null())
            parse_thread_metadata(parsed, value);
        else if (key == "last_message_id")
            parse::to(parsed.last_message, value);
        else if (key == "permissions")
            parse::to(parsed.permissions, value);
        else if (key == "app_permissions")
            parse::to(parsed.app_permissions, value);
    });
    parse::require(from, parsed.id, "id");
    if (!has_type)
        from.fail("lacks \"type\"");
    return parsed;
}

} // namespace vagrolant::discord
