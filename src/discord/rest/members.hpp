#pragma once

#include "discord/model/member.hpp"
#include "discord/model/member_edit.hpp"
#include "discord/model/voice_state.hpp"
#include "discord/rest/client.hpp"

#include <functional>
#include <string>

namespace vagrolant::discord {

awaitable<member> get_member(rest_client& client, guild_id guild, user_id who);

/// Where the member is connected; a state without a channel when he is not.
awaitable<voice_state> get_voice_state(rest_client& client, guild_id guild, user_id who,
                                       rest_priority priority = rest_priority::normal);

/// Moving between voice channels goes before other requests. `still_wanted`: as `rest_request::still_wanted`.
awaitable<member> modify_member(rest_client& client, guild_id guild, user_id who, member_edit edit,
                                std::string reason = {}, std::function<bool()> still_wanted = {});
awaitable<void> give_role(rest_client& client, guild_id guild, user_id who, role_id role,
                          std::string reason = {});
awaitable<void> take_role(rest_client& client, guild_id guild, user_id who, role_id role,
                          std::string reason = {});

} // namespace vagrolant::discord
