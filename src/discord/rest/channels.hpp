#pragma once

#include "discord/model/channel.hpp"
#include "discord/model/channel_edit.hpp"
#include "discord/rest/client.hpp"

#include <string>
#include <vector>

namespace vagrolant::discord {

// (Discord Docs/Resources/Channel, and /Guild for what a guild has.) Reading, replacing and deleting is sent
// again when an answer is lost. All throw what `rest_client::call` throws; VIEW_CHANNEL is needed by all, and
// in voice channels CONNECT by all that changes something.

/// Threads too.
awaitable<channel> get_channel(rest_client& client, channel_id which);
/// Those that the bot sees: one that is missing need not be gone. No threads.
awaitable<std::vector<channel>> get_guild_channels(rest_client& client, guild_id guild);
/// Needs MANAGE_CHANNELS, and the permissions that its overwrites give or take. Never sent again: when the
/// answer is lost, there may be a channel.
awaitable<channel> create_channel(rest_client& client, guild_id guild, channel_create what,
                                  std::string reason = {}, rest_pace pace = {});

/// Needs MANAGE_CHANNELS, and MANAGE_ROLES for overwrites, of which it replaces all; a thread MANAGE_THREADS.
/// New names and topics wait for a limit of their own, other changes of the channel do not wait for them.
awaitable<channel> modify_channel(rest_client& client, channel_id which, channel_edit edit,
                                  std::string reason = {});
/// Needs MANAGE_CHANNELS (a thread: MANAGE_THREADS). `unknown_channel` may also mean that an attempt whose
/// answer was lost has deleted it.
awaitable<void> delete_channel(rest_client& client, channel_id which, std::string reason = {},
                               rest_pace pace = {});

/// Where a channel stands in its category: by position, channels of the same one by id.
struct channel_place {
    channel_id channel;
    /// 0 or more.
    int position = 0;
};
/// Moves several at once; those that are not named stay. Needs MANAGE_CHANNELS.
awaitable<void> place_channels(rest_client& client, guild_id guild, std::vector<channel_place> places,
                               std::string reason = {});

/// Replaces this one overwrite, or makes it. Needs MANAGE_ROLES, and the permissions that it gives or takes.
awaitable<void> put_overwrite(rest_client& client, channel_id which, overwrite what, std::string reason = {});
/// Needs MANAGE_ROLES. `unknown_permission_overwrite` where there is none (any more).
awaitable<void> delete_overwrite(rest_client& client, channel_id which, std::uint64_t role_or_user,
                                 std::string reason = {});

/// At most 500 characters; empty for none. Needs SET_VOICE_CHANNEL_STATUS, and MANAGE_CHANNELS unless the bot
/// is connected there.
awaitable<void> set_voice_status(rest_client& client, channel_id which, std::string status,
                                 std::string reason = {});

} // namespace vagrolant::discord
