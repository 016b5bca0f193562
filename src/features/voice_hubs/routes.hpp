#pragma once

#include "discord/interactions/path.hpp"

#include <string>
#include <string_view>

/// The custom ids of the feature. Each carries what its handler needs: nothing of a panel is remembered, so
/// that every button outlives a restart.
namespace vagrolant::voice_hubs::routes {

// The control panel of a room.
inline constexpr std::string_view mode = "room/mode/{room:id}/{mode}";
inline constexpr std::string_view list = "room/list/{room:id}/{list}";
inline constexpr std::string_view purge = "room/purge/{room:id}";
inline constexpr std::string_view transfer = "room/transfer/{room:id}";
inline constexpr std::string_view name = "room/name/{room:id}";
inline constexpr std::string_view status = "room/status/{room:id}";
inline constexpr std::string_view settings = "room/settings/{room:id}";
inline constexpr std::string_view remove = "room/delete/{room:id}";
inline constexpr std::string_view claim = "room/claim/{room:id}";
inline constexpr std::string_view knock = "room/knock/{room:id}";
inline constexpr std::string_view forget = "room/forget/{room:id}";

// What it opens, for the person alone.
inline constexpr std::string_view list_page = "room/page/{room:id}/{list}/{page:int}";
inline constexpr std::string_view list_choice = "room/choice/{room:id}/{list}/{page:int}/{stamp}";
inline constexpr std::string_view purge_now = "room/purge-now/{room:id}";
inline constexpr std::string_view heirs = "room/heirs/{room:id}/{page:int}";
inline constexpr std::string_view new_owner = "room/owner/{room:id}";
inline constexpr std::string_view remove_now = "room/delete-now/{room:id}";
inline constexpr std::string_view dismiss = "room/dismiss";

// Knocking: where to, and the owner's answer.
inline constexpr std::string_view door = "hub/door/{hub:id}";
/// Further pages of the rooms of a hub, or of all (the guild's id).
inline constexpr std::string_view doors = "hub/doors/{of:id}/{page:int}";
inline constexpr std::string_view door_choice = "hub/knock";
inline constexpr std::string_view answer = "room/answer/{room:id}/{guest:id}/{answer}";

// The hubs' administration.
inline constexpr std::string_view hub_list = "hub/list/{page:int}";
inline constexpr std::string_view hub_config = "hub/config/{hub:id}";
inline constexpr std::string_view hub_group = "hub/group/{hub:id}/{group}";
inline constexpr std::string_view hub_reset = "hub/reset/{hub:id}";
inline constexpr std::string_view hub_doctor = "hub/doctor";
inline constexpr std::string_view hub_delete = "hub/delete/{hub:id}";
/// "keep" keeps the voice channel, "channel" deletes it too.
inline constexpr std::string_view hub_delete_now = "hub/delete-now/{hub:id}/{what}";

/// The custom id of `pattern` with its places filled.
template <class... Values>
std::string link(std::string_view pattern, const Values&... values) {
    return discord::interactions::path_pattern(pattern)(values...);
}

} // namespace vagrolant::voice_hubs::routes
