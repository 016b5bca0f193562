#include "features/voice_hubs/whereabouts.hpp"

#include "base/log.hpp"
#include "base/scope_exit.hpp"
#include "discord/rest/members.hpp"

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

bool is_current(const bot::services& with, guild_id guild) {
    const auto* known = with.cache.find_guild(guild);
    return known != nullptr && !known->unavailable && with.gateway.ready(guild);
}

whereabouts::whereabouts(bot::services& with, const directory& known, observer tell)
    : with_(with)
    , known_(known)
    , tell_(std::move(tell)) {}

void whereabouts::told_by_event(member_key who, channel_id channel) {
    if (known_.is_tracked(channel))
        heard_of_[who] = wall_time();
    if (const auto found = lagging_.find(who); found != lagging_.end())
        found->second.told_since = true;
}

void whereabouts::told_by_session(member_key who) {
    heard_of_[who] = wall_time();
}

void whereabouts::forget(member_key who) {
    heard_of_.erase(who);
}

time_point whereabouts::last_heard(member_key who) const {
    const auto found = heard_of_.find(who);
    return found == heard_of_.end() ? time_point() : found->second;
}

bool whereabouts::may_be_outdated(member_key who) const {
    const auto found = lagging_.find(who);
    return found != lagging_.end() && found->second.told_since && wall_time() < found->second.until;
}

awaitable<whereabouts::answer> whereabouts::learn(member_key who, discord::rest_priority priority) {
    const auto [guild, user] = who;
    const auto known_now = [&] {
        const auto* voice = with_.cache.find_voice_state(guild, user);
        return std::pair(voice == nullptr ? channel_id() : voice->channel, last_heard(who));
    };
    const auto before = known_now();
    std::optional<discord::voice_state> told;
    std::string problem;
    try {
        told = co_await discord::get_voice_state(with_.rest, guild, user, priority);
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const discord::rest_error& error) {
        // Discord does not name a channel that the bot may not enter: he is not where it may.
        if (error.status() == 403 &&
            with_.cache.own_permissions_in(before.first)
                .has({discord::permission::view_channel, discord::permission::connect}))
            told.emplace();
        else
            problem = error.what();
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (!problem.empty()) {
        log::warning("member not found in voice", {{"guild", guild}, {"user", user}, {"error", problem}});
        co_return answer::unknown;
    }
    if (known_now() != before)
        co_return answer::overtaken;
    take_in(who, *std::move(told));
    co_return answer::learnt;
}

void whereabouts::take_in(member_key who, discord::voice_state told) {
    told.guild = who.guild;
    told.user = who.user;
    const auto* voice = with_.cache.find_voice_state(who.guild, who.user);
    const auto before = voice == nullptr ? channel_id() : voice->channel;
    if (told.channel != before)
        log::info("member's move learnt",
                  {{"guild", who.guild}, {"user", who.user}, {"channel", told.channel}});
    if (told.channel != before || lagging_.contains(who))
        lagging_[who] = {.until = wall_time() + max_event_lag};
    with_.cache.learn(who.guild, told);
    tell_(told, before);
}

void whereabouts::sweep() {
    std::erase_if(lagging_, [](const auto& one) { return one.second.until <= wall_time(); });
    ask_about_use();
    confirm_people();
}

std::vector<member_key> whereabouts::quiet_people() {
    std::unordered_map<member_key, time_point> inside;
    std::vector<std::pair<time_point, member_key>> quiet;
    for (const auto guild : known_.guilds()) {
        // Whose shard was away, or who was out of reach, is told of anew.
        if (!is_current(with_, guild))
            continue;
        for (const auto& one : with_.cache.find_guild(guild)->voice_states) {
            if (one.bot || !known_.is_tracked(one.channel))
                continue;
            const member_key who{guild, one.user};
            const auto heard = heard_of_.find(who);
            const auto since = heard == heard_of_.end() ? wall_time() : heard->second;
            inside.emplace(who, since);
            if (since + quiet_sweeps * with_.config.voice_sweep <= wall_time())
                quiet.emplace_back(since, who);
        }
    }
    heard_of_ = std::move(inside);
    const auto asked = std::min(quiet.size(), asked_at_a_time);
    std::ranges::partial_sort(quiet, quiet.begin() + static_cast<std::ptrdiff_t>(asked));
    quiet.resize(asked);
    const auto names = quiet | std::views::values;
    return {names.begin(), names.end()};
}

void whereabouts::ask_about_use() {
    std::erase_if(unseen_, [this](const auto& one) { return !known_.is_tracked(one.first); });
    auto guilds = known_.guilds();
    std::ranges::sort(guilds);
    std::ranges::rotate(guilds, std::ranges::upper_bound(guilds, use_asked_of_));
    for (const auto guild : guilds | std::views::take(guilds_asked_at_a_time)) {
        use_asked_of_ = guild;
        if (is_current(with_, guild))
            static_cast<void>(with_.gateway.send(discord::gateway::request_channel_info{.guild = guild}));
    }
}

// It tells where somebody is, not who.
void whereabouts::compare(const discord::events::channel_info& told) {
    const auto* guild = with_.cache.find_guild(told.guild);
    if (guild == nullptr || !is_current(with_, told.guild))
        return;
    auto all = known_.rooms_of(told.guild);
    std::ranges::copy(known_.hubs_of(told.guild), std::back_inserter(all));
    bool doubtful = false;
    for (const auto channel : all) {
        const auto* seen = with_.cache.find_channel(channel);
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
            heard_of_[{told.guild, one.user}] = {};
            doubtful = true;
        }
        if (in_use && !shown)
            somebody_unseen(told.guild, channel);
        else
            unseen_.erase(channel);
    }
    if (doubtful)
        confirm_people();
}

// An arrival is on its way, or lost; who it is nothing but a new session tells.
void whereabouts::somebody_unseen(guild_id guild, channel_id channel) {
    const auto [since, is_new] = unseen_.emplace(channel, wall_time());
    if (is_new || wall_time() < since->second + with_.config.voice_sweep / 2)
        return;
    auto& renewed = sessions_renewed_[with_.gateway.shard_of(guild)];
    if (wall_time() < renewed + sweeps_between_sessions * with_.config.voice_sweep)
        return;
    renewed = wall_time();
    log::warning("somebody is in a voice channel of whom no event has told: a new session will",
                 {{"guild", guild}, {"channel", channel}});
    with_.gateway.renew(guild);
}

// A departure that no event has told would keep a room for ever.
void whereabouts::confirm_people() {
    if (!confirming_)
        with_.tasks.spawn("voice hubs confirm", confirm_quiet_people());
}

awaitable<void> whereabouts::confirm_quiet_people() {
    constexpr int max_failures = 3;
    confirming_ = true;
    const scope_exit end([this] { confirming_ = false; });
    int failures = 0;
    for (const auto& who : quiet_people()) {
        const auto heard = heard_of_.find(who);
        if (heard == heard_of_.end() || !is_current(with_, who.guild))
            continue;
        // Whatever comes of it, the others go first next time.
        heard->second = wall_time();
        const auto told = co_await learn(who, discord::rest_priority::background);
        failures += told == answer::unknown ? 1 : 0;
        if (failures == max_failures)
            co_return;
    }
}

} // namespace vagrolant::voice_hubs
