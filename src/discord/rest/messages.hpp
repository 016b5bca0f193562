#pragma once

#include "discord/model/message.hpp"
#include "discord/model/message_create.hpp"
#include "discord/rest/client.hpp"

#include <string>
#include <vector>

namespace vagrolant::discord {

/// With a nonce the message is sent once however often the connection breaks; without one it is not repeated.
awaitable<message> create_message(rest_client& client, channel_id channel, message_create what);

awaitable<message> edit_message(rest_client& client, channel_id channel, message_id which, message_edit edit);
awaitable<void> delete_message(rest_client& client, channel_id channel, message_id which,
                               std::string reason = {});

/// 2 to 100 different messages, none older than 14 days: otherwise Discord refuses them all.
awaitable<void> bulk_delete_messages(rest_client& client, channel_id channel, std::vector<message_id> which,
                                     std::string reason = {});

awaitable<message> get_message(rest_client& client, channel_id channel, message_id which);

/// The latest `limit` (1 to 100) messages, of those before `before` if given; newest first.
awaitable<std::vector<message>> get_messages(rest_client& client, channel_id channel, int limit,
                                             message_id before = {});

} // namespace vagrolant::discord
