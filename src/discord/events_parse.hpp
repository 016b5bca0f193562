#pragma once

#include "discord/events.hpp"

/// How the dispatcher reads events; nobody else needs it.
namespace vagrolant::discord::events {

/// Room that is reused from event to event, so that lists cost no allocation.
struct scratch {
    std::vector<role_id> roles;
};

// One for each event; `into` is fresh. All throw `json::parse_error`.
void parse_event(ready& into, json::value from, scratch& room);
void parse_event(resumed& into, json::value from, scratch& room);
void parse_event(guild_create& into, json::value from, scratch& room);
void parse_event(guild_update& into, json::value from, scratch& room);
void parse_event(guild_delete& into, json::value from, scratch& room);
void parse_event(guild_role_create& into, json::value from, scratch& room);
void parse_event(guild_role_update& into, json::value from, scratch& room);
void parse_event(guild_role_delete& into, json::value from, scratch& room);
void parse_event(channel_create& into, json::value from, scratch& room);
void parse_event(channel_update& into, json::value from, scratch& room);
void parse_event(channel_delete& into, json::value from, scratch& room);
void parse_event(voice_state_update& into, json::value from, scratch& room);
void parse_event(voice_server_update& into, json::value from, scratch& room);
void parse_event(guild_member_add& into, json::value from, scratch& room);
void parse_event(guild_member_update& into, json::value from, scratch& room);
void parse_event(guild_member_remove& into, json::value from, scratch& room);
void parse_event(guild_members_chunk& into, json::value from, scratch& room);
void parse_event(presence_update& into, json::value from, scratch& room);
void parse_event(voice_channel_status_update& into, json::value from, scratch& room);
void parse_event(channel_info& into, json::value from, scratch& room);
void parse_event(message_create& into, json::value from, scratch& room);
void parse_event(message_update& into, json::value from, scratch& room);
void parse_event(message_delete& into, json::value from, scratch& room);
void parse_event(message_delete_bulk& into, json::value from, scratch& room);
void parse_event(typing_start& into, json::value from, scratch& room);
void parse_event(interaction_create& into, json::value from, scratch& room);
void parse_event(user_update& into, json::value from, scratch& room);
void parse_event(rate_limited& into, json::value from, scratch& room);

} // namespace vagrolant::discord::events
