#include "base/log.hpp"
#include "discord/rest/channels.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

// A lost event must cost neither a room nor its row. This is rare: of what events have shown nothing is
// asked.
awaitable<std::vector<reconcile_step>> rooms::state::plan(guild_id guild) {
    const auto absent = [](const reconcile_step& one) { return rests_on_absence(one.what); };
    auto steps = plan_reconcile(look(guild));
    // The channel of a row that nobody waits for any more may be made at any moment.
    const bool may_be_late = std::ranges::any_of(known.intents_of(guild), &intent::given_up);
    if (!may_be_late && std::ranges::none_of(steps, absent))
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
    const auto user = live->moved;
    const auto told = co_await whereabouts.learn({live->room.guild, user}, discord::rest_priority::normal);
    auto* now_live = known.find_room(channel);
    if (told == whereabouts::answer::learnt && now_live != nullptr && now_live->moved == user)
        now_live->moved = {};
    co_return told != whereabouts::answer::unknown;
}

} // namespace vagrolant::voice_hubs
