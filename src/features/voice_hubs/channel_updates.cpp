#include "base/log.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>
#include <iterator>

namespace vagrolant::voice_hubs {

namespace {

using namespace std::chrono_literals;

// Several changes that come together, and answers to our own, are looked at once.
constexpr auto settling_pause = 500ms;
constexpr std::size_t kept_changes = 8;
// Discord tells of a change within a second; after this what it shows counts.
constexpr auto told_late = 30s;

} // namespace

// Moderators change rooms by hand; and of those who leave a guild, or come back, Discord forgets the
// overwrites.
void rooms::on(const discord::events::channel_update& event) {
    auto& in = *state_;
    if (!in.loaded)
        return;
    const auto& channel = event.channel;
    in.permissions_changed(channel.guild);
    if (channel.type == discord::channel_type::category || in.known.find_hub(channel.id) != nullptr)
        in.may_be_mended(channel.guild);
    if (auto* live = in.known.find_room(channel.id)) {
        if (live->closing || channel.obfuscated())
            return;
        in.take_over(*live, {.name = channel.name,
                             .user_limit = channel.user_limit,
                             .bitrate = channel.bitrate,
                             .region = channel.rtc_region,
                             .overwrites = channel.overwrites});
        in.suspect_soon(*live, channel.overwrites);
        return;
    }
    for (const auto id : in.known.rooms_of(channel.guild)) {
        auto* live = in.known.find_room(id);
        if (live->closing || in.source_channel(live->room) != channel.id)
            continue;
        const auto* seen = in.with.cache.find_channel(id);
        if (seen != nullptr && !seen->obfuscated)
            in.suspect_soon(*live, seen->overwrites);
    }
}

void rooms::on(const discord::events::guild_role_update& event) {
    if (!state_->loaded)
        return;
    state_->permissions_changed(event.guild);
    const auto* guild = state_->with.cache.find_guild(event.guild);
    const bool own = guild != nullptr && std::ranges::count(guild->own_roles, event.role.id) > 0;
    if (own || event.role.id == discord::everyone_role(event.guild))
        state_->may_be_mended(event.guild);
}

void rooms::on(const discord::events::guild_member_update& event) {
    if (!state_->loaded || event.user != state_->with.cache.self().id)
        return;
    state_->permissions_changed(event.guild);
    state_->may_be_mended(event.guild);
}

void rooms::state::permissions_changed(guild_id guild) {
    const auto granted = permits.take_granted(guild);
    for (const auto where : granted) {
        if (auto* live = known.find_room(where))
            live->not_before = {};
    }
    const bool mutes = silences.forget_refusal(guild);
    if (!granted.empty() || mutes)
        reconcile_soon(guild);
}

void rooms::state::suspect_soon(live_room& which, std::span<const discord::overwrite> shown) {
    if (!source_of(which.room) || !deviates(overwrites_of(which.room).overwrites, shown))
        return;
    which.suspect = true;
    at(now() + settling_pause, which.room.channel);
}

shown_channel shown_now(const discord::cached_channel& seen) {
    return {.name = seen.name,
            .user_limit = seen.user_limit,
            .bitrate = seen.bitrate,
            .region = std::nullopt,
            .overwrites = seen.overwrites};
}

shown_channel rooms::state::as_made(const room& which) const {
    const auto* hub = with.cache.find_channel(which.hub);
    const auto& settings = which.settings;
    const int bitrate = settings.bitrate > 0 ? settings.bitrate : hub == nullptr ? 0 : hub->bitrate;
    return {.name = which.name,
            .user_limit = settings.user_limit,
            .bitrate = std::min(bitrate, max_bitrate(which.guild)),
            .region = settings.region,
            .overwrites = overwrites_of(which).overwrites};
}

void rooms::state::about_to_change(live_room& which, shown_channel after) {
    auto& states = which.own_changes;
    const auto* seen = with.cache.find_channel(which.room.channel);
    if (states.empty() && seen != nullptr && !seen->obfuscated)
        states.push_back(shown_now(*seen));
    states.push_back(std::move(after));
    if (states.size() > kept_changes)
        states.erase(states.begin());
    which.changed = now();
}

std::optional<time_point> rooms::state::news_until(const live_room& which) const {
    const auto until = which.changed + told_late;
    return which.own_changes.size() > 1 && now() < until ? std::optional(until) : std::nullopt;
}

void rooms::state::take_over(live_room& which, const shown_channel& shown) {
    auto& room = which.room;
    auto& own = which.own_changes;
    auto ours = own;
    ours.push_back(as_made(room));
    auto now_is = changed_by_hand(room, shown, ours);
    // Events come in order: of what was before this one, none will tell any more.
    const auto newer = std::find_if(own.rbegin(), own.rend(),
                                    [&](const shown_channel& one) { return looks_like(one, shown); });
    if (newer != own.rend())
        own.erase(own.begin(), std::prev(newer.base()));
    if (now_is.settings == room.settings && now_is.name == room.name)
        return;
    log::info("voice room changed by hand", {{"guild", room.guild}, {"room", room.channel}});
    room = std::move(now_is);
    save(which);
    schedule(which);
    refresh_panel(room.channel);
}

} // namespace vagrolant::voice_hubs
