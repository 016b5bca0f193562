#include "discord/rest/users.hpp"

#include "discord/model/channel.hpp"

namespace vagrolant::discord {

awaitable<channel_id> open_direct_messages(rest_client& client, user_id with) {
    // Opening it again answers with the same channel. (Discord Docs/User "Create DM")
    const auto response = co_await client.call({.method = http_method::post,
                                                .path = "/users/@me/channels",
                                                .body = json::object{{"recipient_id", json::id(with)}},
                                                .repeatable = true});
    co_return response.read(parse_channel).id;
}

} // namespace vagrolant::discord
