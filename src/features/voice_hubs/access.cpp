#include "base/log.hpp"
#include "bot/permissions.hpp"
#include "discord/rest/channels.hpp"
#include "discord/rest/members.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace vagrolant::voice_hubs {

namespace {

using enum discord::permission;

void drop_members(std::vector<subject>& list, const std::set<user_id>& absent) {
    std::erase_if(list, [&absent](const subject& one) {
        return one.type == discord::overwrite_type::member && absent.contains(user_id(one.id));
    });
}

} // namespace

bool rooms::state::occupied(channel_id channel) const {
    return !people_in(channel).empty();
}

// From the guild's voice states: a room's CHANNEL_CREATE may come late, or never.
std::vector<discord::cached_voice_state> rooms::state::people_in(channel_id channel) const {
    std::vector<discord::cached_voice_state> found;
    const auto* live = known.find_room(channel);
    const auto* guild = live == nullptr ? nullptr : with.cache.find_guild(live->room.guild);
    if (guild == nullptr)
        return found;
    std::ranges::copy_if(
        guild->voice_states, std::back_inserter(found),
        [channel](const discord::cached_voice_state& one) { return one.channel == channel && !one.bot; });
    return found;
}

std::vector<user_id> rooms::state::humans_in(channel_id channel) const {
    std::vector<user_id> found;
    for (const auto& one : people_in(channel))
        found.push_back(one.user);
    return found;
}

hub_settings rooms::state::settings_of(const room& which) const {
    const auto* from = known.find_hub(which.hub);
    return from == nullptr ? hub_settings{} : from->settings;
}

// (Discord Docs/Guild "Premium Tier")
int rooms::state::max_bitrate(guild_id guild) const {
    constexpr std::array by_tier{96'000, 128'000, 256'000, 384'000};
    const auto* from = with.cache.find_guild(guild);
    return by_tier[static_cast<std::size_t>(from == nullptr ? 0 : std::clamp(from->premium_tier, 0, 3))];
}

// Of a hub that is gone the category is what is left to start from.
rooms::state::source rooms::state::source_of(const room& which) const {
    const auto settings = settings_of(which);
    const auto* hub_channel = with.cache.find_channel(which.hub);
    const auto* own = with.cache.find_channel(which.channel);
    auto from = which.hub;
    if (settings.permissions_from == permission_source::template_channel)
        from = settings.template_channel;
    else if (settings.permissions_from == permission_source::category || hub_channel == nullptr)
        from = own != nullptr           ? own->parent
               : settings.category      ? settings.category
               : hub_channel != nullptr ? hub_channel->parent
                                        : channel_id();
    const auto* channel = with.cache.find_channel(from);
    if (channel == nullptr || channel->obfuscated)
        return {.channel = from, .overwrites = {}};
    return {.channel = from, .overwrites = channel->overwrites};
}

overwrite_plan rooms::state::overwrites_of(room which) const {
    const auto* live = known.find_room(which.channel);
    return overwrites_of(std::move(which), live == nullptr ? std::set<user_id>() : live->absent);
}

overwrite_plan rooms::state::overwrites_of(room which, const std::set<user_id>& absent) const {
    const auto from = source_of(which);
    std::vector<role_id> roles;
    if (const auto* guild = with.cache.find_guild(which.guild)) {
        for (const auto& one : guild->roles)
            roles.push_back(one.id);
    }
    drop_members(which.settings.lists.allowed, absent);
    drop_members(which.settings.lists.blocked, absent);
    return plan_overwrites({.guild = which.guild,
                            .bot = with.cache.self().id,
                            .held = with.cache.own_permissions(which.guild),
                            .mode = which.settings.mode,
                            .owner = absent.contains(which.owner) ? user_id() : which.owner,
                            .lists = which.settings.lists,
                            .source = from.overwrites,
                            .roles = roles});
}

bool rooms::state::is_administrator(guild_id guild, user_id user) const {
    const auto found = people.find({guild, user});
    const auto roles = found == people.end() ? std::span<const role_id>() : found->second.roles;
    return with.cache.member_permissions(guild, user, roles).has(administrator);
}

person rooms::state::person_of(guild_id guild, user_id user, channel_id source_channel) const {
    const auto found = people.find({guild, user});
    const auto roles = found == people.end() ? std::span<const role_id>() : found->second.roles;
    const bool known_source = with.cache.find_channel(source_channel) != nullptr;
    return {.user = user,
            .roles = roles,
            .administrator = is_administrator(guild, user),
            .in_source = known_source ? with.cache.member_permissions_in(source_channel, user, roles)
                                      : with.cache.member_permissions(guild, user, roles)};
}

awaitable<person_facts> rooms::state::facts_of(guild_id guild, user_id user) {
    const auto found = people.find({guild, user});
    if (found != people.end())
        co_return found->second;
    const auto member = co_await discord::get_member(with.rest, guild, user);
    person_facts facts{.name = member.display_name(), .roles = member.roles};
    const auto* voice = with.cache.find_voice_state(guild, user);
    if (voice != nullptr && is_tracked(voice->channel))
        note_person(guild, user, facts);
    co_return facts;
}

awaitable<void> rooms::state::learn_people(channel_id channel) {
    const auto* live = known.find_room(channel);
    if (live == nullptr)
        co_return;
    const auto guild = live->room.guild;
    for (const auto user : humans_in(channel)) {
        try {
            co_await facts_of(guild, user);
        } catch (const discord::rest_error& error) {
            log::warning("member not known", {{"guild", guild}, {"user", user}, {"error", error.what()}});
        }
    }
}

std::vector<user_id> rooms::state::not_admitted(const room& which) const {
    const auto from = source_of(which);
    const access to{.mode = which.settings.mode, .owner = which.owner, .lists = which.settings.lists};
    std::vector<user_id> found;
    for (const auto user : humans_in(which.channel)) {
        if (!may_enter(to, person_of(which.guild, user, from.channel)))
            found.push_back(user);
    }
    return found;
}

awaitable<std::set<user_id>> rooms::state::absent_members(room which) {
    std::set<user_id> asked;
    if (which.owner)
        asked.insert(which.owner);
    for (const auto* list : {&which.settings.lists.allowed, &which.settings.lists.blocked}) {
        for (const auto& one : *list) {
            if (one.type == discord::overwrite_type::member)
                asked.insert(user_id(one.id));
        }
    }
    std::set<user_id> absent;
    for (const auto user : asked) {
        if (with.cache.find_voice_state(which.guild, user) != nullptr)
            continue;
        try {
            co_await discord::get_member(with.rest, which.guild, user);
        } catch (const discord::rest_error& error) {
            if (error.status() != 404)
                throw;
            absent.insert(user);
        }
    }
    co_return absent;
}

// A channel that Discord has just made may not have been shown by an event yet: then it is as it was made.
awaitable<outcome<void>> rooms::state::apply_access(channel_id channel, room wanted) {
    for (int attempt = 0;; ++attempt) {
        const auto* seen = with.cache.find_channel(channel);
        const auto* parent = with.cache.find_channel(seen == nullptr ? channel_id() : seen->parent);
        auto held = with.cache.own_permissions(wanted.guild).without(manage_roles);
        if (parent != nullptr)
            held &= with.cache.own_permissions_in(parent->id);
        const auto& place = parent == nullptr ? wanted.name : parent->name;
        if (auto lacking = bot::missing_permissions(held, mode_bits, place))
            co_return std::unexpected(*std::move(lacking));
        if (seen != nullptr) {
            const auto own = with.cache.own_permissions_in(channel);
            if (auto lacking = bot::missing_permissions(own, manage_roles, seen->name))
                co_return std::unexpected(*std::move(lacking));
        }
        const auto plan = overwrites_of(wanted);
        auto overwrites = seen == nullptr ? plan.overwrites : within(plan.overwrites, seen->overwrites, held);
        bool unknown = false;
        try {
            co_await discord::modify_channel(with.rest, channel, {.overwrites = std::move(overwrites)},
                                             "voice hub");
            co_return outcome<void>();
        } catch (const discord::rest_error& error) {
            unknown = error.code() == 10009 && attempt == 0;
            if (error.code() == 10003)
                co_return std::unexpected(gone());
            if (!unknown)
                throw;
        }
        // Somebody on a list has left the guild: he stays on the list, and is met at the door.
        auto absent = co_await absent_members(wanted);
        if (auto* live = known.find_room(channel))
            live->absent = std::move(absent);
    }
}

// Someone on the blacklist got in: he was moved there, or Discord has forgotten his overwrite because he had
// left the guild, or another of his roles is allowed what the blocked one is denied.
awaitable<void> rooms::state::turn_away(channel_id channel) {
    const auto* live = known.find_room(channel);
    if (live == nullptr || live->closing || live->room.settings.lists.blocked.empty())
        co_return;
    co_await learn_people(channel);
    for (const auto user : humans_in(channel)) {
        live = known.find_room(channel);
        if (live == nullptr)
            co_return;
        const auto guild = live->room.guild;
        const auto who = person_of(guild, user, {});
        if (who.administrator || user == live->room.owner ||
            entry_of(live->room.settings.lists, user, who.roles) != list_entry::blocked)
            continue;
        co_await discord::put_overwrite(
            with.rest, channel, discord::overwrite::of(user, {}, {view_channel, connect}), "voice hub");
        const auto* voice = with.cache.find_voice_state(guild, user);
        if (voice == nullptr || voice->channel != channel)
            continue;
        try {
            co_await discord::modify_member(with.rest, guild, user, {.voice_channel = channel_id()},
                                            "voice hub: blacklist");
        } catch (const discord::rest_error& error) {
            // 40032: he has just left by himself.
            if (error.code() != 40032)
                throw;
        }
    }
}

// After a crash between Discord's answer and the row, or a change by hand.
awaitable<void> rooms::state::repair_access(channel_id channel) {
    auto* live = known.find_room(channel);
    const auto* seen = with.cache.find_channel(channel);
    if (live == nullptr || live->closing || !live->suspect || seen == nullptr || seen->obfuscated)
        co_return;
    live->suspect = false;
    if (!deviates(overwrites_of(live->room).overwrites, seen->overwrites))
        co_return;
    log::info("voice room's overwrites repaired", {{"guild", live->room.guild}, {"room", channel}});
    const auto repaired = co_await apply_access(channel, live->room);
    if (!repaired)
        log::warning("voice room's overwrites not repaired",
                     {{"room", channel}, {"why", repaired.error().code}});
}

} // namespace vagrolant::voice_hubs
