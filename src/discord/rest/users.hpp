#pragma once

#include "discord/model/ids.hpp"
#include "discord/rest/client.hpp"

namespace vagrolant::discord {

/// The channel of direct messages with a person; opened where there was none. Whether he takes messages shows
/// when one is sent.
awaitable<channel_id> open_direct_messages(rest_client& client, user_id with);

} // namespace vagrolant::discord
