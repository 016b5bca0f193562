#include "features/voice_hubs/room_rows.hpp"

#include "async/backoff.hpp"
#include "base/log.hpp"
#include "base/scope_exit.hpp"
#include "db/error.hpp"

#include <algorithm>
#include <ranges>

namespace vagrolant::voice_hubs {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds first_pause = 250ms;
constexpr std::chrono::milliseconds longest_pause = 30s;
constexpr auto settling = 250ms;
constexpr auto patience = 3s;
// Of one member, while the database is away.
constexpr std::size_t max_memories = 50;

} // namespace

awaitable<void> insist(std::string what, std::function<awaitable<void>()> work) {
    vagrolant::backoff pause(first_pause, longest_pause);
    for (;;) {
        std::string problem;
        try {
            co_await work();
            co_return;
        } catch (const boost::system::system_error&) {
            throw; // cancelled
        } catch (const std::exception& error) {
            problem = error.what();
        }
        log::warning(what, {{"error", problem}});
        co_await sleep_for(pause.next());
    }
}

room_rows::room_rows(store& rows, directory& known, task_group& tasks)
    : rows_(rows)
    , known_(known)
    , tasks_(tasks)
    , written_(tasks.executor())
    , hasten_(tasks.executor())
    , memory_lane_(tasks, "voice preferences", max_memories) {}

void room_rows::save(channel_id room) {
    const auto [entry, is_new] = pending_.try_emplace(room);
    entry->second.changed = true;
    if (is_new)
        tasks_.spawn("voice room", write(room));
}

awaitable<void> room_rows::write(channel_id room) {
    vagrolant::backoff pause(first_pause, longest_pause);
    for (;;) {
        if (known_.find_room(room) == nullptr || !pending_[room].changed)
            break;
        if (!pending_[room].urgent)
            co_await hasten_.wait_for(settling);
        const auto* live = known_.find_room(room);
        if (live == nullptr)
            break;
        pending_[room] = {};
        stored_room copy{.row = live->row, .room = live->room};
        std::string problem;
        try {
            co_await rows_.save_room(std::move(copy));
        } catch (const boost::system::system_error&) {
            throw; // cancelled
        } catch (const std::exception& error) {
            problem = error.what();
        }
        if (problem.empty()) {
            pause.reset();
            continue;
        }
        pending_[room].changed = true;
        log::warning("voice room not saved", {{"room", room}, {"error", problem}});
        co_await sleep_for(pause.next());
    }
    pending_.erase(room);
    written_.notify_all();
}

awaitable<void> room_rows::until_saved(channel_id room) {
    const auto is_saved = [this, room] {
        const auto found = pending_.find(room);
        if (found == pending_.end() || known_.find_room(room) == nullptr)
            return true;
        found->second.urgent = true;
        hasten_.notify_all();
        return false;
    };
    co_await written_.wait_until(is_saved, patience);
}

awaitable<void> room_rows::erase(std::int64_t row) {
    co_await insist("voice room's row not deleted", [this, row] { return rows_.delete_room(row); });
}

awaitable<void> room_rows::remove(std::int64_t row, channel_id hub, user_id owner) {
    leaving_[row] = {.hub = hub, .owner = owner};
    co_await erase(row);
    leaving_.erase(row);
    written_.notify_all();
}

awaitable<void> room_rows::until_settled(channel_id hub, user_id owner) {
    const auto is_his = [&](const gone_room& one) { return one.hub == hub && one.owner == owner; };
    const auto is_settled = [&] {
        return !remembering_.contains({hub, owner}) &&
               std::ranges::none_of(leaving_ | std::views::values, is_his);
    };
    co_await written_.wait_until(is_settled, patience);
}

void room_rows::remember(channel_id hub, user_id who, room_settings before, room_settings after) {
    const auto which = remembering_.emplace(hub, who);
    const bool taken =
        memory_lane_.push(who, [this, which, before = std::move(before), after = std::move(after)]() mutable {
            return write_memory(which, std::move(before), std::move(after));
        });
    if (!taken) {
        remembering_.erase(which);
        log::warning("voice room's settings not remembered", {{"hub", hub}, {"user", who}});
    }
}

awaitable<void> room_rows::write_memory(memory which, room_settings before, room_settings after) {
    const scope_exit end([this, which] {
        remembering_.erase(which);
        written_.notify_all();
    });
    const auto [hub, who] = *which;
    co_await insist("voice room's settings not remembered",
                    [&] { return put_memory(hub, who, before, after); });
}

awaitable<void> room_rows::put_memory(channel_id hub, user_id who, room_settings before,
                                      room_settings after) {
    try {
        co_await rows_.remember(hub, who, std::move(before), std::move(after));
    } catch (const db::unavailable&) {
        throw;
    } catch (const db::error& refused) {
        // It would be again.
        log::warning("voice room's settings refused", {{"hub", hub}, {"error", refused.what()}});
    }
}

awaitable<void> room_rows::forget(channel_id hub, user_id who) {
    const auto is_written = [&] { return !remembering_.contains({hub, who}); };
    if (!co_await written_.wait_until(is_written, patience))
        throw db::unavailable("settings still wait to be remembered");
    co_await rows_.forget(hub, who);
}

} // namespace vagrolant::voice_hubs
