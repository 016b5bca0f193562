#include "discord/rest/guilds.hpp"

namespace vagrolant::discord {

awaitable<guild> get_guild(rest_client& client, guild_id which) {
    const auto response = co_await client.call({.path = "/guilds/" + which.to_string()});
    co_return response.read(parse_guild);
}

} // namespace vagrolant::discord
