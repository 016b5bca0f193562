#include "base/log.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

using namespace std::chrono_literals;

// Several changes that come together, and answers to our own, are looked at once.
constexpr auto settling_pause = 500ms;

} // namespace

// Moderators change rooms by hand; and of those who leave a guild, or come back, Discord forgets the
// overwrites.
void rooms::on(const discord::events::channel_update& event) {
    auto& in = *state_;
    if (!in.loaded)
        return;
    const auto& channel = event.channel;
    in.permissions_changed(channel.guild);
    if (auto* live = in.known.find_room(channel.id)) {
        if (live->closing || channel.obfuscated())
            return;
        in.take_over(*live, {.name = channel.name,
                             .user_limit = channel.user_limit,
                             .bitrate = channel.bitrate,
                             .region = channel.rtc_region});
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
    if (state_->loaded)
        state_->permissions_changed(event.guild);
}

void rooms::on(const discord::events::guild_member_update& event) {
    if (state_->loaded && event.user == state_->with.cache.self().id)
        state_->permissions_changed(event.guild);
}

void rooms::state::suspect_soon(live_room& which, std::span<const discord::overwrite> shown) {
    if (!source_of(which.room) || !deviates(overwrites_of(which.room).overwrites, shown))
        return;
    which.suspect = true;
    at(now() + settling_pause, which.room.channel);
}

void rooms::state::take_over(live_room& which, const shown_channel& shown) {
    auto& room = which.room;
    const auto* hub = with.cache.find_channel(room.hub);
    const int bitrate = room.settings.bitrate > 0 ? room.settings.bitrate : hub == nullptr ? 0 : hub->bitrate;
    auto now_is = changed_by_hand(room, shown, std::min(bitrate, max_bitrate(room.guild)), which.names_sent);
    if (now_is.settings == room.settings && now_is.name == room.name)
        return;
    if (now_is.name != room.name)
        which.names_sent.clear();
    log::info("voice room changed by hand", {{"guild", room.guild}, {"room", room.channel}});
    room = std::move(now_is);
    save(which);
    schedule(which);
    refresh_panel(room.channel);
}

} // namespace vagrolant::voice_hubs
