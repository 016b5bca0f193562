#pragma once

#include "bot/services.hpp"
#include "discord/events.hpp"
#include "features/voice_hubs/directory.hpp"

#include <functional>
#include <map>
#include <unordered_map>
#include <vector>

namespace vagrolant::voice_hubs {

/// What is known of the guild is what Discord would say: it is available, and its shard is connected.
bool is_current(const bot::services& with, guild_id guild);

/// Whether people are where events have shown them. Events may be lost or late: Discord is asked itself about
/// those on whom something depends, those in hubs and rooms of whom nothing was heard for long, and those
/// whom it says to be elsewhere. Loop thread only.
class whereabouts {
public:
    enum class answer : std::uint8_t {
        learnt,
        /// An event has told meanwhile, which counts more.
        overtaken,
        unknown,
    };
    /// To be told, as by an event, where somebody is (the cache knows) and was before.
    using observer = std::function<void(const discord::voice_state& now, channel_id before)>;

    /// All of them outlive this.
    whereabouts(bot::services& with, const directory& known, observer tell);

    /// An event of his has come.
    void told_by_event(member_key who, channel_id channel);
    /// A new session shows him in a hub or a room.
    void told_by_session(member_key who);
    /// He is in no hub and no room.
    void forget(member_key who);
    /// When Discord last said of somebody in a hub or a room where he is.
    time_point last_heard(member_key who) const;
    /// Where events show him he may have been before he was found elsewhere.
    bool may_be_outdated(member_key who) const;

    /// Asks where the member is, and takes it in.
    awaitable<answer> learn(member_key who, discord::rest_priority priority);
    /// Takes in what Discord's answer to something else has told.
    void take_in(member_key who, discord::voice_state told);

    /// To be called regularly: asks where somebody is connected, in some guilds at a time (the answers come
    /// as events, for `compare`), about those of whom nothing was heard for longest, and forgets what is
    /// over.
    void sweep();
    void compare(const discord::events::channel_info& told);

private:
    /// Of somebody who was found elsewhere than events had shown him: until when those that come may still
    /// tell of before, and whether one has come since.
    struct event_lag {
        time_point until;
        bool told_since = false;
    };

    /// No more than are asked about at a time.
    std::vector<member_key> quiet_people();
    void confirm_people();
    awaitable<void> confirm_quiet_people();
    void ask_about_use();
    /// Somebody is connected where events have shown nobody.
    void somebody_unseen(guild_id guild, channel_id channel);

    bot::services& with_;
    const directory& known_;
    observer tell_;
    std::unordered_map<member_key, time_point> heard_of_;
    std::unordered_map<member_key, event_lag> lagging_;
    bool confirming_ = false;
    guild_id use_asked_of_;
    std::map<channel_id, time_point> unseen_;
    /// By shard: when a new session was last begun for those.
    std::map<std::uint32_t, time_point> sessions_renewed_;
};

} // namespace vagrolant::voice_hubs
