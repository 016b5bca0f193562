#pragma once

#include "bot/services.hpp"
#include "features/voice_hubs/directory.hpp"
#include "features/voice_hubs/rules.hpp"

#include <map>
#include <set>
#include <string>
#include <tuple>

namespace vagrolant::voice_hubs {

/// What is said of hubs without anybody having asked: in their log channels, and to administrators.
/// Everything is sent in the background and notifies nobody; what cannot be sent is logged.
class notices {
public:
    /// Both must outlive it.
    notices(bot::services& with, const directory& known)
        : with_(with)
        , known_(known) {}

    /// A line in the hub's log channel, where it has one.
    void log_in_guild(guild_id guild, channel_id hub, bot::phrase what);
    /// For administrators: in the log channel, else to the server's owner, else in its system channel. Not
    /// again `about` the same of a hub within six hours.
    void tell_once(guild_id guild, channel_id hub, std::string about, bot::phrase what);
    /// The hub cannot make a room.
    void tell_refused(guild_id guild, channel_id hub, const bot::refusal& why);
    /// Tells who may not use the hub why, or administrators that nobody may any more.
    void explain_roles(const hub& from, user_id user);
    /// What of the source's overwrites the bot may not hand on; once until `forget`.
    void report_lost(const hub& from, const std::vector<lost_overwrite>& lost);
    /// The hub's settings have changed.
    void forget(channel_id hub);
    void sweep();

private:
    /// True the first time in six hours.
    bool is_news(guild_id guild, channel_id hub, const std::string& about);
    awaitable<void> post(guild_id guild, channel_id where, bot::phrase what);
    awaitable<void> tell(guild_id guild, channel_id hub, std::string about, bot::phrase what);
    awaitable<void> explain(guild_id guild, user_id user, bot::phrase what);
    /// These return false where it could not be sent.
    awaitable<bool> send_notice(guild_id guild, channel_id where, bot::phrase what);
    awaitable<bool> send_directly(guild_id guild, user_id whom, bot::phrase what);

    bot::services& with_;
    const directory& known_;
    /// When, of what.
    std::map<std::tuple<guild_id, channel_id, std::string>, time_point> told_;
    std::set<channel_id> reported_;
};

} // namespace vagrolant::voice_hubs
