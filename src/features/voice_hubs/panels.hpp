#pragma once

#include "bot/services.hpp"
#include "discord/model/message_create.hpp"
#include "features/voice_hubs/panel.hpp"
#include "features/voice_hubs/room_forms.hpp"
#include "features/voice_hubs/rooms.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <random>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace vagrolant::voice_hubs {

/// Posts the panels of rooms and keeps them up to date; `services::states.get<panels>()`. Loop thread only.
class panels final : public panel_sink {
public:
    /// Has `rooms`, which is registered before, show panels with it.
    explicit panels(bot::services& with);

    /// One call: into the room's own chat; in direct messages to the owner where the bot may not write there.
    /// Where it fails it is tried again while the room lives, after pauses from 1 s to 5 min.
    awaitable<void> post(channel_id room) override;
    /// Changes within `settling` are shown together; what would look the same is not sent.
    awaitable<void> refresh(channel_id room) override;

    /// Posts the hub's door in its own chat, where the bot may; a hub works as well without one.
    awaitable<void> hang_door(hub of);

    /// The panel of the room as it now is.
    discord::message_create panel_of(const room& which, bool in_direct_messages, locale language) const;
    /// In effect, in bits per second.
    int bitrate_of(const room& which) const;
    /// Notes that the posted panel of `room` already looks like this.
    void shown(channel_id room, const discord::message_create& panel);

    /// In what language a guild's own messages are.
    awaitable<locale> language_of(guild_id guild);
    /// The voice regions of the guild, for selects; what was last known, or none, when Discord does not
    /// answer at once.
    awaitable<std::vector<region_choice>> regions_of(guild_id guild);

    static constexpr std::chrono::milliseconds settling{300};

private:
    struct known_regions {
        std::vector<region_choice> all;
        std::chrono::steady_clock::time_point read_at;
    };

    /// What became of one attempt to post a panel.
    struct attempt {
        /// Posted, or nothing is left to be done.
        bool done = true;
        /// Discord lets nobody in earlier.
        std::chrono::milliseconds retry_after{};
        std::string problem;
    };

    awaitable<void> edit(channel_id room);
    awaitable<void> keep_trying(channel_id room, attempt tried);
    awaitable<attempt> try_post(channel_id room, bool first);
    /// False when Discord does not let the bot write there.
    awaitable<bool> post_in_chat(channel_id room, locale language);
    awaitable<bool> post_directly(channel_id room, user_id owner, locale language);
    awaitable<bool> send(channel_id room, channel_id where, discord::message_create panel);

    bot::services& with_;
    rooms& rooms_;
    // Rooms whose panel is being posted, or will be.
    std::unordered_set<channel_id> posting_;
    // Those of them that have not been tried, and how many see to that.
    std::deque<channel_id> to_post_;
    int posters_ = 0;
    // Rooms with a refresh under way; true: something changed since it looked.
    std::unordered_map<channel_id, bool> refreshing_;
    // What the posted panels look like, as a hash.
    std::unordered_map<channel_id, std::size_t> shown_;
    std::unordered_map<guild_id, known_regions> regions_;
    std::minstd_rand random_{std::random_device{}()};
};

} // namespace vagrolant::voice_hubs
