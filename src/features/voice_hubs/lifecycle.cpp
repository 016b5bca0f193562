#include "async/deadline.hpp"
#include "base/log.hpp"
#include "discord/rest/channels.hpp"
#include "discord/rest/members.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

using namespace std::chrono_literals;
using bot::say;

constexpr auto stale_pause = 1s;
constexpr auto failed_pause = 5s;

} // namespace

void rooms::state::tend(live_room& which) {
    if (which.tended)
        return;
    // Before the push: in an idle lane the work begins at once, and may even delete the room.
    which.tended = true;
    const auto channel = which.room.channel;
    const bool taken = room_lane.push(channel, [this, channel] { return look_after(channel); });
    if (taken)
        return;
    which.tended = false;
    at(now() + failed_pause, channel);
}

awaitable<void> rooms::state::look_after(channel_id channel) {
    auto* live = known.find_room(channel);
    if (live == nullptr)
        co_return;
    live->tended = false;
    if (live->closing)
        co_return;
    if (!is_current(live->room.guild)) {
        // An event tells when Discord shows the guild again.
        const auto* guild = with.cache.find_guild(live->room.guild);
        if (guild == nullptr || guild->unavailable)
            co_return;
        live->not_before = now() + stale_pause;
        schedule(*live);
        at(now() + stale_pause, channel);
        co_return;
    }
    std::string problem;
    bool forbidden = false;
    try {
        co_await converge(channel);
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const discord::rest_error& error) {
        problem = error.what();
        forbidden = error.status() == 401 || error.status() == 403;
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (problem.empty())
        co_return;
    log::warning("voice room not as it should be", {{"room", channel}, {"error", problem}});
    live = known.find_room(channel);
    // What is forbidden is tried again when all rooms are looked at.
    if (live != nullptr && !forbidden)
        at(now() + live->retries.failed(now()), channel);
}

awaitable<void> rooms::state::converge(channel_id channel) {
    auto* live = known.find_room(channel);
    if (live->expected_until.value_or(now()) <= now()) {
        // No event has shown where he is whom Discord was asked to move: it may have been lost.
        const bool told = co_await learn_arrival(channel);
        live = known.find_room(channel);
        if (live == nullptr)
            co_return;
        if (!told) {
            live->not_before = now() + live->retries.failed(now());
            at(live->not_before, channel);
            co_return;
        }
    }
    if (live->expected_until && *live->expected_until <= now()) {
        live->expected_until.reset();
        occupancy_changed(*live);
        if (live->room.owner && !live->room.owner_left_at && !is_inside(channel, live->room.owner))
            owner_went(*live);
    }
    const auto next = next_due(live->room, settings_of(live->room));
    if (next && next->when <= now() && live->not_before <= now() && !live->expected_until) {
        if (is_ending(next->what) && !is_awaited(live->room)) {
            co_await close(channel, next->what == due::remove_empty ? ending::empty : ending::abandoned);
            co_return;
        }
        if (next->what == due::end_return)
            end_return(*live);
        else if (next->what == due::rename)
            co_await send_rename(channel);
    }
    co_await give_back(channel);
    co_await hand_over(channel);
    co_await repair_access(channel);
    co_await turn_away(channel);
    co_await settle_voices(channel);
    co_await look_at_overwrites(channel);
    live = known.find_room(channel);
    if (live != nullptr)
        schedule(*live);
}

// Where Discord does not let him be moved into it, he is better off with another one.
bool rooms::state::is_awaited(const room& which) const {
    if (!which.owner || !waits_in(which.hub, which.guild, which.owner) ||
        obstacle_to_moves(which.guild, which.hub))
        return false;
    const auto* held = held_off(which.guild, which.hub);
    return held == nullptr || held->why.code != "missing_permissions";
}

bool rooms::state::is_over(channel_id channel, ending why) const {
    const auto* live = known.find_room(channel);
    if (live == nullptr)
        return false;
    if (why == ending::asked_for)
        return true;
    if (!is_current(live->room.guild) || is_awaited(live->room))
        return false;
    if (why == ending::empty)
        return !occupied(channel);
    return live->room.owner_left_at && !is_inside(channel, live->room.owner);
}

awaitable<void> rooms::state::close(channel_id channel, ending why) {
    auto* live = known.find_room(channel);
    if (live == nullptr || live->closing)
        co_return;
    if (!is_over(channel, why)) {
        if (is_inside(channel, live->room.owner))
            owner_came(*live);
        occupancy_changed(*live);
        co_return;
    }
    const auto* reason = why == ending::empty       ? "nobody is in it"
                         : why == ending::abandoned ? "its owner has left"
                                                    : "asked for";
    const auto guild = live->room.guild;
    const auto hub = live->room.hub;
    const auto name = live->room.name;
    if (!permits.may_do(
            guild, channel, hub, discord::permission::manage_channels,
            {.fr = "⚠️ Un salon vide n'est pas supprimé. {}", .en = "⚠️ An empty room is not deleted. {}"})) {
        live->not_before = now() + live->retries.failed(now());
        schedule(*live);
        co_return;
    }
    live->closing = true;
    int code = 0;
    std::string problem;
    bool came_in = false;
    // It may have to wait for its turn, and somebody come in meanwhile, or come back.
    discord::rest_pace pace{.priority = discord::rest_priority::background,
                            .still_wanted = [this, channel, why] { return is_over(channel, why); }};
    try {
        co_await discord::delete_channel(with.rest, channel, std::string("voice hub: ") + reason,
                                         std::move(pace));
    } catch (const discord::not_wanted&) {
        came_in = true;
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const std::exception& error) {
        code = code_of(error);
        problem = error.what();
    }
    live = known.find_room(channel);
    if (came_in) {
        if (live != nullptr) {
            live->closing = false;
            occupancy_changed(*live);
        }
        co_return;
    }
    if (problem.empty() || code == unknown_channel) {
        // Its creation may have been learnt after its deletion was told.
        if (code == unknown_channel)
            with.cache.learn_gone(channel);
        log::info("voice room deleted", {{"guild", guild}, {"room", channel}, {"why", reason}});
        if (live != nullptr)
            forget_room(channel);
        notices.log_in_guild(guild, hub,
                             say({.fr = "« {} » est supprimé.", .en = "\"{}\" is deleted."}, name));
        co_return;
    }
    log::warning("voice room not deleted", {{"guild", guild}, {"room", channel}, {"error", problem}});
    if (live != nullptr) {
        live->closing = false;
        live->not_before = now() + live->retries.failed(now());
        schedule(*live);
    }
}

void rooms::state::forget_room(channel_id channel) {
    auto* live = known.find_room(channel);
    if (live == nullptr)
        return;
    if (live->due)
        errands.erase({*live->due, errand(channel)});
    const auto row = live->row;
    auto was = live->room;
    known.erase_room(channel);
    // Nobody else gets its number, and its owner no other room, before its row is gone.
    known.take_number(was.hub, was.number);
    with.tasks.spawn("voice room", leave(row, std::move(was)));
}

// Where a hub may have so many rooms only, whoever waits for one to go has waited long enough.
void rooms::state::serve_next(channel_id hub) {
    const auto* from = known.find_hub(hub);
    const auto* guild = from == nullptr ? nullptr : with.cache.find_guild(from->guild);
    if (guild == nullptr || from->settings.max_rooms == 0)
        return;
    for (const auto& one : guild->voice_states) {
        if (one.channel == hub && !one.bot)
            at(now(), member_key{from->guild, one.user});
    }
}

void rooms::state::refresh_panel(channel_id channel) {
    const auto* live = known.find_room(channel);
    if (panel != nullptr && live != nullptr && live->room.panel)
        with.tasks.spawn("voice panel", panel->refresh(channel));
}

void rooms::state::save(live_room& which) {
    if (auto shown = shown_source(which.room))
        which.room.source = std::move(shown);
    room_rows.save(which.room.channel);
}

awaitable<void> rooms::state::leave(std::int64_t row, room was) {
    co_await room_rows.remove(row, was.hub, was.owner);
    known.give_back_number(was.hub, was.number);
    serve_next(was.hub);
}

} // namespace vagrolant::voice_hubs
