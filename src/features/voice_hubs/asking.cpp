#include "base/log.hpp"
#include "discord/rest/channels.hpp"
#include "discord/rest/members.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

// A lost event must cost neither a room nor its row. This is rare: of what events have shown nothing is
// asked.
awaitable<std::vector<reconcile_step>> rooms::state::plan(guild_id guild) {
    const auto absent = [](const reconcile_step& one) { return rests_on_absence(one.what); };
    auto steps = plan_reconcile(look(guild));
    if (std::ranges::none_of(steps, absent))
        co_return steps;
    const bool told = co_await learn_channels(guild);
    // What there was to learn is known now.
    steps = plan_reconcile(look(guild));
    if (!told)
        std::erase_if(steps, absent);
    bool doubtful = !told;
    std::set<channel_id> not_gone;
    for (const auto& one : steps) {
        if (!absent(one) || !one.channel)
            continue;
        const auto gone = co_await is_gone(one.channel);
        doubtful = doubtful || !gone;
        if (!gone.value_or(false))
            not_gone.insert(one.channel);
    }
    std::erase_if(steps, [&](const reconcile_step& one) {
        return absent(one) && one.channel && not_gone.contains(one.channel);
    });
    if (doubtful)
        at(now() + guild_retries[guild].failed(now()), guild);
    co_return steps;
}

awaitable<bool> rooms::state::learn_channels(guild_id guild) {
    std::string problem;
    try {
        const auto channels = co_await discord::get_guild_channels(with.rest, guild);
        for (const auto& one : channels) {
            if (with.cache.find_channel(one.id) == nullptr)
                log::info("voice hubs learn of a channel", {{"guild", guild}, {"channel", one.id}});
            with.cache.learn(one);
        }
        co_return true;
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const std::exception& error) {
        problem = error.what();
    }
    log::warning("channels not read", {{"guild", guild}, {"error", problem}});
    co_return false;
}

// The guild's list lacks what the bot may not see. (Discord Docs/Permissions "Channel obfuscation")
awaitable<std::optional<bool>> rooms::state::is_gone(channel_id channel) {
    int code = 0;
    bool answered = false;
    std::string problem;
    try {
        with.cache.learn(co_await discord::get_channel(with.rest, channel));
        co_return false;
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const discord::rest_error& error) {
        code = error.code();
        answered = error.status() < 500;
        problem = error.what();
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (code == unknown_channel) {
        with.cache.learn_gone(channel);
        co_return true;
    }
    log::warning("channel not read", {{"channel", channel}, {"error", problem}});
    co_return answered ? std::optional(false) : std::nullopt;
}

awaitable<bool> rooms::state::learn_arrival(channel_id channel) {
    const auto* live = known.find_room(channel);
    if (live == nullptr || !live->moved)
        co_return true;
    const auto guild = live->room.guild;
    const auto user = live->moved;
    const auto where = [&] {
        const auto* voice = with.cache.find_voice_state(guild, user);
        return voice == nullptr ? channel_id() : voice->channel;
    };
    const auto before = where();
    std::optional<discord::voice_state> told;
    std::string problem;
    try {
        told = co_await discord::get_voice_state(with.rest, guild, user);
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (!problem.empty()) {
        log::warning("member not found in voice", {{"guild", guild}, {"user", user}, {"error", problem}});
        co_return false;
    }
    auto* now_live = known.find_room(channel);
    // An event that came meanwhile knows better.
    if (now_live == nullptr || now_live->moved != user || where() != before)
        co_return true;
    now_live->moved = {};
    if (told->channel == before)
        co_return true;
    log::info("member's move learnt", {{"guild", guild}, {"user", user}, {"channel", told->channel}});
    with.cache.learn(guild, *told);
    if (auto* was_in = known.find_room(before))
        left(*was_in, user);
    if (auto* is_in = known.find_room(told->channel))
        entered(*is_in, user, false);
    co_return true;
}

} // namespace vagrolant::voice_hubs
