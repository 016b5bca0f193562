#include "base/log.hpp"
#include "discord/rest/members.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

constexpr int not_connected = 40032;
constexpr auto failed_pause = std::chrono::seconds(5);

} // namespace

// Discord computes what a member may do in voice when he joins, and not again (Discord API Docs issue 4032):
// overwrites silence those who come later, a mute those who are in already. Lifting the mute makes him heard
// even if he came when SPEAK was denied.
awaitable<void> rooms::state::settle_voices(channel_id channel) {
    const auto* live = known.find_room(channel);
    if (live == nullptr || live->closing)
        co_return;
    const auto guild = live->room.guild;
    const bool conference = live->room.settings.mode == room_mode::conference;
    const auto somebody_silent = [&] {
        return std::ranges::any_of(people_in(channel),
                                   [](const auto& one) { return one.mute || one.suppress; });
    };
    if (!conference && !somebody_silent())
        co_return;
    co_await learn_people(channel);
    live = known.find_room(channel);
    if (live == nullptr)
        co_return;
    const access to{
        .mode = live->room.settings.mode, .owner = live->room.owner, .lists = live->room.settings.lists};
    const auto from = source_of(live->room);
    std::vector<silence> fresh;
    for (const auto& one : people_in(channel)) {
        const auto who = person_of(guild, one.user, from.channel);
        const bool ours = silences.contains({guild, one.user});
        const bool speaks = may_speak(to, who);
        if (!speaks && !one.mute && !one.suppress && !ours)
            fresh.push_back({.guild = guild, .user = one.user, .channel = channel});
        const bool granted = who.user == to.owner || who.in_source.has(discord::permission::speak) ||
                             entry_of(to.lists, who.user, who.roles) == list_entry::allowed;
        if (speaks && (ours || (one.suppress && !one.mute && granted)))
            with.tasks.spawn("voice unmute", unmute(guild, one.user));
    }
    if (fresh.empty())
        co_return;
    // Written down first: whatever happens then, nobody stays muted.
    co_await rows.put_silences(fresh);
    for (const auto& one : fresh) {
        silences[{guild, one.user}] = {.channel = channel};
        with.tasks.spawn("voice mute", mute(guild, one.user, channel));
    }
}

awaitable<void> rooms::state::mute(guild_id guild, user_id user, channel_id channel) {
    std::string problem;
    const auto* voice = with.cache.find_voice_state(guild, user);
    if (voice == nullptr || voice->channel != channel) {
        silences.erase({guild, user});
        co_await rows.delete_silence(guild, user);
        co_return;
    }
    try {
        co_await discord::modify_member(with.rest, guild, user, {.mute = true}, "conference");
    } catch (const discord::rest_error& error) {
        problem = error.what();
    }
    if (!problem.empty()) {
        log::warning("member not silenced", {{"guild", guild}, {"room", channel}, {"error", problem}});
        silences.erase({guild, user});
        at(now() + failed_pause, channel);
        co_await rows.delete_silence(guild, user);
        co_return;
    }
    // The room may be open again, or he elsewhere, since.
    voice = with.cache.find_voice_state(guild, user);
    if (voice != nullptr && voice->channel != channel)
        co_await unmute(guild, user);
}

awaitable<void> rooms::state::unmute(guild_id guild, user_id user) {
    int code = 0;
    std::string problem;
    try {
        co_await discord::modify_member(with.rest, guild, user, {.mute = false}, "conference");
    } catch (const discord::rest_error& error) {
        code = error.code();
        problem = error.what();
    }
    // Whoever is not connected is heard again when he next turns up.
    if (code == not_connected || !silences.contains({guild, user}))
        co_return;
    if (!problem.empty()) {
        log::warning("member not unmuted", {{"guild", guild}, {"user", user}, {"error", problem}});
        at(now() + failed_pause, guild);
        co_return;
    }
    silences.erase({guild, user});
    co_await rows.delete_silence(guild, user);
}

void rooms::state::voice_changed(guild_id guild, user_id user, channel_id channel, bool muted) {
    const auto found = silences.find({guild, user});
    if (found == silences.end() || !channel)
        return;
    if (channel != found->second.channel || known.find_room(channel) == nullptr) {
        static_cast<void>(
            member_lane.push({guild, user}, [this, guild, user] { return unmute(guild, user); }));
        return;
    }
    if (muted) {
        found->second.seen = true;
    } else if (found->second.seen) {
        // A moderator wants him heard.
        silences.erase(found);
        with.tasks.spawn("voice silence", rows.delete_silence(guild, user));
    }
}

} // namespace vagrolant::voice_hubs
