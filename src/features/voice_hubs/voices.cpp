#include "discord/rest/members.hpp"
#include "features/voice_hubs/state.hpp"

namespace vagrolant::voice_hubs {

using enum discord::permission;

awaitable<void> rooms::state::settle_voices(channel_id channel) {
    const auto* live = known.find_room(channel);
    if (live == nullptr || live->closing)
        co_return;
    bool concerned = live->room.settings.mode == room_mode::conference;
    for (const auto& one : people_in(channel))
        concerned = concerned || one.mute || one.suppress;
    if (!concerned)
        co_return;
    co_await learn_people(channel);
    live = known.find_room(channel);
    if (live == nullptr)
        co_return;
    const auto guild = live->room.guild;
    for (const auto user : humans_in(channel))
        silences.settle({guild, user});
}

void rooms::state::voice_shown(member_key who, channel_id channel, bool muted) {
    const auto* live = known.find_room(channel);
    const bool conference = live != nullptr && live->room.settings.mode == room_mode::conference;
    if (silences.shown(who, channel, muted) || conference)
        silences.settle(who);
}

std::optional<voice_case> rooms::state::voice_of(member_key who) const {
    const auto* voice = with.cache.find_voice_state(who.guild, who.user);
    if (voice == nullptr || voice->bot)
        return std::nullopt;
    voice_case here{.muted = voice->mute, .suppressed = voice->suppress};
    if (const auto* live = known.find_room(voice->channel)) {
        const auto to = access::to(live->room);
        const auto from = source_of(live->room);
        const auto self = person_of(who.guild, who.user, from);
        here.room = voice->channel;
        here.may_speak = may_speak(to, self);
        here.granted = self.user == to.owner || (from && self.in_source.has(speak)) ||
                       entry_of(to.lists, self.user, self.roles) == list_entry::allowed;
    }
    return here;
}

// The permission counts in the guild and where the member is.
bool rooms::state::may_mute(member_key who, channel_id room, bool mute) {
    const auto* voice = with.cache.find_voice_state(who.guild, who.user);
    if (voice == nullptr)
        return true;
    const auto* live = known.find_room(room);
    const auto notice =
        mute ? localized{.fr = "⚠️ En conférence, les présents ne sont pas rendus muets. {}",
                         .en = "⚠️ In a conference, those inside are not muted. {}"}
             : localized{.fr = "⚠️ Qui a été rendu muet par une conférence ne peut pas être réentendu. {}",
                         .en = "⚠️ Whom a conference has muted cannot be heard again. {}"};
    return permits.may_do(who.guild, voice->channel, live == nullptr ? channel_id() : live->room.hub,
                          mute_members, notice);
}

awaitable<void> rooms::state::mute(member_key who, bool mute) {
    co_await discord::modify_member(with.rest, who.guild, who.user, {.mute = mute}, "conference");
}

void rooms::state::settle_at(time_point when, member_key who) {
    at(when, voice_errand{who});
}

} // namespace vagrolant::voice_hubs
