#include "discord/rest/guilds.hpp"

#include "discord/model/parse.hpp"

namespace vagrolant::discord {

namespace {

voice_region parse_voice_region(json::value from) {
    voice_region parsed;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "id")
            parse::to(parsed.id, value);
        else if (key == "name")
            parse::to(parsed.name, value);
        else if (key == "deprecated")
            parse::to(parsed.deprecated, value);
    });
    return parsed;
}

} // namespace

awaitable<guild> get_guild(rest_client& client, guild_id which) {
    const auto response = co_await client.call({.path = "/guilds/" + which.to_string()});
    co_return response.read(parse_guild);
}

awaitable<std::vector<voice_region>> get_voice_regions(rest_client& client, guild_id guild) {
    const auto response = co_await client.call({.path = "/guilds/" + guild.to_string() + "/regions"});
    co_return response.read([](json::value from) {
        std::vector<voice_region> regions;
        parse::list(regions, from, parse_voice_region);
        return regions;
    });
}

} // namespace vagrolant::discord
