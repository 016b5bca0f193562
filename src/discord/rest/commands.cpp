#include "discord/rest/commands.hpp"

namespace vagrolant::discord {

namespace {

std::string path_of(application_id application, guild_id guild) {
    const auto in_guild = guild ? "/guilds/" + guild.to_string() : std::string();
    return "/applications/" + application.to_string() + in_guild + "/commands";
}

} // namespace

awaitable<std::string> get_commands(rest_client& client, application_id application, guild_id guild) {
    auto response = co_await client.call({.path = path_of(application, guild) + "?with_localizations=true"});
    co_return std::move(response.body);
}

awaitable<void> overwrite_commands(rest_client& client, application_id application, json::array commands,
                                   guild_id guild) {
    co_await client.call(
        {.method = http_method::put, .path = path_of(application, guild), .body = std::move(commands)});
}

} // namespace vagrolant::discord
