#pragma once

#include "features/voice_hubs/directory.hpp"

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

/// Compares what Discord shows of a guild with what is kept of it, and says what has to be done so that they
/// agree. Pure: carrying it out is another's business, and leaving it is `/hub doctor`.
namespace vagrolant::voice_hubs {

/// Somebody connected to voice, in the order of arrival.
struct connected {
    user_id user;
    channel_id channel;
    bool bot = false;
    bool muted = false;
};

/// A channel of the guild; obfuscated ones are there too, so that what is not here is gone.
struct seen_channel {
    channel_id id;
    channel_id parent;
    bool voice = false;
    bool obfuscated = false;
    std::string name;
    std::span<const discord::overwrite> overwrites;
};

struct reconcile_input {
    guild_id guild;
    user_id bot;
    std::vector<seen_channel> channels;
    std::vector<connected> people;
    std::vector<hub> hubs;
    std::vector<live_room> rooms;
    std::vector<intent> intents;
    time_point now;
};

struct reconcile_step {
    enum class kind : std::uint8_t {
        /// The hub's channel is gone: its row goes.
        forget_hub,
        /// The room's channel is gone: its row goes.
        forget_room,
        /// A row whose channel has not come to be: its owner waits for it no longer, or the row goes.
        forget_intent,
        /// A channel was made, but its row does not know it, and nobody is in it: both go.
        delete_orphan,
        /// The same, but somebody is in it, or its owner still waits for it: the row learns its channel.
        adopt_orphan,
        /// Nobody is in the room: its time of grace begins.
        empty,
        /// Somebody is in the room after all.
        occupied,
        /// The owner is away, or back.
        owner_away,
        owner_back,
        /// A member waits in a hub.
        serve,
    };

    kind what;
    /// The hub, room or orphan.
    channel_id channel;
    user_id user;
    std::int64_t row = 0;
    std::string name;

    friend bool operator==(const reconcile_step&, const reconcile_step&) = default;
};

/// How long a row's owner is kept waiting for a channel of which Discord has not said whether it is made.
inline constexpr std::chrono::seconds lost_patience{5};
/// How long after its row a channel may still be made: Discord works no longer on one call, whoever has hung
/// up meanwhile.
inline constexpr std::chrono::seconds late_patience{90};
/// Discord's clock, which makes ids, and ours may differ.
inline constexpr std::chrono::seconds clock_skew{10};

/// The channel that was made for a row that does not know it: a voice channel of its name, made just after
/// it, in which the bot has given itself what it needs, that no room or hub is and no later row may have
/// made. nullptr when there is none.
const seen_channel* channel_of(const reconcile_input& about, const intent& row);

std::vector<reconcile_step> plan_reconcile(const reconcile_input& about);

/// True when the step is right only where something is not there, which the cache alone does not know.
bool rests_on_absence(reconcile_step::kind what);

/// For the log: "forget_room 123".
std::string describe(const reconcile_step& step);

} // namespace vagrolant::voice_hubs
