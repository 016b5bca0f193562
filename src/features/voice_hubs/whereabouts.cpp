#include "base/log.hpp"
#include "base/scope_exit.hpp"
#include "discord/rest/members.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>
#include <ranges>

namespace vagrolant::voice_hubs {

namespace {

// Whoever said nothing for so many sweeps is asked about, this many at a time.
constexpr int quiet_sweeps = 3;
constexpr std::size_t asked_at_a_time = 150;
// A shard may send 120 messages in a minute, and others wait for theirs. (Discord Docs/Gateway "Rate
// Limiting")
constexpr std::size_t guilds_asked_at_a_time = 50;
// There are 1,000 identifies in a day, for all shards.
constexpr int sweeps_between_sessions = 12;
// So far events may be behind what Discord answers when asked.
constexpr std::chrono::minutes max_event_lag{1};

} // namespace

time_point rooms::state::last_heard(member_key who) const {
    const auto found = heard_of.find(who);
    return found == heard_of.end() ? time_point() : found->second;
}

bool rooms::state::may_be_outdated(member_key who) const {
    const auto found = lagging.find(who);
    return found != lagging.end() && found->second.told_since && now() < found->second.until;
}

awaitable<rooms::state::whereabouts> rooms::state::learn_whereabouts(guild_id guild, user_id user,
                                                                     discord::rest_priority priority) {
    const member_key who{guild, user};
    const auto known_now = [&] {
        const auto* voice = with.cache.find_voice_state(guild, user);
        return std::pair(voice == nullptr ? channel_id() : voice->channel, last_heard(who));
    };
    const auto before = known_now();
    std::optional<discord::voice_state> told;
    std::string problem;
    try {
        told = co_await discord::get_voice_state(with.rest, guild, user, priority);
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const discord::rest_error& error) {
        // Discord does not name a channel that the bot may not enter: he is not where it may.
        if (error.status() == 403 &&
            with.cache.own_permissions_in(before.first)
                .has({discord::permission::view_channel, discord::permission::connect}))
            told = discord::voice_state{.guild = guild, .user = user};
        else
            problem = error.what();
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (!problem.empty()) {
        log::warning("member not found in voice", {{"guild", guild}, {"user", user}, {"error", problem}});
        co_return whereabouts::unknown;
    }
    if (known_now() != before)
        co_return whereabouts::overtaken;
    note_whereabouts(guild, *told);
    co_return whereabouts::learnt;
}

void rooms::state::note_whereabouts(guild_id guild, const discord::voice_state& told) {
    const auto user = told.user;
    const auto* voice = with.cache.find_voice_state(guild, user);
    const auto before = voice == nullptr ? channel_id() : voice->channel;
    if (told.channel != before)
        log::info("member's move learnt", {{"guild", guild}, {"user", user}, {"channel", told.channel}});
    if (told.channel != before || lagging.contains({guild, user}))
        lagging[{guild, user}] = {.until = now() + max_event_lag};
    with.cache.learn(guild, told);
    voice_shown({guild, user}, told.channel, told.mute);
    went(guild, user, before, told.channel, false);
}

std::vector<member_key> rooms::state::quiet_people() {
    std::unordered_map<member_key, time_point> inside;
    std::vector<std::pair<time_point, member_key>> quiet;
    for (const auto guild : known.guilds()) {
        // Whose shard was away, or who was out of reach, is told of anew.
        if (!is_current(guild))
            continue;
        for (const auto& one : with.cache.find_guild(guild)->voice_states) {
            if (one.bot || !is_tracked(one.channel))
                continue;
            const member_key who{guild, one.user};
            const auto heard = heard_of.find(who);
            const auto since = heard == heard_of.end() ? now() : heard->second;
            inside.emplace(who, since);
            if (since + quiet_sweeps * with.config.voice_sweep <= now())
                quiet.emplace_back(since, who);
        }
    }
    heard_of = std::move(inside);
    const auto asked = std::min(quiet.size(), asked_at_a_time);
    std::ranges::partial_sort(quiet, quiet.begin() + static_cast<std::ptrdiff_t>(asked));
    quiet.resize(asked);
    const auto names = quiet | std::views::values;
    return {names.begin(), names.end()};
}

void rooms::state::ask_about_use() {
    std::erase_if(unseen, [this](const auto& one) { return !is_tracked(one.first); });
    auto guilds = known.guilds();
    std::ranges::sort(guilds);
    std::ranges::rotate(guilds, std::ranges::upper_bound(guilds, use_asked_of));
    for (const auto guild : guilds | std::views::take(guilds_asked_at_a_time)) {
        use_asked_of = guild;
        if (is_current(guild))
            static_cast<void>(with.gateway.send(discord::gateway::request_channel_info{.guild = guild}));
    }
}

// It tells where somebody is, not who.
void rooms::state::compare_use(const discord::events::channel_info& told) {
    const auto* guild = with.cache.find_guild(told.guild);
    if (guild == nullptr || !is_current(told.guild))
        return;
    auto all = known.rooms_of(told.guild);
    std::ranges::copy(known.hubs_of(told.guild), std::back_inserter(all));
    bool doubtful = false;
    for (const auto channel : all) {
        const auto* seen = with.cache.find_channel(channel);
        // What the bot may not see is not told.
        if (seen == nullptr || seen->obfuscated)
            continue;
        const auto found =
            std::ranges::find(told.channels, channel, &discord::events::channel_info::entry::channel);
        const bool in_use = found != told.channels.end() && found->in_use;
        bool shown = false;
        for (const auto& one : guild->voice_states) {
            if (one.channel != channel)
                continue;
            shown = true;
            if (in_use)
                continue;
            heard_of[{told.guild, one.user}] = {};
            doubtful = true;
        }
        if (in_use && !shown)
            somebody_unseen(told.guild, channel);
        else
            unseen.erase(channel);
    }
    if (doubtful && !confirming)
        with.tasks.spawn("voice hubs confirm", confirm_people());
}

// An arrival is on its way, or lost; who it is nothing but a new session tells.
void rooms::state::somebody_unseen(guild_id guild, channel_id channel) {
    const auto [since, is_new] = unseen.emplace(channel, now());
    if (is_new || now() < since->second + with.config.voice_sweep / 2)
        return;
    auto& renewed = sessions_renewed[with.gateway.shard_of(guild)];
    if (now() < renewed + sweeps_between_sessions * with.config.voice_sweep)
        return;
    renewed = now();
    log::warning("somebody is in a voice channel of whom no event has told: a new session will",
                 {{"guild", guild}, {"channel", channel}});
    with.gateway.renew(guild);
}

// A departure that no event has told would keep a room for ever.
awaitable<void> rooms::state::confirm_people() {
    constexpr int max_failures = 3;
    confirming = true;
    const scope_exit end([this] { confirming = false; });
    int failures = 0;
    for (const auto& who : quiet_people()) {
        const auto heard = heard_of.find(who);
        if (heard == heard_of.end() || !is_current(who.guild))
            continue;
        // Whatever comes of it, the others go first next time.
        heard->second = now();
        const auto told = co_await learn_whereabouts(who.guild, who.user, discord::rest_priority::background);
        failures += told == whereabouts::unknown ? 1 : 0;
        if (failures == max_failures)
            co_return;
    }
}

} // namespace vagrolant::voice_hubs
