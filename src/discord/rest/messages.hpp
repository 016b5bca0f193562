#pragma once

#include "discord/model/message.hpp"
#include "discord/model/message_create.hpp"
#include "discord/rest/client.hpp"

#include <string>
#include <vector>

namespace vagrolant::discord {

// (Discord Docs/Resources/Message.) All of these need VIEW_CHANNEL, and throw what `rest_client::call`
// throws.

/// Needs SEND_MESSAGES (in threads SEND_MESSAGES_IN_THREADS), EMBED_LINKS for embeds, ATTACH_FILES for files.
/// With a nonce the message is sent once however often the connection breaks; without one it is not repeated.
awaitable<message> create_message(rest_client& client, channel_id channel, message_create what,
                                  rest_pace pace = {});

/// Of the bot's own messages. Sent again when the answer is lost.
awaitable<message> edit_message(rest_client& client, channel_id channel, message_id which, message_edit edit);
/// Others' messages need MANAGE_MESSAGES. Sent again when the answer is lost: `unknown_message` may also mean
/// that an earlier attempt has deleted it.
awaitable<void> delete_message(rest_client& client, channel_id channel, message_id which,
                               std::string reason = {});
/// The same, never sent again after a failure: for who counts, and must know which call it was that deleted.
awaitable<void> delete_message_once(rest_client& client, channel_id channel, message_id which,
                                    std::string reason, rest_pace pace);

/// Needs MANAGE_MESSAGES. 2 to 100 different messages, none older than 14 days and none that cannot be
/// deleted: otherwise Discord refuses them all. Ids of messages that are gone already do no harm.
awaitable<void> bulk_delete_messages(rest_client& client, channel_id channel, std::vector<message_id> which,
                                     std::string reason = {}, rest_pace pace = {});

/// Needs READ_MESSAGE_HISTORY.
awaitable<message> get_message(rest_client& client, channel_id channel, message_id which);

/// Needs READ_MESSAGE_HISTORY, without which it finds nothing. The latest `limit` (1 to 100) messages, of
/// those before `before` if given; newest first.
awaitable<std::vector<message>> get_messages(rest_client& client, channel_id channel, int limit,
                                             message_id before = {}, rest_pace pace = {});

} // namespace vagrolant::discord
