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
constexpr auto deletion_patience = 2s;
constexpr auto save_patience = 3s;

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
    try {
        co_await converge(channel);
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (problem.empty())
        co_return;
    log::warning("voice room not as it should be", {{"room", channel}, {"error", problem}});
    at(now() + failed_pause, channel);
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
            live->not_before = now() + failed_pause;
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
        if (next->what == due::remove_empty) {
            co_await close(channel, false, "nobody is in it");
            co_return;
        }
        if (next->what == due::remove_abandoned) {
            co_await close(channel, true, "its owner has left");
            co_return;
        }
        co_await send_rename(channel);
    }
    co_await give_back(channel);
    co_await hand_over(channel);
    co_await repair_access(channel);
    co_await turn_away(channel);
    co_await settle_voices(channel);
    live = known.find_room(channel);
    if (live != nullptr)
        schedule(*live);
}

awaitable<void> rooms::state::close(channel_id channel, bool even_if_occupied, std::string reason) {
    auto* live = known.find_room(channel);
    if (live == nullptr || live->closing)
        co_return;
    if (!even_if_occupied && (occupied(channel) || !is_current(live->room.guild))) {
        occupancy_changed(*live);
        co_return;
    }
    const auto guild = live->room.guild;
    const auto hub = live->room.hub;
    const auto name = live->room.name;
    live->closing = true;
    int code = 0;
    std::string problem;
    bool late = false;
    try {
        // Should it have to wait, somebody may have come in meanwhile: then it is thought over.
        co_await with_deadline("voice room deletion", deletion_patience,
                               discord::delete_channel(with.rest, channel, "voice hub: " + reason));
    } catch (const deadline_exceeded& error) {
        late = true;
        problem = error.what();
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const std::exception& error) {
        code = code_of(error);
        problem = error.what();
    }
    live = known.find_room(channel);
    if (problem.empty() || code == unknown_channel) {
        // Its creation may have been learnt after its deletion was told.
        if (code == unknown_channel)
            with.cache.learn_gone(channel);
        log::info("voice room deleted", {{"guild", guild}, {"room", channel}, {"why", reason}});
        if (live != nullptr)
            forget_room(channel);
        log_in_guild(guild, hub, say({.fr = "« {} » est supprimé.", .en = "\"{}\" is deleted."}, name));
        co_return;
    }
    log::warning("voice room not deleted", {{"guild", guild}, {"room", channel}, {"error", problem}});
    if (live != nullptr) {
        live->closing = false;
        live->not_before = now() + (late ? stale_pause : failed_pause);
        schedule(*live);
    }
}

// `owner_policy::transfer`: to whoever is inside for longest and has no room of this hub yet.
awaitable<void> rooms::state::hand_over(channel_id channel) {
    auto* live = known.find_room(channel);
    if (live == nullptr || live->closing || !live->room.owner || !live->room.owner_left_at ||
        settings_of(live->room).owner_leaves != owner_policy::transfer)
        co_return;
    const auto former = live->room.owner;
    const auto left_at = live->room.owner_left_at;
    for (const auto candidate : humans_in(channel)) {
        if (candidate == former)
            co_return;
        if (known.is_provided(live->room.hub, candidate))
            continue;
        const auto done = co_await make_owner(channel, candidate);
        live = known.find_room(channel);
        if (!done || live == nullptr)
            co_return;
        if (!live->room.former_owner) {
            live->room.former_owner = former;
            live->room.former_owner_left_at = left_at;
        }
        save(*live);
        co_return;
    }
}

// The one who was away is back in time.
awaitable<void> rooms::state::give_back(channel_id channel) {
    auto* live = known.find_room(channel);
    if (live == nullptr || live->closing || !live->room.former_owner)
        co_return;
    const auto former = live->room.former_owner;
    const auto inside = humans_in(channel);
    if (!has_right_of_return(live->room, settings_of(live->room), former, now()) ||
        std::ranges::find(inside, former) == inside.end() || known.is_provided(live->room.hub, former))
        co_return;
    const auto done = co_await make_owner(channel, former);
    live = known.find_room(channel);
    if (!done || live == nullptr)
        co_return;
    live->room.former_owner = {};
    live->room.former_owner_left_at.reset();
    save(*live);
}

awaitable<outcome<void>> rooms::state::make_owner(channel_id channel, user_id to) {
    auto* live = known.find_room(channel);
    if (live == nullptr || live->closing)
        co_return std::unexpected(gone());
    auto wanted = live->room;
    wanted.owner = to;
    auto applied = co_await apply_access(channel, std::move(wanted));
    if (!applied)
        co_return applied;
    live = known.find_room(channel);
    if (live == nullptr)
        co_return std::unexpected(gone());
    if (!known.set_owner(*live, to)) {
        // He has got a room of his own meanwhile: the overwrites are as they were again soon.
        live->suspect = true;
        at(now(), channel);
        co_return std::unexpected(has_a_room(to));
    }
    auto& room = live->room;
    room.owner_left_at.reset();
    // What the new owner was on the lists no longer matters.
    for (auto* list : {&room.settings.lists.allowed, &room.settings.lists.blocked})
        std::erase(*list, subject::of(to));
    log::info("voice room has a new owner", {{"guild", room.guild}, {"room", channel}, {"owner", to}});
    log_in_guild(room.guild, room.hub,
                 say({.fr = "« {} » appartient maintenant à <@{}>.", .en = "\"{}\" is now <@{}>'s."},
                     room.name, to.value()));
    save(*live);
    schedule(*live);
    refresh_panel(channel);
    // He may have gone meanwhile.
    const auto inside = humans_in(channel);
    if (std::ranges::find(inside, to) == inside.end())
        owner_went(*live);
    co_await settle_voices(channel);
    co_return outcome<void>();
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
    rows_leaving[row] = {.hub = was.hub, .owner = was.owner};
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

// One write at a time, always of the latest state; changes meanwhile lead to one more.
void rooms::state::save(live_room& which) {
    if (auto shown = shown_source(which.room))
        which.room.source = std::move(shown);
    which.unsaved = true;
    if (which.saving)
        return;
    which.saving = true;
    with.tasks.spawn("voice room", write(which.room.channel));
}

awaitable<void> rooms::state::write(channel_id channel) {
    for (std::chrono::milliseconds pause = 250ms;;) {
        auto* live = known.find_room(channel);
        if (live == nullptr || !live->unsaved) {
            if (live != nullptr)
                live->saving = false;
            saved.notify_all();
            co_return;
        }
        live->unsaved = false;
        stored_room copy{.row = live->row, .room = live->room};
        std::string problem;
        try {
            co_await rows.save_room(std::move(copy));
        } catch (const boost::system::system_error&) {
            throw; // cancelled
        } catch (const std::exception& error) {
            problem = error.what();
        }
        if (problem.empty()) {
            pause = 250ms;
            continue;
        }
        live = known.find_room(channel);
        if (live != nullptr)
            live->unsaved = true;
        log::warning("voice room not saved", {{"room", channel}, {"error", problem}});
        co_await sleep_for(pause);
        pause = std::min<std::chrono::milliseconds>(pause * 2, 30s);
    }
}

awaitable<void> rooms::state::until_saved(channel_id channel) {
    const auto give_up_at = now() + save_patience;
    for (;;) {
        const auto* live = known.find_room(channel);
        if (live == nullptr || !live->saving || now() >= give_up_at)
            co_return;
        co_await saved.wait_for(give_up_at - now());
    }
}

awaitable<void> rooms::state::delete_row(std::int64_t row) {
    co_await insist("voice room's row not deleted", [this, row] { return rows.delete_room(row); });
}

awaitable<void> rooms::state::leave(std::int64_t row, room was) {
    co_await delete_row(row);
    rows_leaving.erase(row);
    known.give_back_number(was.hub, was.number);
    saved.notify_all();
    serve_next(was.hub);
}

awaitable<void> rooms::state::insist(std::string what, std::function<awaitable<void>()> write) {
    for (std::chrono::milliseconds pause = 250ms;;
         pause = std::min<std::chrono::milliseconds>(pause * 2, 30s)) {
        std::string problem;
        try {
            co_await write();
            co_return;
        } catch (const boost::system::system_error&) {
            throw; // cancelled
        } catch (const std::exception& error) {
            problem = error.what();
        }
        log::warning(what, {{"error", problem}});
        co_await sleep_for(pause);
    }
}

} // namespace vagrolant::voice_hubs
