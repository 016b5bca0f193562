#include "bot/permissions.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

using namespace std::chrono_literals;

constexpr auto waiting_pause = 1s;

} // namespace

// The bot gives itself in its rooms what it has in the guild, and no more.
std::optional<bot::refusal> rooms::state::obstacle_to_moves(guild_id guild, channel_id hub) const {
    using enum discord::permission;
    const auto* channel = with.cache.find_channel(hub);
    if (channel == nullptr)
        return std::nullopt;
    const auto here = with.cache.own_permissions_in(hub) & with.cache.own_permissions(guild);
    return bot::missing_permissions(here, {view_channel, connect, move_members}, channel->name);
}

std::optional<bot::refusal> rooms::state::obstacle(const hub& from) const {
    using enum discord::permission;
    const auto* channel = with.cache.find_channel(from.channel);
    if (channel == nullptr)
        return std::nullopt;
    if (is_afk_channel(from.channel))
        return afk_channel();
    if (auto why = obstacle_to_moves(from.guild, from.channel))
        return why;
    if (!shown_source({.guild = from.guild, .hub = from.channel}))
        return source_unknown();
    const auto category = from.settings.category ? from.settings.category : channel->parent;
    const auto* parent = with.cache.find_channel(category);
    const auto in_guild = with.cache.own_permissions(from.guild);
    const auto there = parent == nullptr ? in_guild : with.cache.own_permissions_in(category) & in_guild;
    return bot::missing_permissions(there, {view_channel, manage_channels},
                                    parent == nullptr ? channel->name : parent->name);
}

const rooms::state::setback* rooms::state::held_off(guild_id guild, channel_id hub) const {
    const setback* longest = nullptr;
    for (const auto key : {guild.value(), hub.value()}) {
        const auto found = breakers.find(key);
        if (found != breakers.end() && found->second.open(now()) &&
            (longest == nullptr || longest->until() < found->second.until()))
            longest = &found->second;
    }
    return longest;
}

void rooms::state::held_up(const hub& from, user_id user, const bot::refusal& why) {
    constexpr auto pause = 5s;
    if (obstructed.insert(from.channel).second)
        notices.tell_refused(from.guild, from.channel, why);
    at(now() + pause, member_key{from.guild, user});
}

void rooms::state::hold_off(const hub& from, user_id user, const bot::refusal& why) {
    refused(from.guild, from.channel, why);
    const auto* held = held_off(from.guild, from.channel);
    at(held == nullptr ? now() + waiting_pause : held->until(), member_key{from.guild, user});
}

void rooms::state::refused(guild_id guild, channel_id hub, const bot::refusal& why) {
    const bool of_hub = why.code == "category_full" || why.code == "category_gone";
    auto& held = breakers[of_hub ? hub.value() : guild.value()];
    held.why = why;
    if (held.refused(now()))
        notices.tell_refused(guild, hub, why);
}

bool rooms::state::forget_setback(std::uint64_t key, std::string_view code) {
    const auto held = breakers.find(key);
    if (held == breakers.end() || held->second.why.code != code)
        return false;
    breakers.erase(held);
    return true;
}

void rooms::state::serve_waiting(guild_id guild) {
    const auto* from = with.cache.find_guild(guild);
    if (from == nullptr)
        return;
    for (const auto& one : std::vector(from->voice_states)) {
        if (known.find_hub(one.channel) != nullptr && !one.bot)
            arrived(guild, one.user);
    }
}

void rooms::state::place_freed(guild_id guild, channel_id category) {
    bool freed = forget_setback(guild.value(), "guild_full");
    for (const auto id : known.hubs_of(guild)) {
        if (!breakers.contains(id.value()))
            continue;
        const auto parents = parents_for(*known.find_hub(id));
        if (std::ranges::find(parents, category) != parents.end())
            freed = forget_setback(id.value(), "category_full") || freed;
    }
    if (freed)
        serve_waiting(guild);
}

void rooms::state::may_be_mended(guild_id guild, channel_id hub) {
    const bool was_held = breakers.erase(hub.value()) > 0;
    if (forget_setback(guild.value(), "missing_permissions") || was_held)
        serve_waiting(guild);
}

bool rooms::state::is_afk_channel(channel_id channel) const {
    const auto* seen = with.cache.find_channel(channel);
    const auto* guild = seen == nullptr ? nullptr : with.cache.find_guild(seen->guild);
    return guild != nullptr && guild->afk_channel == channel;
}

int rooms::state::children_of(channel_id category) const {
    const auto* channel = with.cache.find_channel(category);
    const auto* guild = channel == nullptr ? nullptr : with.cache.find_guild(channel->guild);
    if (guild == nullptr)
        return 0;
    return static_cast<int>(std::ranges::count_if(guild->channels, [&](channel_id id) {
        const auto* one = with.cache.find_channel(id);
        return one != nullptr && one->parent == category;
    }));
}

} // namespace vagrolant::voice_hubs
