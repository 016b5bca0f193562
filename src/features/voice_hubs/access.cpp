#include "base/log.hpp"
#include "bot/permissions.hpp"
#include "discord/rest/channels.hpp"
#include "discord/rest/error_codes.hpp"
#include "discord/rest/members.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace vagrolant::voice_hubs {

namespace {

using namespace std::chrono_literals;
using enum discord::permission;

constexpr int repairs_per_minute = 4;

void drop_members(std::vector<subject>& list, const std::set<user_id>& absent) {
    std::erase_if(list, [&absent](const subject& one) {
        return one.type == discord::overwrite_type::member && absent.contains(user_id(one.id));
    });
}

} // namespace

bool rooms::state::occupied(channel_id channel) const {
    return !people_in(channel).empty();
}

bool rooms::state::is_inside(channel_id channel, user_id user) const {
    const auto inside = humans_in(channel);
    return std::ranges::find(inside, user) != inside.end();
}

awaitable<void> rooms::state::disconnect(guild_id guild, user_id user, channel_id from, std::string reason) {
    co_await discord::modify_member(with.rest, guild, user, {.voice_channel = channel_id()},
                                    std::move(reason), [this, guild, user, from] {
                                        const auto* voice = with.cache.find_voice_state(guild, user);
                                        return voice != nullptr && voice->channel == from;
                                    });
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
    return from == nullptr ? which.last_settings.value_or(hub_settings()) : from->settings;
}

// (Discord Docs/Guild "Premium Tier")
int rooms::state::max_bitrate(guild_id guild) const {
    constexpr std::array by_tier{96'000, 128'000, 256'000, 384'000};
    const auto* from = with.cache.find_guild(guild);
    return by_tier[static_cast<std::size_t>(from == nullptr ? 0 : std::clamp(from->premium_tier, 0, 3))];
}

channel_id rooms::state::source_channel(const room& which) const {
    const auto* hub = known.find_hub(which.hub);
    if (hub == nullptr)
        return {};
    const auto& settings = hub->settings;
    switch (settings.permissions_from) {
    case permission_source::hub:
        break;
    case permission_source::template_channel:
        // Of a template that is gone a new room knows nothing: it follows the hub.
        if (with.cache.find_channel(settings.template_channel) == nullptr && !which.source)
            break;
        return settings.template_channel;
    case permission_source::category:
        if (const auto* own = with.cache.find_channel(which.channel))
            return own->parent;
        if (settings.category)
            return settings.category;
        const auto* channel = with.cache.find_channel(which.hub);
        return channel == nullptr ? channel_id() : channel->parent;
    }
    return which.hub;
}

rooms::state::source rooms::state::shown_source(const room& which) const {
    const auto* hub = known.find_hub(which.hub);
    if (hub == nullptr)
        return std::nullopt;
    const auto from = source_channel(which);
    const auto* channel = with.cache.find_channel(from);
    // Outside of categories there is nothing to take over.
    const bool outside = !from && with.cache.find_channel(which.hub) != nullptr;
    if (outside && hub->settings.permissions_from == permission_source::category)
        return std::vector<discord::overwrite>();
    if (channel == nullptr || channel->obfuscated)
        return std::nullopt;
    return channel->overwrites;
}

// What Discord no longer shows is as it was: a room must not open because its hub is hidden or gone.
rooms::state::source rooms::state::source_of(const room& which) const {
    auto shown = shown_source(which);
    if (shown)
        return shown;
    return which.source;
}

bot::refusal source_unknown() {
    return refuse("source_unknown",
                  localized{.fr =
                                "Le bot ne voit pas le salon d'où viennent les permissions de ce salon : un "
                                "administrateur doit le lui rendre visible (/hub doctor dit lequel).",
                            .en = "The bot cannot see the channel that this room takes its permissions from: "
                                  "an administrator has to show it to the bot (/hub doctor says which)."});
}

overwrite_plan rooms::state::overwrites_of(room which) const {
    const auto* live = known.find_room(which.channel);
    return overwrites_of(std::move(which), live == nullptr ? std::set<user_id>() : live->absent);
}

overwrite_plan rooms::state::overwrites_of(room which, const std::set<user_id>& absent) const {
    const auto from = source_of(which).value_or(std::vector<discord::overwrite>());
    std::vector<role_id> roles;
    if (const auto* guild = with.cache.find_guild(which.guild)) {
        for (const auto& one : guild->roles)
            roles.push_back(one.id);
    }
    drop_members(which.settings.lists.allowed, absent);
    drop_members(which.settings.lists.blocked, absent);
    if (const auto* live = known.find_room(which.channel)) {
        for (const auto user : live->shut_out)
            which.settings.lists.blocked.push_back(subject::of(user));
    }
    return plan_overwrites(
        {.guild = which.guild,
         .bot = with.cache.self().id,
         .held = with.cache.own_permissions(which.guild),
         .mode = which.settings.mode,
         .owner = absent.contains(which.owner) ? user_id() : which.owner,
         .former_owner = absent.contains(which.former_owner) ? user_id() : which.former_owner,
         .lists = which.settings.lists,
         .source = from,
         .roles = roles});
}

bool rooms::state::is_administrator(guild_id guild, user_id user) const {
    const auto found = people.find({guild, user});
    const auto roles = found == people.end() ? std::span<const role_id>() : found->second.roles;
    return with.cache.member_permissions(guild, user, roles).has(administrator);
}

person rooms::state::person_of(guild_id guild, user_id user, std::span<const role_id> roles,
                               const source& from) const {
    const auto base = with.cache.member_permissions(guild, user, roles);
    // Where the source is not known, mode and lists alone decide.
    const auto in_source =
        from ? discord::compute_in_channel(base, {.user = user, .roles = roles}, guild, *from, true)
             : permissions::all();
    return {.user = user, .roles = roles, .administrator = base.has(administrator), .in_source = in_source};
}

person rooms::state::person_of(guild_id guild, user_id user, const source& from) const {
    const auto found = people.find({guild, user});
    const auto roles = found == people.end() ? std::span<const role_id>() : found->second.roles;
    return person_of(guild, user, roles, from);
}

awaitable<person_facts> rooms::state::facts_of(guild_id guild, user_id user) {
    const auto found = people.find({guild, user});
    if (found != people.end())
        co_return found->second;
    const auto member = co_await discord::get_member(with.rest, guild, user);
    person_facts facts{.name = member.display_name(), .roles = member.roles};
    const auto* voice = with.cache.find_voice_state(guild, user);
    if (voice != nullptr && known.is_tracked(voice->channel))
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
    const auto to = access::to(which);
    const auto* live = known.find_room(which.channel);
    std::vector<user_id> found;
    for (const auto user : humans_in(which.channel)) {
        const bool is_leaving = live != nullptr && live->leaving.contains(user);
        if (!is_leaving && !may_enter(to, person_of(which.guild, user, from)))
            found.push_back(user);
    }
    return found;
}

awaitable<std::set<user_id>> rooms::state::absent_members(room which) {
    std::set<user_id> asked;
    for (const auto one : {which.owner, which.former_owner}) {
        if (one)
            asked.insert(one);
    }
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
    if (!source_of(wanted))
        co_return std::unexpected(source_unknown());
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
        auto overwrites = seen == nullptr
                              ? plan.overwrites
                              : within(plan.overwrites, seen->overwrites, held, with.cache.self().id);
        if (auto* live = known.find_room(channel)) {
            auto after = as_made(live->room);
            after.overwrites = overwrites;
            about_to_change(*live, std::move(after));
        }
        bool unknown = false;
        try {
            co_await discord::modify_channel(with.rest, channel, {.overwrites = std::move(overwrites)},
                                             "voice hub");
            co_return outcome<void>();
        } catch (const discord::rest_error& error) {
            unknown = error.code() == discord::json_error::unknown_permission_overwrite && attempt == 0;
            if (error.code() == unknown_channel)
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

// Whoever came in may have been moved there. Or Discord has forgotten his overwrite, as he had left the
// guild, and the event was lost: then the cache is no help.
awaitable<void> rooms::state::look_at_overwrites(channel_id channel) {
    auto* live = known.find_room(channel);
    if (live == nullptr || live->closing || !std::exchange(live->doubtful, false))
        co_return;
    const auto told = co_await discord::get_channel(with.rest, channel);
    live = known.find_room(channel);
    if (live == nullptr || !source_of(live->room) ||
        !deviates(overwrites_of(live->room).overwrites, told.overwrites) ||
        repair_gate.enter(channel, repairs_per_minute, now()))
        co_return;
    co_await put_right(channel);
}

// After a crash between Discord's answer and the row, or a change by hand.
awaitable<void> rooms::state::repair_access(channel_id channel) {
    auto* live = known.find_room(channel);
    const auto* seen = with.cache.find_channel(channel);
    if (live == nullptr || live->closing || !live->suspect || seen == nullptr || seen->obfuscated)
        co_return;
    co_await review_shut_out(channel);
    live = known.find_room(channel);
    seen = with.cache.find_channel(channel);
    if (live == nullptr || seen == nullptr || seen->obfuscated)
        co_return;
    live->suspect = false;
    const auto shown = shown_now(*seen);
    take_over(*live, shown);
    if (auto source = shown_source(live->room); source && source != live->room.source)
        save(*live);
    if (!source_of(live->room) || !deviates(overwrites_of(live->room).overwrites, shown.overwrites))
        co_return;
    if (const auto until = news_until(*live); until && overwrites_are_late(shown, live->own_changes)) {
        live->suspect = true;
        at(*until, channel);
        co_return;
    }
    // Somebody else may see to it that they are otherwise, again and again.
    if (const auto later = repair_gate.enter(channel, repairs_per_minute, now())) {
        live->suspect = true;
        at(*later, channel);
        co_return;
    }
    co_await put_right(channel);
}

awaitable<void> rooms::state::put_right(channel_id channel) {
    const auto which = known.find_room(channel)->room;
    log::info("voice room's overwrites repaired", {{"guild", which.guild}, {"room", channel}});
    const auto repaired = co_await apply_access(channel, which);
    if (!repaired)
        log::warning("voice room's overwrites not repaired",
                     {{"room", channel}, {"why", repaired.error().code}});
}

} // namespace vagrolant::voice_hubs
