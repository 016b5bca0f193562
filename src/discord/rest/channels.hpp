#pragma once

#include "discord/model/channel.hpp"
#include "discord/model/channel_edit.hpp"
#include "discord/rest/client.hpp"

#include <string>
#include <vector>

namespace vagrolant::discord {

awaitable<channel> get_channel(rest_client& client, channel_id which);
awaitable<std::vector<channel>> get_guild_channels(rest_client& client, guild_id guild);
awaitable<channel> create_channel(rest_client& client, guild_id guild, channel_create what,
                                  std::string reason = {});

/// New names and topics wait for a limit of their own, other changes of the channel do not wait for them.
awaitable<channel> modify_channel(rest_client& client, channel_id which, channel_edit edit,
                                  std::string reason = {});
awaitable<void> delete_channel(rest_client& client, channel_id which, std::string reason = {});

/// Replaces this one overwrite.
awaitable<void> put_overwrite(rest_client& client, channel_id which, overwrite what, std::string reason = {});
awaitable<void> delete_overwrite(rest_client& client, channel_id which, std::uint64_t role_or_user,
                                 std::string reason = {});

/// At most 500 characters; empty for none.
awaitable<void> set_voice_status(rest_client& client, channel_id which, std::string status,
                                 std::string reason = {});

} // namespace vagrolant::discord
