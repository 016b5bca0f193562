#pragma once

#include "bot/feature.hpp"
#include "features/voice_hubs/hub_fields.hpp"
#include "features/voice_hubs/model.hpp"
#include "features/voice_hubs/rooms.hpp"

#include <optional>
#include <string>
#include <vector>

/// What dashboards can have done to hubs and rooms, over the same operations as panels and commands.
namespace vagrolant::voice_hubs {

/// Somebody who looks after hubs.
inline constexpr discord::permissions hub_needs = discord::permission::manage_guild;

inline constexpr bot::action_terms hub_list_terms{.name = "hub.list", .lane = "voice", .needs = hub_needs};
/// Made twice, there would be two.
inline constexpr bot::action_terms hub_create_terms{
    .name = "hub.create", .lane = "voice", .repeatable_for = std::chrono::seconds(0), .needs = hub_needs};
inline constexpr bot::action_terms hub_update_terms{
    .name = "hub.update", .lane = "voice", .needs = hub_needs};
inline constexpr bot::action_terms hub_delete_terms{
    .name = "hub.delete", .lane = "voice", .needs = hub_needs};
inline constexpr bot::action_terms room_list_terms{.name = "room.list", .lane = "voice", .needs = hub_needs};
/// A room's owner needs no permission: whether somebody may is decided with the room.
inline constexpr bot::action_terms room_update_terms{
    .name = "room.update", .lane = "voice", .time_limit = std::chrono::minutes(2)};
inline constexpr bot::action_terms room_delete_terms{.name = "room.delete", .lane = "voice"};

/// A part of a list, so that no result is endless: the channels that come after `after`, the oldest first.
/// Results have `next` where there are more.
struct list_part {
    static constexpr int most = 100;

    channel_id after;
    int limit = most;
};

list_part read_hub_list(bot::payload& from);
/// `hubs`
awaitable<bot::action_result> list_hubs(bot::services& with, bot::action_call call, list_part part);

struct hub_create_request {
    /// The voice channel to adopt; none: one is made, called `name`, in `category`.
    channel_id adopt;
    std::string name;
    channel_id category;
    hub_patch settings;
};
hub_create_request read_hub_create(bot::payload& from);
/// `hub`
awaitable<bot::action_result> create_hub(bot::services& with, bot::action_call call,
                                         hub_create_request request);

struct hub_update_request {
    channel_id hub;
    hub_patch settings;
};
hub_update_request read_hub_update(bot::payload& from);
/// `hub`
awaitable<bot::action_result> update_hub(bot::services& with, bot::action_call call,
                                         hub_update_request request);

struct hub_delete_request {
    channel_id hub;
    bool delete_channel = false;
};
hub_delete_request read_hub_delete(bot::payload& from);
/// `hubId`, and how many `rooms` live on until they are empty.
awaitable<bot::action_result> delete_hub(bot::services& with, bot::action_call call,
                                         hub_delete_request request);

struct room_list_request {
    /// None: those of all.
    channel_id hub;
    list_part part;
};
room_list_request read_room_list(bot::payload& from);
/// `rooms`
awaitable<bot::action_result> list_rooms(bot::services& with, bot::action_call call,
                                         room_list_request request);

/// What is set is changed, in this order.
struct room_update_request {
    channel_id room;
    std::optional<room_mode> mode;
    std::optional<list_edit> lists;
    std::optional<std::string> name;
    std::optional<int> user_limit;
    std::optional<int> bitrate;
    std::optional<std::string> region;
    std::optional<std::string> status;
    std::optional<user_id> owner;
    bool purge = false;
};
room_update_request read_room_update(bot::payload& from);
/// `room`, and how many a purge would disconnect (`purgeable`), or has disconnected (`purged`).
awaitable<bot::action_result> update_room(bot::services& with, bot::action_call call,
                                          room_update_request request);

channel_id read_room_delete(bot::payload& from);
/// `roomId`
awaitable<bot::action_result> delete_room(bot::services& with, bot::action_call call, channel_id room);

} // namespace vagrolant::voice_hubs
