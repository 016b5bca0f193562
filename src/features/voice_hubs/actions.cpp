#include "features/voice_hubs/actions.hpp"

#include "bot/requester.hpp"
#include "features/voice_hubs/panels.hpp"
#include "features/voice_hubs/words.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <functional>
#include <span>

namespace vagrolant::voice_hubs {

namespace {

using bot::action_result;
using bot::refusal;

refusal unknown_hub() {
    return {.code = "unknown_hub",
            .reason = localized{.fr = "Ce salon n'est pas un hub de ce serveur.",
                                .en = "This channel is not a hub of this server."}};
}

refusal unknown_room() {
    return {.code = "unknown_room",
            .reason = localized{.fr = "Ce salon n'est pas un salon d'un hub de ce serveur.",
                                .en = "This channel is not a room of one of this server's hubs."}};
}

refusal starting() {
    return {.code = "starting",
            .reason = localized{.fr = "Le bot démarre : réessayez dans un instant.",
                                .en = "The bot is starting: try again in a moment."},
            .retry_after = std::chrono::seconds(2)};
}

// Throws `refused` when the bot does not come to know its rooms.
awaitable<std::reference_wrapper<rooms>> rooms_of(const bot::services& with) {
    // A command may have been there before the process.
    constexpr auto patience = std::chrono::seconds(5);
    auto& all = with.states.get<rooms>();
    if (!co_await all.until_loaded(patience))
        throw bot::refused(starting());
    co_return all;
}

// The terms of the action have seen to it that he may.
actor manager(const bot::services& with, const bot::action_call& call) {
    return {.user = call.requester.value_or(with.cache.self().id), .administrator = true};
}

// Somebody may change his own room; who changes others' is an administrator, or a moderator of the guild's.
awaitable<actor> owner_or_manager(bot::services& with, const bot::action_call& call) {
    if (!call.requester)
        co_return manager(with, call);
    const auto standing = co_await bot::require_standing(with, call.guild, *call.requester, std::nullopt, {},
                                                         call.settings.moderator_roles);
    auto who = actor::of(*call.requester, standing.held);
    who.administrator = who.administrator || standing.moderator;
    co_return who;
}

std::string iso_time(time_point when) {
    return fmt::format("{:%FT%T}Z", fmt::gmtime(std::chrono::floor<std::chrono::seconds>(when)));
}

json::object hub_json(const rooms& all, const bot::services& with, const hub& one) {
    json::object body{{"hubId", json::id(one.channel)}, {"rooms", all.rooms_of_hub(one.channel).size()}};
    if (const auto* channel = with.cache.find_channel(one.channel); channel != nullptr)
        body["name"] = channel->name;
    for (const auto& field : hub_fields())
        write_member(field, one.settings, body);
    return body;
}

void write_list(json::object& into, std::string_view users, std::string_view roles,
                const std::vector<subject>& list) {
    json::array members;
    json::array groups;
    for (const auto& one : list)
        (one.type == discord::overwrite_type::role ? groups : members)
            .push_back(json::any(std::to_string(one.id)));
    into[users] = std::move(members);
    into[roles] = std::move(groups);
}

json::object room_json(const rooms& all, const room& one) {
    json::object body{{"roomId", json::id(one.channel)},
                      {"hubId", json::id(one.hub)},
                      {"name", one.name},
                      {"mode", words_of(one.settings.mode).id},
                      {"userLimit", one.settings.user_limit},
                      {"bitrate", one.settings.bitrate},
                      {"region", one.settings.region},
                      {"createdAt", iso_time(one.created)}};
    if (one.owner)
        body["ownerId"] = json::id(one.owner);
    if (one.rename) {
        body["nextName"] = one.rename->name;
        body["nextNameAt"] = iso_time(one.rename->applies_at);
    }
    write_list(body, "allowedUserIds", "allowedRoleIds", one.settings.lists.allowed);
    write_list(body, "blockedUserIds", "blockedRoleIds", one.settings.lists.blocked);
    json::array present;
    for (const auto who : all.present(one.channel))
        present.push_back(json::id(who));
    body["memberIds"] = std::move(present);
    return body;
}

list_part read_part(bot::payload& from) {
    return {.after = from.optional_id<channel_id>("after").value_or(channel_id()),
            .limit = from.optional_integer("limit", 1, list_part::most).value_or(list_part::most)};
}

// By the ids of their channels: a place among those holds also when what stood there is gone.
template <class T, class Json>
json::object listed(std::string_view name, std::vector<T> all, const list_part& part, Json to_json) {
    std::ranges::sort(all, {}, &T::channel);
    std::erase_if(all, [&](const T& one) { return one.channel <= part.after; });
    const auto shown = std::min(all.size(), static_cast<std::size_t>(part.limit));
    json::array list;
    for (const auto& one : std::span(all).first(shown))
        list.push_back(to_json(one));
    json::object result{{name, std::move(list)}};
    if (shown < all.size())
        result["next"] = json::id(all[shown - 1].channel);
    return result;
}

hub_patch read_patch(bot::payload& from) {
    hub_patch patch;
    for (const auto& field : hub_fields()) {
        if (read_member(field, patch.values, from))
            patch.given.push_back(&field);
    }
    return patch;
}

// Two members of the payload are one list: what is given of it replaces it.
std::optional<std::vector<subject>> read_list(bot::payload& from, std::string_view users,
                                              std::string_view roles) {
    const auto members = from.ids<user_id>(users, access_lists::max_entries);
    const auto groups = from.ids<role_id>(roles, access_lists::max_entries);
    if (!members && !groups)
        return std::nullopt;
    std::vector<subject> list;
    for (const auto one : members.value_or(std::vector<user_id>()))
        list.push_back(subject::of(one));
    for (const auto one : groups.value_or(std::vector<role_id>()))
        list.push_back(subject::of(one));
    return list;
}

const hub* hub_in(const rooms& all, discord::guild_id guild, channel_id id) {
    const auto* found = all.find_hub(id);
    return found != nullptr && found->guild == guild ? found : nullptr;
}

const room* room_in(const rooms& all, discord::guild_id guild, channel_id id) {
    const auto* found = all.find_room(id);
    return found != nullptr && found->guild == guild ? found : nullptr;
}

action_result shown(const rooms& all, const bot::services& with, const outcome<hub>& result) {
    if (!result)
        return std::unexpected(result.error());
    return json::object{{"hub", hub_json(all, with, *result)}};
}

// The door hangs before the answer is there: who asked finds all in place.
awaitable<action_result> opened(const rooms& all, bot::services& with, outcome<hub> result) {
    if (result)
        co_await with.states.get<panels>().hang_door(*result);
    co_return shown(all, with, result);
}

// What is refused ends the whole update; what was done before it stays done.
template <class T>
T must(outcome<T> result) {
    if (!result)
        throw bot::refused(std::move(result.error()));
    if constexpr (!std::is_void_v<T>)
        return *std::move(result);
}

} // namespace

list_part read_hub_list(bot::payload& from) {
    return read_part(from);
}

awaitable<action_result> list_hubs(bot::services& with, bot::action_call call, list_part part) {
    const rooms& all = co_await rooms_of(with);
    co_return listed("hubs", all.hubs_of(call.guild), part,
                     [&](const hub& one) { return hub_json(all, with, one); });
}

hub_create_request read_hub_create(bot::payload& from) {
    hub_create_request request{.adopt = from.optional_id<channel_id>("channelId").value_or(channel_id()),
                               .name = from.text("name").value_or(""),
                               .category = from.optional_id<channel_id>("parentId").value_or(channel_id())};
    if (!request.adopt && request.name.empty())
        from.wrong("name", {.fr = "un nom (ou « channelId »)", .en = "a name (or \"channelId\")"});
    request.settings = read_patch(from);
    return request;
}

awaitable<action_result> create_hub(bot::services& with, bot::action_call call, hub_create_request request) {
    rooms& all = co_await rooms_of(with);
    // Not in that of whoever asks.
    const auto guild_language = co_await with.states.get<panels>().language_of(call.guild);
    auto settings = default_settings(guild_language);
    request.settings.apply_to(settings);
    if (request.adopt) {
        const auto* channel = with.cache.find_channel(request.adopt);
        if (channel == nullptr || channel->guild != call.guild) {
            co_return std::unexpected(
                refusal{.code = "unknown_channel",
                        .reason = localized{.fr = "Ce salon n'existe pas sur ce serveur.",
                                            .en = "This server has no such channel."}});
        }
        auto adopted = co_await all.adopt_hub(manager(with, call), request.adopt, std::move(settings));
        co_return co_await opened(all, with, std::move(adopted));
    }
    auto made = co_await all.create_hub(manager(with, call), call.guild, std::move(request.name),
                                        request.category, std::move(settings));
    co_return co_await opened(all, with, std::move(made));
}

hub_update_request read_hub_update(bot::payload& from) {
    hub_update_request request{.hub = from.id<channel_id>("hubId")};
    request.settings = read_patch(from);
    return request;
}

awaitable<action_result> update_hub(bot::services& with, bot::action_call call, hub_update_request request) {
    rooms& all = co_await rooms_of(with);
    if (hub_in(all, call.guild, request.hub) == nullptr)
        co_return std::unexpected(unknown_hub());
    const auto updated = co_await all.update_hub(
        manager(with, call), request.hub,
        [patch = std::move(request.settings)](hub_settings& settings) { patch.apply_to(settings); });
    co_return shown(all, with, updated);
}

hub_delete_request read_hub_delete(bot::payload& from) {
    hub_delete_request request{.hub = from.id<channel_id>("hubId")};
    request.delete_channel = from.boolean("deleteChannel").value_or(false);
    return request;
}

awaitable<action_result> delete_hub(bot::services& with, bot::action_call call, hub_delete_request request) {
    rooms& all = co_await rooms_of(with);
    if (hub_in(all, call.guild, request.hub) == nullptr)
        co_return std::unexpected(unknown_hub());
    const auto living = all.rooms_of_hub(request.hub).size();
    auto deleted = co_await all.delete_hub(manager(with, call), request.hub, request.delete_channel);
    if (!deleted)
        co_return std::unexpected(std::move(deleted.error()));
    co_return json::object{{"hubId", json::id(request.hub)}, {"rooms", living}};
}

room_list_request read_room_list(bot::payload& from) {
    return {.hub = from.optional_id<channel_id>("hubId").value_or(channel_id()), .part = read_part(from)};
}

awaitable<action_result> list_rooms(bot::services& with, bot::action_call call, room_list_request request) {
    const rooms& all = co_await rooms_of(with);
    auto rooms = all.rooms_of(call.guild);
    if (request.hub)
        std::erase_if(rooms, [&](const room& one) { return one.hub != request.hub; });
    co_return listed("rooms", std::move(rooms), request.part,
                     [&](const room& one) { return room_json(all, one); });
}

room_update_request read_room_update(bot::payload& from) {
    room_update_request request{.room = from.id<channel_id>("roomId")};
    if (const auto mode = from.text("mode")) {
        request.mode = mode_of(*mode);
        if (!request.mode)
            from.wrong("mode", {.fr = "« open », « closed », « private » ou « conference »",
                                .en = "\"open\", \"closed\", \"private\" or \"conference\""});
    }
    list_edit lists{.allowed = read_list(from, "allowedUserIds", "allowedRoleIds"),
                    .blocked = read_list(from, "blockedUserIds", "blockedRoleIds")};
    if (lists.allowed || lists.blocked)
        request.lists = std::move(lists);
    request.name = from.text("name");
    request.user_limit = from.optional_integer("userLimit", 0, 99);
    request.bitrate = from.optional_integer("bitrate", 8'000, 384'000);
    request.region = from.text("region");
    request.status = from.text("status");
    if (const auto owner = from.optional_id<user_id>("ownerId"); owner && *owner)
        request.owner = owner;
    request.purge = from.boolean("purge").value_or(false);
    return request;
}

awaitable<action_result> update_room(bot::services& with, bot::action_call call,
                                     room_update_request request) {
    rooms& all = co_await rooms_of(with);
    const auto id = request.room;
    if (room_in(all, call.guild, id) == nullptr)
        co_return std::unexpected(unknown_room());
    const auto who = co_await owner_or_manager(with, call);
    if (request.mode)
        must(co_await all.set_mode(who, id, *request.mode));
    int put_out = 0;
    if (request.lists)
        put_out = must(co_await all.edit_lists(who, id, *std::move(request.lists))).put_out;
    if (request.name)
        must(co_await all.rename(who, id, *std::move(request.name)));
    if (request.user_limit)
        must(co_await all.set_limit(who, id, *request.user_limit));
    if (request.bitrate)
        must(co_await all.set_bitrate(who, id, *request.bitrate));
    if (request.region)
        must(co_await all.set_region(who, id, *std::move(request.region)));
    if (request.status)
        must(co_await all.set_status(who, id, *std::move(request.status)));
    json::object result;
    std::optional<purge_result> purged;
    if (request.purge)
        purged = must(co_await all.purge(who, id));
    if (purged)
        result["purged"] = purged->disconnected + put_out;
    else if (put_out > 0)
        result["putOut"] = put_out;
    if (purged && purged->left > 0)
        result["purgeable"] = purged->left;
    // Last: it may leave the requester without a say.
    if (request.owner)
        must(co_await all.transfer(who, id, *request.owner));
    // Those who have just been disconnected are seen in the room until Discord tells of it.
    if (!request.purge)
        result["purgeable"] = co_await all.purgeable(id);
    const auto* now = room_in(all, call.guild, id);
    if (now == nullptr)
        co_return std::unexpected(unknown_room());
    result["room"] = room_json(all, *now);
    co_return result;
}

channel_id read_room_delete(bot::payload& from) {
    return from.id<channel_id>("roomId");
}

awaitable<action_result> delete_room(bot::services& with, bot::action_call call, channel_id room) {
    rooms& all = co_await rooms_of(with);
    if (room_in(all, call.guild, room) == nullptr)
        co_return std::unexpected(unknown_room());
    const auto who = co_await owner_or_manager(with, call);
    auto removed = co_await all.remove(who, room);
    if (!removed)
        co_return std::unexpected(std::move(removed.error()));
    co_return json::object{{"roomId", json::id(room)}};
}

} // namespace vagrolant::voice_hubs
