#pragma once

#include "features/voice_hubs/backoff.hpp"
#include "features/voice_hubs/rules.hpp"
#include "features/voice_hubs/store.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vagrolant::voice_hubs {

/// A member of a guild, as a key.
struct member_key {
    guild_id guild;
    user_id user;

    friend auto operator<=>(const member_key&, const member_key&) = default;
};

} // namespace vagrolant::voice_hubs

template <>
struct std::hash<vagrolant::voice_hubs::member_key> {
    std::size_t operator()(const vagrolant::voice_hubs::member_key& key) const noexcept {
        const auto guild = std::hash<vagrolant::discord::guild_id>()(key.guild);
        return guild * 31 + std::hash<vagrolant::discord::user_id>()(key.user);
    }
};

namespace vagrolant::voice_hubs {

/// A room that has its channel, and what only this process knows of it.
struct live_room {
    std::int64_t row = 0;
    voice_hubs::room room;
    /// Its owner is on his way: until then it is not empty.
    std::optional<time_point> expected_until;
    /// Discord was asked to move him in, and no event has shown where he is since.
    user_id moved;
    /// Its channel is being deleted.
    bool closing = false;
    /// Not before: deleting it failed.
    time_point not_before;
    /// How long to wait after the next failure.
    backoff retries;
    /// Somebody is about to look after it.
    bool tended = false;
    /// Its overwrites are to be compared with what they should be.
    bool suspect = false;
    /// Somebody has come in whom its overwrites keep out, as far as events have shown them.
    bool doubtful = false;
    /// Its owner and members of its lists who have left the guild: Discord takes no overwrites for them.
    std::set<user_id> absent;
    /// Members whom other roles let in although one of theirs is on the blacklist: they have an overwrite of
    /// their own since they came to the door.
    std::set<user_id> shut_out;
    /// When they were asked about last.
    time_point reviewed;
    /// Who has been put out, until Discord shows it.
    std::set<user_id> leaving;
    /// How its channel is shown, and after each of our own changes of which Discord has not told yet, the
    /// newest last; empty without any. When the last one was sent.
    std::vector<shown_channel> own_changes;
    time_point changed;
    /// What stands below its name; nullopt: not known.
    std::optional<std::string> status;
    /// When it is looked at next.
    std::optional<time_point> due;
};

/// A row whose channel is being made, by this process or by one that ended over it.
struct intent {
    std::int64_t row = 0;
    voice_hubs::room room;
    /// This process is at it.
    bool under_way = false;
    /// From when on its owner is not kept waiting for it any longer; then, when the row goes.
    time_point give_up_at;
    /// Nobody waits for it any more: its owner and number are free. Should Discord make the channel after
    /// all, the row is there to recognise it by.
    bool given_up = false;
};

/// Hubs and rooms in memory. Pure; pointers are valid until what they point at is erased.
class directory {
public:
    hub* find_hub(channel_id channel);
    const hub* find_hub(channel_id channel) const;
    void put_hub(hub what);
    /// Its rooms keep what it said of them.
    void erase_hub(channel_id channel);

    /// It is a hub or a room.
    bool is_tracked(channel_id channel) const;

    live_room* find_room(channel_id channel);
    const live_room* find_room(channel_id channel) const;
    /// The owner and number of the room must be free (`owner_of`, `take_number`).
    live_room& put_room(std::int64_t row, room what);
    /// Frees its owner and number.
    void erase_room(channel_id channel);
    /// The room of a row; none when it has no channel.
    live_room* room_of_row(guild_id guild, std::int64_t row);
    /// The room that the member owns from this hub.
    live_room* room_of(channel_id hub, user_id owner);
    /// He has a room of this hub, or one is being made for him.
    bool is_provided(channel_id hub, user_id user) const;
    /// A row for his room is about to be written; until `end_provision` or its intent.
    void begin_provision(channel_id hub, user_id user);
    void end_provision(channel_id hub, user_id user);
    /// No user: nobody owns it from now on. False when he is provided for already.
    bool set_owner(live_room& of, user_id owner);

    /// Lowest that no room of the hub has or is about to have; taken until given back or its room is erased.
    int take_number(channel_id hub);
    bool take_number(channel_id hub, int number);
    void give_back_number(channel_id hub, int number);

    intent& put_intent(intent what);
    void erase_intent(std::int64_t row);
    /// Frees its owner and number; from now on it is there until `until`.
    void give_up(std::int64_t row, time_point until);
    const intent* find_intent(std::int64_t row) const;
    std::vector<intent> intents_of(guild_id guild) const;

    std::vector<channel_id> hubs_of(guild_id guild) const;
    std::vector<channel_id> rooms_of(guild_id guild) const;
    /// Those included that are being made, or about to be.
    std::size_t room_count(channel_id hub) const;
    /// Guilds that have a hub, a room or an intent.
    std::vector<guild_id> guilds() const;
    bool concerns(guild_id guild) const;
    std::size_t room_count() const { return rooms_.size(); }

private:
    struct per_guild {
        std::set<channel_id> hubs;
        std::set<channel_id> rooms;
        std::set<std::int64_t> intents;
    };

    bool has_begun(channel_id hub, user_id user) const;
    void tidy(guild_id guild);

    std::unordered_map<channel_id, hub> hubs_;
    std::unordered_map<channel_id, live_room> rooms_;
    std::unordered_map<std::int64_t, intent> intents_;
    std::unordered_map<guild_id, per_guild> guilds_;
    std::map<std::pair<channel_id, user_id>, channel_id> owners_;
    std::set<std::pair<channel_id, user_id>> provisions_;
    std::map<channel_id, std::set<int>> numbers_;
};

/// What is known of a member who is in a hub or a room.
struct person_facts {
    std::string name;
    std::vector<role_id> roles;
    /// What he plays, as far as a room may be called after it; nullopt: not known.
    std::optional<std::string> game{};
    /// When Discord was last asked about it.
    time_point game_asked{};
};

} // namespace vagrolant::voice_hubs
