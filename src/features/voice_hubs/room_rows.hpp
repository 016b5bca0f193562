#pragma once

#include "async/event.hpp"
#include "async/serial_by_key.hpp"
#include "async/task_group.hpp"
#include "features/voice_hubs/directory.hpp"
#include "features/voice_hubs/store.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

namespace vagrolant::voice_hubs {

/// Calls `work` until the database does it, with growing pauses up to half a minute; `what` has not happened
/// meanwhile, says the log.
awaitable<void> insist(std::string what, std::function<awaitable<void>()> work);

/// The rows of rooms, written behind what happens: only whoever needs it waits for the database. Loop thread
/// only.
class room_rows {
public:
    /// All of them outlive this.
    room_rows(store& rows, directory& known, task_group& tasks);

    /// Has all of the room written in a moment: a new one is changed a few times in a row (made, come into,
    /// shown its panel).
    void save(channel_id room);
    /// Has it written at once, and waits until it is; three seconds at most.
    awaitable<void> until_saved(channel_id room);

    /// Deletes a row.
    awaitable<void> erase(std::int64_t row);
    /// Deletes the row of a room that is gone. Until then the table gives its owner no other one.
    awaitable<void> remove(std::int64_t row, channel_id hub, user_id owner);
    bool is_leaving(std::int64_t row) const { return leaving_.contains(row); }
    /// Until the member may have his next room of this hub: the row of the last one is gone, and what he
    /// chose there is remembered. Three seconds at most.
    awaitable<void> until_settled(channel_id hub, user_id owner);

    /// Has remembered for the member's next room of the hub what has changed (see `store::remember`), one
    /// change after the other, as soon as the database can be reached.
    void remember(channel_id hub, user_id who, room_settings before, room_settings after);
    /// Forgets all of it, also what is being written. Throws `db::unavailable` where that takes more than
    /// three seconds.
    awaitable<void> forget(channel_id hub, user_id who);

private:
    /// One write at a time, always of the latest state; changes meanwhile lead to one more.
    awaitable<void> write(channel_id room);

    using memory = std::multiset<std::pair<channel_id, user_id>>::iterator;
    awaitable<void> write_memory(memory which, room_settings before, room_settings after);
    /// Throws `db::unavailable`; what the database refuses is given up.
    awaitable<void> put_memory(channel_id hub, user_id who, room_settings before, room_settings after);

    struct pending {
        bool changed = false;
        /// Somebody waits for it.
        bool urgent = false;
    };
    struct gone_room {
        channel_id hub;
        user_id owner;
    };

    store& rows_;
    directory& known_;
    task_group& tasks_;
    /// Something has been written, or need not be.
    event written_;
    event hasten_;
    std::unordered_map<channel_id, pending> pending_;
    std::map<std::int64_t, gone_room> leaving_;
    std::multiset<std::pair<channel_id, user_id>> remembering_;
    serial_by_key<user_id> memory_lane_;
};

} // namespace vagrolant::voice_hubs
