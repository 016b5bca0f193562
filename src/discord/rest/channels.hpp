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
                                  std::string reason = {}, rest_pace pace = {});

/// New names and topics wait for a limit of their own, other changes of the channel do not wait for them.
awaitable<channel> modify_channel(rest_client& client, channel_id which, channel_edit edit,
                                  std::string reason = {});
awaitable<void> delete_channel(rest_client& client, channel_id which, std::string reason = {},
                               rest_pace pace = {});

/// Where a channel stands in its category: by position, channels of the same one by id.
struct channel_place {
    channel_id channel;
    /// 0 or more.
    int position = 0;
};
/// Moves several at once; those that are not named stay.
awaitable<void> place_channels(rest_client& client, guild_id guild, std::vector<channel_place> places,
                               std::string reason = {});

/// Replaces this one overwrite.
awaitable<void> put_overwrite(rest_client& client, channel_id which, overwrite what, std::string reason = {});
awaitable<void> delete_overwrite(rest_client& client, channel_id which, std::uint64_t role_or_user,
                                 std::string reason = {});

/// At most 500 characters; empty for none.
awaitable<void> set_voice_status(rest_client& client, channel_id which, std::string status,
                                 std::string reason = {});

} // namespace vagrolant::discord
