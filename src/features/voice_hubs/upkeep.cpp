#include "base/log.hpp"
#include "base/scope_exit.hpp"
#include "features/voice_hubs/state.hpp"

#include <boost/asio/cancellation_state.hpp>

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

using namespace std::chrono_literals;

// Guilds at a time: a start with many of them must not fill the global limit with clearing up.
constexpr int reconciled_at_once = 4;

} // namespace

time_point rooms::state::now() const {
    return wall_time();
}

bool rooms::state::is_current(guild_id guild) const {
    return voice_hubs::is_current(with, guild);
}

void rooms::state::at(time_point when, errand what) {
    const bool first = errands.empty() || when < errands.begin()->first;
    errands.emplace(when, what);
    if (first)
        changed.notify_all();
}

void rooms::state::schedule(live_room& which) {
    auto next = next_due(which.room, settings_of(which.room));
    if (which.due)
        errands.erase({*which.due, errand(which.room.channel)});
    which.due.reset();
    // Whoever waits for it is served, or leaves the hub, and either has it looked at.
    if (!next || (is_ending(next->what) && is_awaited(which.room)))
        return;
    which.due = std::max({next->when, which.not_before, which.expected_until.value_or(next->when)});
    at(*which.due, which.room.channel);
}

awaitable<void> rooms::state::run() {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await load();
    auto next_sweep = now() + with.config.voice_sweep;
    for (;;) {
        do_errands();
        if (now() >= next_sweep) {
            next_sweep = now() + with.config.voice_sweep;
            for (const auto guild : known.guilds())
                to_reconcile.insert(guild);
            whereabouts.sweep();
            sweep();
        }
        start_reconciling();
        const auto wake = errands.empty() ? next_sweep : std::min(next_sweep, errands.begin()->first);
        const auto pause = std::max<std::chrono::milliseconds>(wake - now(), 1ms);
        co_await changed.wait_for(pause);
    }
}

// What nothing needs any more.
void rooms::state::sweep() {
    member_gate.sweep(now());
    guild_gate.sweep(now());
    repair_gate.sweep(now());
    std::erase_if(breakers, [this](const auto& one) { return one.second.idle(now()); });
    std::erase_if(knocks, [this](const auto& one) {
        const auto& [asked, again] = one.second;
        return again <= now() && (!asked || *asked + knock_life <= now());
    });
    notices.sweep();
    silences.sweep();
    forget_people();
    const auto is_foreign = [this](const auto& one) { return with.cache.find_guild(one.first) == nullptr; };
    std::erase_if(languages, is_foreign);
    std::erase_if(guild_retries, is_foreign);
}

void rooms::state::forget_people() {
    std::erase_if(people, [this](const auto& one) {
        const auto* voice = with.cache.find_voice_state(one.first.guild, one.first.user);
        return voice == nullptr || !known.is_tracked(voice->channel);
    });
}

// Events that come before are not lost: what they lead to is found by comparing with the cache.
awaitable<void> rooms::state::load() {
    stored_state stored;
    co_await insist("voice hubs cannot be read",
                    [this, &stored]() -> awaitable<void> { stored = co_await rows.load(); });
    for (auto& one : stored.hubs)
        known.put_hub(std::move(one));
    for (auto& one : stored.rooms) {
        if (one.room.channel) {
            // What is due for it waits for the first comparison with Discord.
            known.put_room(one.row, std::move(one.room));
            continue;
        }
        const auto row = one.row;
        const auto created = one.room.created;
        known.take_number(one.room.hub, one.room.number);
        known.put_intent({.row = row, .room = std::move(one.room), .give_up_at = created + lost_patience});
        if (one.given_up)
            known.give_up(row, created + late_patience + clock_skew);
    }
    silences.load(stored.silences);
    loaded = true;
    changed.notify_all();
    forget_people();
    for (const auto guild : known.guilds())
        to_reconcile.insert(guild);
    log::info("voice hubs known", {{"hubs", stored.hubs.size()}, {"rooms", known.room_count()}});
}

void rooms::state::do_errands() {
    while (!errands.empty() && errands.begin()->first <= now()) {
        const auto what = errands.begin()->second;
        errands.erase(errands.begin());
        if (const auto* channel = std::get_if<channel_id>(&what)) {
            auto* which = known.find_room(*channel);
            if (which == nullptr)
                continue;
            which->due.reset();
            tend(*which);
        } else if (const auto* member = std::get_if<member_key>(&what)) {
            arrived(member->guild, member->user);
        } else if (const auto* voice = std::get_if<voice_errand>(&what)) {
            silences.settle(voice->who);
        } else {
            to_reconcile.insert(std::get<guild_id>(what));
        }
    }
}

void rooms::state::start_reconciling() {
    while (!to_reconcile.empty() && reconciling < reconciled_at_once &&
           std::cmp_less(reconciling, to_reconcile.size())) {
        ++reconciling;
        with.tasks.spawn("voice hubs reconcile", reconcile_some());
    }
}

void rooms::state::reconcile_soon(guild_id guild) {
    to_reconcile.insert(guild);
    changed.notify_all();
}

awaitable<void> rooms::state::reconcile_some() {
    const scope_exit done([this] { --reconciling; });
    for (;;) {
        const auto next = std::ranges::find_if(
            to_reconcile, [this](guild_id guild) { return !being_reconciled.contains(guild); });
        if (next == to_reconcile.end())
            co_return;
        const auto guild = *next;
        to_reconcile.erase(next);
        being_reconciled.insert(guild);
        std::string problem;
        try {
            co_await reconcile(guild);
        } catch (const boost::system::system_error&) {
            throw; // cancelled
        } catch (const std::exception& error) {
            problem = error.what();
        }
        being_reconciled.erase(guild);
        if (problem.empty())
            continue;
        log::warning("voice hubs not reconciled", {{"guild", guild}, {"error", problem}});
        at(now() + guild_retries[guild].failed(now()), guild);
    }
}

reconcile_input rooms::state::look(guild_id guild) const {
    reconcile_input seen{.guild = guild,
                         .bot = with.cache.self().id,
                         .channels = {},
                         .people = {},
                         .hubs = {},
                         .rooms = {},
                         .intents = known.intents_of(guild),
                         .now = now()};
    const auto* from = with.cache.find_guild(guild);
    if (from != nullptr) {
        for (const auto id : from->channels) {
            const auto* one = with.cache.find_channel(id);
            seen.channels.push_back({.id = id,
                                     .parent = one->parent,
                                     .voice = one->type == discord::channel_type::voice,
                                     .obfuscated = one->obfuscated,
                                     .name = one->name,
                                     .overwrites = one->overwrites});
        }
        for (const auto& one : from->voice_states)
            seen.people.push_back(
                {.user = one.user, .channel = one.channel, .bot = one.bot, .muted = one.mute});
    }
    for (const auto id : known.hubs_of(guild))
        seen.hubs.push_back(*known.find_hub(id));
    for (const auto id : known.rooms_of(guild))
        seen.rooms.push_back(*known.find_room(id));
    return seen;
}

awaitable<void> rooms::state::reconcile(guild_id guild) {
    if (!is_current(guild)) {
        // Guilds of other processes never are, unavailable ones come back with an event.
        const auto* kept = with.cache.find_guild(guild);
        if (kept != nullptr && !kept->unavailable)
            at(now() + 1s, guild);
        co_return;
    }
    co_await learn_language(guild);
    const auto steps = co_await plan(guild);
    std::string what;
    int cleaned = 0;
    for (const auto& step : steps) {
        using enum reconcile_step::kind;
        co_await carry_out(guild, step);
        if (step.what == serve || step.what == occupied || step.what == owner_back)
            continue;
        what += (cleaned++ == 0 ? "" : ", ") + describe(step);
    }
    if (cleaned > 0)
        log::info("Cleanup orphelins", {{"guild", guild}, {"steps", cleaned}, {"what", what}});
    silences.settle_all(guild);
    for (const auto id : known.rooms_of(guild)) {
        auto* which = known.find_room(id);
        which->suspect = true;
        which->leaving.clear();
        if (!news_until(*which))
            which->own_changes.clear();
        tend(*which);
    }
    for (const auto id : known.rooms_of(guild)) {
        auto* which = known.find_room(id);
        if (which->closing || !occupied(id))
            continue;
        follow_template(*which);
        schedule(*which);
        if (panel != nullptr && !which->room.panel)
            with.tasks.spawn("voice panel", panel->post(id));
    }
    for (const auto& one : known.intents_of(guild))
        at(std::max(one.give_up_at, now() + 1s), guild);
}

// The row learns its channel. With nobody inside and nobody waiting for it, the room goes as any empty one.
void rooms::state::adopt(guild_id guild, std::int64_t row, channel_id channel) {
    const auto* left = known.find_intent(row);
    if (left == nullptr || left->under_way || known.find_room(channel) != nullptr)
        return;
    auto room = left->room;
    const bool late = left->given_up;
    room.channel = channel;
    known.erase_intent(row);
    if (late) {
        // Its owner may have another room by now, and its number too.
        if (known.is_provided(room.hub, room.owner))
            room.owner = {};
        if (!known.take_number(room.hub, room.number))
            room.number = known.take_number(room.hub);
    }
    auto& adopted = known.put_room(row, std::move(room));
    const auto owner = adopted.room.owner;
    const auto* waiting = waiting_in(guild, owner);
    if (waiting != nullptr && waiting->channel == adopted.room.hub) {
        adopted.room.empty_since = now();
        adopted.expected_until = now() + arrival_patience;
        static_cast<void>(
            member_lane.push({guild, owner}, [this, channel, owner] { return welcome(channel, owner); }));
    } else if (owner && !is_inside(channel, owner)) {
        adopted.room.owner_left_at = now();
    }
    save(adopted);
    occupancy_changed(adopted);
}

// The world may have changed since the step was planned.
awaitable<void> rooms::state::carry_out(guild_id guild, reconcile_step step) {
    using enum reconcile_step::kind;
    auto* live = known.find_room(step.channel);
    switch (step.what) {
    case forget_hub:
    case forget_room:
        channel_gone(guild, step.channel);
        break;
    case forget_intent:
        co_await give_up(step.row);
        break;
    case delete_orphan:
    case adopt_orphan:
        adopt(guild, step.row, step.channel);
        break;
    case empty:
    case occupied:
        if (live != nullptr)
            occupancy_changed(*live);
        break;
    case owner_away:
        if (live != nullptr && live->room.owner == step.user && !is_inside(step.channel, step.user))
            owner_went(*live);
        break;
    case owner_back:
        if (live != nullptr && live->room.owner == step.user && is_inside(step.channel, step.user))
            owner_came(*live);
        break;
    case serve:
        arrived(guild, step.user);
        break;
    }
}

} // namespace vagrolant::voice_hubs
