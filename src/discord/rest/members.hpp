#pragma once

#include "discord/model/member.hpp"
#include "discord/model/member_edit.hpp"
#include "discord/model/voice_state.hpp"
#include "discord/rest/client.hpp"

#include <functional>
#include <string>

namespace vagrolant::discord {

// (Discord Docs/Resources/Guild, and /Voice for voice states.) All of these are sent again when an answer is
// lost, and throw what `rest_client::call` throws.

/// `unknown_member` when he has left the guild.
awaitable<member> get_member(rest_client& client, guild_id guild, user_id who);

/// Where the member is connected; a state without a channel when he is not.
awaitable<voice_state> get_voice_state(rest_client& client, guild_id guild, user_id who,
                                       rest_priority priority = rest_priority::normal);

/// Needs what the edit holds: MANAGE_ROLES (`roles` replaces them all), MUTE_MEMBERS, DEAFEN_MEMBERS,
/// MOVE_MEMBERS and the right to connect to the target, MODERATE_MEMBERS; for voice the member must be
/// connected (`target_user_not_connected_to_voice`). Moving between voice channels goes before other
/// requests. `still_wanted`: as `rest_request::still_wanted`.
awaitable<member> modify_member(rest_client& client, guild_id guild, user_id who, member_edit edit,
                                std::string reason = {}, std::function<bool()> still_wanted = {});
/// Needs MANAGE_ROLES and a role of the bot's above it. No error when the member has it already.
awaitable<void> give_role(rest_client& client, guild_id guild, user_id who, role_id role,
                          std::string reason = {});
/// The same; no error when the member does not have it.
awaitable<void> take_role(rest_client& client, guild_id guild, user_id who, role_id role,
                          std::string reason = {});

} // namespace vagrolant::discord
