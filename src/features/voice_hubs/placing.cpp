#include "base/log.hpp"
#include "discord/rest/channels.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

using bot::say;

std::vector<channel_id> rooms::state::parents_for(const hub& from) {
    std::vector<channel_id> parents;
    const auto* hub_channel = with.cache.find_channel(from.channel);
    const auto hub_parent = hub_channel == nullptr ? channel_id() : hub_channel->parent;
    parents.push_back(from.settings.category ? from.settings.category : hub_parent);
    parents.insert(parents.end(), from.settings.overflow_categories.begin(),
                   from.settings.overflow_categories.end());
    // A category that is gone must not cost people their rooms.
    const auto gone = std::erase_if(
        parents, [this](channel_id one) { return one && with.cache.find_channel(one) == nullptr; });
    if (gone > 0) {
        notices.tell_once(from.guild, from.channel, "category_gone",
                          say({.fr = "⚠️ Hub vocal <#{}> : {}", .en = "⚠️ Voice hub <#{}>: {}"},
                              from.channel.value(), why_refused(create_failure::category_gone).reason));
        if (!hub_parent || std::ranges::find(parents, hub_parent) == parents.end())
            parents.push_back(hub_parent);
    }
    return parents;
}

// Channels of one position stand in the order of their ids (Discord API Docs issue 4613), so a new one comes
// after those that have its position: rooms stand in the order of their making.
std::optional<int> rooms::state::place_of_room(const hub& from, channel_id category) const {
    const auto* channel = with.cache.find_channel(from.channel);
    if (channel == nullptr || channel->parent != category)
        return std::nullopt;
    switch (from.settings.position) {
    case room_position::above:
        return std::max(channel->position - 1, 0);
    case room_position::below:
        return channel->position;
    case room_position::end:
        break;
    }
    return std::nullopt;
}

void rooms::state::make_place_above(channel_id hub) {
    const auto* from = known.find_hub(hub);
    const auto* channel = with.cache.find_channel(hub);
    if (from == nullptr || channel == nullptr || from->settings.position != room_position::above ||
        channel->position > 0 || (from->settings.category && from->settings.category != channel->parent) ||
        !placed.insert(hub).second)
        return;
    with.tasks.spawn("voice hub", move_down(hub));
}

// Once for a hub: from then on rooms are made above it without a further call.
awaitable<void> rooms::state::move_down(channel_id hub) {
    const auto* channel = with.cache.find_channel(hub);
    const auto* guild = channel == nullptr ? nullptr : with.cache.find_guild(channel->guild);
    if (guild == nullptr)
        co_return;
    std::vector<standing> category;
    for (const auto id : guild->channels) {
        const auto* one = with.cache.find_channel(id);
        if (one == nullptr || one->parent != channel->parent || !discord::is_voice_like(one->type))
            continue;
        const auto* live = known.find_room(id);
        category.push_back(
            {.channel = id, .position = one->position, .room = live != nullptr && live->room.hub == hub});
    }
    std::vector<discord::channel_place> places;
    for (const auto& one : moved_down(hub, category))
        places.push_back({.channel = one.channel, .position = one.position});
    std::string problem;
    bool refused_for_good = false;
    try {
        if (!places.empty())
            co_await discord::place_channels(with.rest, guild->id, std::move(places), "voice hub");
    } catch (const discord::rest_error& error) {
        problem = error.what();
        refused_for_good = error.status() < 500;
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const std::exception& error) {
        problem = error.what();
    }
    // What Discord refuses is tried again when the hub's settings change, the rest with the next room.
    if (!refused_for_good)
        placed.erase(hub);
    if (!problem.empty())
        log::warning("voice hub not moved down", {{"hub", hub}, {"error", problem}});
}

} // namespace vagrolant::voice_hubs
