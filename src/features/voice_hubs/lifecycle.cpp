#include "base/log.hpp"
#include "discord/rest/channels.hpp"
#include "discord/rest/members.hpp"
#include "features/voice_hubs/names.hpp"
#include "features/voice_hubs/renames.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

using namespace std::chrono_literals;
using bot::say;

constexpr auto stale_pause = 1s;
constexpr auto failed_pause = 30s;
constexpr auto save_patience = 3s;

} // namespace

// Runs in the room's lane: when something is due, and after every comparison with Discord.
awaitable<void> rooms::state::look_after(channel_id channel) {
    auto* live = known.find_room(channel);
    if (live == nullptr || live->closing)
        co_return;
    if (!is_current(live->room.guild)) {
        live->not_before = now() + stale_pause;
        schedule(*live);
        co_return;
    }
    if (live->expected_until && *live->expected_until <= now()) {
        live->expected_until.reset();
        occupancy_changed(*live);
    }
    const auto settings = settings_of(live->room);
    const auto next = next_due(live->room, settings);
    const bool due_now = next && next->when <= now() && live->not_before <= now() && !live->expected_until;
    if (due_now && next->what == due::remove_empty) {
        co_await close(channel, false, "nobody is in it");
        co_return;
    }
    if (due_now && next->what == due::remove_abandoned) {
        co_await close(channel, true, "its owner has left");
        co_return;
    }
    if (due_now && next->what == due::rename)
        co_await send_rename(channel);
    if (settings.owner_leaves == owner_policy::transfer)
        co_await hand_over(channel);
    live = known.find_room(channel);
    if (live == nullptr)
        co_return;
    schedule(*live);
    co_await settle_voices(channel);
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
    try {
        co_await discord::delete_channel(with.rest, channel, "voice hub: " + reason);
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const std::exception& error) {
        code = code_of(error);
        problem = error.what();
    }
    live = known.find_room(channel);
    if (problem.empty() || code == 10003) {
        log::info("voice room deleted", {{"guild", guild}, {"room", channel}, {"why", reason}});
        if (live != nullptr)
            forget_room(channel);
        log_in_guild(guild, hub, say({.fr = "« {} » est supprimé.", .en = "\"{}\" is deleted."}, name));
        co_return;
    }
    log::warning("voice room not deleted", {{"guild", guild}, {"room", channel}, {"error", problem}});
    if (live != nullptr) {
        live->closing = false;
        live->not_before = now() + failed_pause;
        schedule(*live);
    }
}

// `owner_policy::transfer`: to whoever is inside for longest and has no room of this hub yet.
awaitable<void> rooms::state::hand_over(channel_id channel) {
    auto* live = known.find_room(channel);
    if (live == nullptr || live->closing || !live->room.owner || !live->room.owner_left_at)
        co_return;
    const auto owner = live->room.owner;
    const auto left_at = live->room.owner_left_at;
    const auto inside = humans_in(channel);
    if (std::ranges::find(inside, owner) != inside.end())
        co_return;
    for (const auto candidate : inside) {
        auto wanted = live->room;
        wanted.owner = candidate;
        if (known.room_of(wanted.hub, candidate) != nullptr)
            continue;
        const auto applied = co_await apply_access(channel, wanted);
        live = known.find_room(channel);
        if (live == nullptr || !applied || !known.set_owner(*live, candidate))
            co_return;
        live->room.owner_left_at.reset();
        if (!live->room.former_owner) {
            live->room.former_owner = owner;
            live->room.former_owner_left_at = left_at;
        }
        log::info("voice room handed over",
                  {{"guild", live->room.guild}, {"room", channel}, {"owner", candidate}});
        save(*live);
        schedule(*live);
        refresh_panel(channel);
        log_in_guild(live->room.guild, live->room.hub,
                     say({.fr = "« {} » appartient maintenant à <@{}>.", .en = "\"{}\" is now <@{}>'s."},
                         live->room.name, candidate.value()));
        co_await settle_voices(channel);
        co_return;
    }
}

// The one who was away is back in time.
awaitable<void> rooms::state::give_back(channel_id channel, user_id owner) {
    auto* live = known.find_room(channel);
    if (live == nullptr || live->closing ||
        !has_right_of_return(live->room, settings_of(live->room), owner, now()) ||
        known.room_of(live->room.hub, owner) != nullptr)
        co_return;
    auto wanted = live->room;
    wanted.owner = owner;
    const auto applied = co_await apply_access(channel, wanted);
    live = known.find_room(channel);
    if (live == nullptr || !applied || !known.set_owner(*live, owner))
        co_return;
    live->room.former_owner = {};
    live->room.former_owner_left_at.reset();
    live->room.owner_left_at.reset();
    save(*live);
    schedule(*live);
    refresh_panel(channel);
    co_await settle_voices(channel);
}

// The name that waits, or that the template gives now. Discord's limit counts for both.
awaitable<void> rooms::state::send_rename(channel_id channel) {
    auto* live = known.find_room(channel);
    if (live == nullptr || live->closing || !live->room.rename || live->room.rename->applies_at > now())
        co_return;
    const auto name = live->room.rename->name;
    std::optional<time_point> later;
    bool refused_for_good = false;
    std::string problem;
    if (name != live->room.name) {
        try {
            co_await discord::modify_channel(with.rest, channel, {.name = name}, "voice hub");
        } catch (const boost::system::system_error&) {
            throw; // cancelled
        } catch (const discord::rate_limited& limit) {
            later = now() + std::chrono::ceil<std::chrono::seconds>(limit.retry_after());
        } catch (const discord::rest_error& error) {
            refused_for_good = error.status() < 500;
            later = now() + failed_pause;
            problem = error.what();
        } catch (const std::exception& error) {
            later = now() + failed_pause;
            problem = error.what();
        }
        live = known.find_room(channel);
        if (live == nullptr)
            co_return;
    }
    if (!problem.empty()) {
        log::warning("voice room not renamed",
                     {{"guild", live->room.guild}, {"room", channel}, {"error", problem}});
    }
    const bool still_wanted = live->room.rename && live->room.rename->name == name;
    if (!later) {
        if (name != live->room.name)
            note_rename(live->room.renamed_at, now());
        live->room.name = name;
        if (still_wanted)
            live->room.rename.reset();
        else if (live->room.rename)
            live->room.rename->applies_at = next_rename(live->room.renamed_at, now());
    } else if (refused_for_good && still_wanted) {
        live->room.rename.reset();
    } else if (live->room.rename) {
        live->room.rename->applies_at = *later;
    }
    save(*live);
    schedule(*live);
    refresh_panel(channel);
}

// Names with {count} follow who is in, as far as Discord's limit lets them.
void rooms::state::follow_template(live_room& which) {
    const auto* hub = known.find_hub(which.room.hub);
    if (hub == nullptr || !which.room.settings.name.empty() || !which.room.owner ||
        !follows_count(hub->settings.name_template))
        return;
    const auto inside = humans_in(which.room.channel);
    const auto owner = people.find({which.room.guild, which.room.owner});
    if (inside.empty() || owner == people.end())
        return;
    auto name = name_from(hub->settings.name_template, {.member = owner->second.name,
                                                        .count = static_cast<int>(inside.size()),
                                                        .game = {},
                                                        .number = which.room.number});
    if (which.room.rename) {
        which.room.rename->name = std::move(name);
    } else if (name != which.room.name) {
        which.room.rename =
            pending_rename{.name = std::move(name), .applies_at = next_rename(which.room.renamed_at, now())};
    }
}

void rooms::state::forget_room(channel_id channel) {
    auto* live = known.find_room(channel);
    if (live == nullptr)
        return;
    if (live->due)
        errands.erase({*live->due, errand(channel)});
    with.tasks.spawn("voice room", delete_row(live->row));
    known.erase_room(channel);
}

void rooms::state::refresh_panel(channel_id channel) {
    const auto* live = known.find_room(channel);
    if (panel != nullptr && live != nullptr && live->room.panel)
        with.tasks.spawn("voice panel", panel->refresh(channel));
}

// One write at a time, always of the latest state; changes meanwhile lead to one more.
void rooms::state::save(live_room& which) {
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
    for (std::chrono::milliseconds pause = 250ms;;
         pause = std::min<std::chrono::milliseconds>(pause * 2, 30s)) {
        std::string problem;
        try {
            co_await rows.delete_room(row);
            co_return;
        } catch (const boost::system::system_error&) {
            throw; // cancelled
        } catch (const std::exception& error) {
            problem = error.what();
        }
        log::warning("voice room's row not deleted", {{"row", row}, {"error", problem}});
        co_await sleep_for(pause);
    }
}

} // namespace vagrolant::voice_hubs
