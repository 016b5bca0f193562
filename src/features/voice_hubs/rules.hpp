#pragma once

#include "features/voice_hubs/model.hpp"

#include <chrono>
#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

/// What holds in a room, decided without Discord, clock or database.
namespace vagrolant::voice_hubs {

using discord::overwrite;
using discord::permissions;

/// What modes and lists are made of.
inline constexpr permissions mode_bits{discord::permission::view_channel, discord::permission::connect,
                                       discord::permission::speak};
/// What the bot must be able to do in its own rooms, whatever the mode.
inline constexpr permissions own_bits{
    discord::permission::view_channel,
    discord::permission::connect,
    discord::permission::manage_channels,
    discord::permission::move_members,
    discord::permission::mute_members,
    discord::permission::send_messages,
    discord::permission::embed_links,
    discord::permission::read_message_history,
    discord::permission::set_voice_channel_status,
};

/// What an overwrite of the source loses, because the bot may not hand it on.
struct lost_overwrite {
    subject whose;
    /// Empty: the role is gone, or there is no room for one more overwrite.
    permissions bits;

    friend bool operator==(const lost_overwrite&, const lost_overwrite&) = default;
};

struct overwrite_plan {
    /// The bot's own first.
    std::vector<overwrite> overwrites;
    std::vector<lost_overwrite> lost;
};

struct overwrite_request {
    guild_id guild;
    user_id bot;
    /// What the bot may do in the guild (Discord lets it hand on no more than that).
    permissions held;
    room_mode mode = room_mode::open;
    /// None: nobody.
    user_id owner;
    /// May come back to have it again; none: nobody.
    user_id former_owner;
    const access_lists& lists;
    /// Of the hub, its category or the template channel.
    std::span<const overwrite> source;
    /// The guild's, @everyone included.
    std::span<const role_id> roles;
};

/// Discord takes no more for one channel (Discord Docs/Guild "Create Guild Channel").
inline constexpr std::size_t max_overwrites = 100;

/// All overwrites of a room.
overwrite_plan plan_overwrites(const overwrite_request& about);

/// True when a channel's overwrites do not see to mode and lists as `wanted` does; other bits than those of
/// modes may be anything.
bool deviates(std::span<const overwrite> wanted, std::span<const overwrite> actual);

/// Overwrites that see to mode and lists as `wanted` does, and are as in `actual` otherwise: other bits of a
/// room are its moderators' once it is made. Only bits of `held` differ (Discord lets the bot change no
/// others).
std::vector<overwrite> within(std::span<const overwrite> wanted, std::span<const overwrite> actual,
                              permissions held, user_id bot);

/// A member, as far as rules look at him.
struct person {
    user_id user;
    std::span<const role_id> roles;
    /// May do everything in the guild, or owns it: no overwrite concerns him.
    bool administrator = false;
    /// What he may do where the room's permissions come from.
    permissions in_source;
};

enum class list_entry : std::uint8_t { none, allowed, blocked };

/// His own entry counts, else those of his roles, of which the blacklist's count first.
list_entry entry_of(const access_lists& lists, user_id user, std::span<const role_id> roles);

/// What of a room decides who may do what.
struct access {
    room_mode mode = room_mode::open;
    user_id owner;
    const access_lists& lists;
    user_id former_owner{};

    static access to(const room& which) {
        return {.mode = which.settings.mode,
                .owner = which.owner,
                .lists = which.settings.lists,
                .former_owner = which.former_owner};
    }
};

/// May be in the room; those who may not are disconnected by a purge.
bool may_enter(const access& to, const person& who);
/// May speak, given that he is in the room.
bool may_speak(const access& to, const person& who);

/// Applies an edit: no duplicates, nobody in both lists, in a steady order. nullopt when it is more than
/// `access_lists::max_entries`.
std::optional<access_lists> edited(access_lists lists, std::span<const subject> allow,
                                   std::span<const subject> block, std::span<const subject> forget);

/// A voice channel of the hub's category, and where it stands there: by position, those of the same by id.
struct standing {
    channel_id channel;
    int position = 0;
    /// A room of the hub.
    bool room = false;

    friend bool operator==(const standing&, const standing&) = default;
};

/// Where channels must stand so that rooms can be made above the hub: no position is below 0, so a hub that
/// is there goes down by one, with all that stands below it but its rooms. Empty where there is a place
/// already.
std::vector<standing> moved_down(channel_id hub, std::span<const standing> category);

/// When something has to be done about a room that nobody tells us of; nullopt: nothing.
enum class due : std::uint8_t {
    /// It has been empty for long enough.
    remove_empty,
    /// Its owner has been away for too long (`owner_policy::remove`).
    remove_abandoned,
    /// Who owned it before can no longer have it back.
    end_return,
    /// A name that waited may be sent.
    rename,
};
/// The room's end.
constexpr bool is_ending(due what) {
    return what == due::remove_empty || what == due::remove_abandoned;
}
struct due_work {
    due what;
    time_point when;
};
/// The first thing that is due for the room.
std::optional<due_work> next_due(const room& of, const hub_settings& settings);

/// True when anybody inside may make the room his: it has no owner, or he has been away for long enough.
bool may_be_claimed(const room& which, const hub_settings& settings, time_point now);
/// From when on it may be claimed; nullopt while its owner is there.
std::optional<time_point> claimable_from(const room& which, const hub_settings& settings);

/// What Discord shows of a room's channel.
struct shown_channel {
    std::string name;
    int user_limit = 0;
    /// In bits a second.
    int bitrate = 0;
    /// nullopt: not known.
    std::optional<std::string> region;
    std::vector<overwrite> overwrites;
};
/// True when they may be of the same moment.
bool looks_like(const shown_channel& one, const shown_channel& other);
/// True when the overwrites that are shown are from before the newest of `own_changes` (oldest first):
/// Discord has yet to tell of it.
bool overwrites_are_late(const shown_channel& shown, std::span<const shown_channel> own_changes);
/// The room with what somebody has changed by hand. `ours` is how the channel was by our own doing, of which
/// Discord may tell late, and is now; a bitrate of 0 there is not known.
room changed_by_hand(room which, const shown_channel& shown, std::span<const shown_channel> ours);

/// The room once it is `to`'s. `for_good`: its owner has given it away, and nobody has it back by coming
/// back.
room handed_over(room which, user_id to, bool for_good, const hub_settings& settings, time_point now);
/// True when the member has the room back by coming back to it.
bool has_right_of_return(const room& which, const hub_settings& settings, user_id who, time_point now);

/// Counts events of the last minute by key; refuses what would be more than allowed.
template <class Key>
class minute_gate {
public:
    /// nullopt: allowed, and counted. Otherwise when it will be.
    std::optional<time_point> enter(const Key& key, int per_minute, time_point now) {
        auto& recent = entries_[key];
        while (!recent.empty() && recent.front() + std::chrono::minutes(1) <= now)
            recent.pop_front();
        if (std::ssize(recent) >= per_minute)
            return recent[recent.size() - static_cast<std::size_t>(per_minute)] + std::chrono::minutes(1);
        recent.push_back(now);
        return std::nullopt;
    }
    /// What was counted last is taken back: nothing came of it.
    void undo(const Key& key) {
        const auto found = entries_.find(key);
        if (found != entries_.end() && !found->second.empty())
            found->second.pop_back();
    }
    /// Forgets keys that have been quiet for a minute.
    void sweep(time_point now) {
        std::erase_if(entries_, [now](const auto& one) {
            return one.second.empty() || one.second.back() + std::chrono::minutes(1) <= now;
        });
    }
    std::size_t size() const { return entries_.size(); }

private:
    std::unordered_map<Key, std::deque<time_point>> entries_;
};

/// Holds off a guild where Discord refuses rooms: 30 s after the first refusal, doubled up to 15 minutes.
class breaker {
public:
    bool open(time_point now) const { return now < until_; }
    time_point until() const { return until_; }
    /// True when this is the first refusal, or the first after long: time for one notice.
    bool refused(time_point now);
    /// For so long nothing has been refused that the next one counts as the first.
    bool idle(time_point now) const { return until_ + longest < now; }

private:
    static constexpr std::chrono::minutes longest{15};

    int failures_ = 0;
    time_point until_;
};

} // namespace vagrolant::voice_hubs
