#pragma once

#include "async/asio.hpp"
#include "db/pool.hpp"
#include "db/session.hpp"
#include "features/voice_hubs/model.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace vagrolant::voice_hubs {

/// A room and its row. `room.channel` is none while the channel is being made.
struct stored_room {
    std::int64_t row = 0;
    voice_hubs::room room;
    /// `store::give_up`.
    bool given_up = false;
};

/// Somebody who is muted because of a conference.
struct silence {
    guild_id guild;
    user_id user;
    channel_id channel;
};

struct stored_state {
    std::vector<hub> hubs;
    std::vector<stored_room> rooms;
    std::vector<silence> silences;
};

/// Why a room cannot begin: a row says otherwise (another process, or a time before this one).
enum class begin_conflict : std::uint8_t { owner_has_room, number_taken };

/// The feature's tables. Calls throw the database's errors.
class store {
public:
    /// `at_hand`: `services::session_at_hand`.
    explicit store(db::pool& database, std::function<db::session*()> at_hand = {})
        : database_(database)
        , at_hand_(std::move(at_hand)) {}

    awaitable<stored_state> load();

    /// Inserts or replaces.
    awaitable<void> put_hub(hub what);
    /// Replaces; nothing where there is none any more.
    awaitable<void> change_hub(hub what);
    /// And what is remembered for its rooms, which keep what it said of their times and owners.
    awaitable<void> delete_hub(channel_id channel);

    /// Writes down that a channel is about to be made for `draft`, with what is remembered of its owner for
    /// this hub in place of the draft's settings when `remembered`. The result is the room to make.
    awaitable<std::expected<stored_room, begin_conflict>> begin_room(room draft, bool remembered);
    /// Writes all of the room into its row; false when the row is gone.
    awaitable<bool> save_room(stored_room what);
    awaitable<void> delete_room(std::int64_t row);
    /// Frees the owner and number of a room whose channel has not turned up; its row stays until it is
    /// deleted, or saved with a channel.
    awaitable<void> give_up(std::int64_t row);
    /// What the table says is the member's room of the hub.
    awaitable<std::optional<stored_room>> find_room_of(channel_id hub, user_id owner);

    /// For the member's next room of this hub: of `after` what is not as `before`. The rest stays as it was
    /// remembered, or the hub's.
    awaitable<void> remember(channel_id hub, user_id who, room_settings before, room_settings after);
    awaitable<void> forget(channel_id hub, user_id who);

    awaitable<void> put_silence(silence one);
    awaitable<void> delete_silence(guild_id guild, user_id user);

private:
    awaitable<void> write_hub(const db::statement& how, hub what);

    db::pool& database_;
    std::function<db::session*()> at_hand_;
};

} // namespace vagrolant::voice_hubs
