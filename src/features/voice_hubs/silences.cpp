#include "base/log.hpp"
#include "discord/rest/error_codes.hpp"
#include "discord/rest/members.hpp"
#include "features/voice_hubs/state.hpp"

namespace vagrolant::voice_hubs {

namespace {

using enum discord::permission;

using discord::json_error::unknown_member;
constexpr int not_connected = discord::json_error::target_user_not_connected_to_voice;
// Far more than it takes: what changes meanwhile is looked at again later.
constexpr int max_steps = 8;
constexpr auto stepping_pause = std::chrono::seconds(5);
constexpr auto refused_pause = std::chrono::minutes(5);

} // namespace

awaitable<void> rooms::state::settle_voices(channel_id channel) {
    const auto* live = known.find_room(channel);
    if (live == nullptr || live->closing)
        co_return;
    const bool conference = live->room.settings.mode == room_mode::conference;
    bool concerned = conference;
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
        settle_voice({guild, user});
}

void rooms::state::settle_voice(member_key who) {
    // With one at work and one more waiting, that one will see all there is to see.
    static_cast<void>(voice_lane.push(who, [this, who] { return settle(who); }));
}

void rooms::state::voice_changed(member_key who, channel_id channel, bool muted) {
    if (const auto found = voices.find(who); found != voices.end()) {
        auto& note = found->second;
        note.awaited.heard(muted);
        if (note.phase && !note.awaited.any(now()))
            note.phase = after_event(*note.phase, muted);
        if (note.pardoned_in != channel)
            note.pardoned_in = {};
        if (note.released_in != channel)
            note.released_in = {};
        settle_voice(who);
        return;
    }
    const auto* live = known.find_room(channel);
    if (live != nullptr && live->room.settings.mode == room_mode::conference)
        settle_voice(who);
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
    if (const auto found = voices.find(who); found != voices.end()) {
        here.phase = found->second.phase;
        here.silenced_in = found->second.silenced_in;
        here.pardoned_in = found->second.pardoned_in;
        here.released_in = found->second.released_in;
        here.awaits_event = found->second.awaited.any(now());
    }
    return here;
}

// In the member's lane of voices: what is wanted is compared with what is, until they agree. Should muting
// and unmuting follow one another, neither overtakes the other.
awaitable<void> rooms::state::settle(member_key who) {
    for (int steps = 0; steps < max_steps; ++steps) {
        if (!is_current(who.guild))
            co_return; // Once it is again, all are looked at.
        const auto here = voice_of(who);
        const auto found = voices.find(who);
        if (!here && found != voices.end() && found->second.phase == silence_phase::written) {
            // He went before he was muted.
            found->second.phase = silence_phase::lifted;
        }
        const bool row_to_go = found != voices.end() && found->second.phase == silence_phase::lifted;
        const auto next = here ? next_step(*here) : row_to_go ? voice_step::forget : voice_step::none;
        if (here && here->may_speak && found != voices.end())
            found->second.pardoned_in = {};
        if (next == voice_step::none) {
            if (found != voices.end() && found->second.idle(now()))
                voices.erase(found);
            co_return;
        }
        const auto room = here ? here->room : channel_id();
        std::optional<std::chrono::milliseconds> again;
        std::string problem;
        bool goes_on = false;
        try {
            goes_on = co_await carry_out(who, room, next);
        } catch (const boost::system::system_error&) {
            throw; // cancelled
        } catch (const discord::rate_limited& limit) {
            again = std::chrono::ceil<std::chrono::milliseconds>(limit.retry_after());
        } catch (const std::exception& error) {
            problem = error.what();
            again = voices[who].retries.failed(now());
        }
        if (!problem.empty())
            log::warning("voice not settled", {{"guild", who.guild}, {"user", who.user}, {"error", problem}});
        if (again)
            at(now() + *again, voice_errand{who});
        if (again || !goes_on)
            co_return;
    }
    at(now() + stepping_pause, voice_errand{who});
}

awaitable<bool> rooms::state::carry_out(member_key who, channel_id room, voice_step step) {
    switch (step) {
    case voice_step::none:
        break;
    case voice_step::write: {
        if (!may_mute(who, room, true))
            co_return false;
        std::vector<silence> fresh{{.guild = who.guild, .user = who.user, .channel = room}};
        co_await rows.put_silences(std::move(fresh));
        auto& note = voices[who];
        note.silenced_in = room;
        if (!note.phase)
            note.phase = silence_phase::written;
        break;
    }
    case voice_step::mute:
    case voice_step::unmute:
        co_return co_await set_mute(who, room, step == voice_step::mute);
    case voice_step::pardon:
        voices[who].pardoned_in = room;
        voices[who].phase = silence_phase::lifted;
        break;
    case voice_step::forget:
        co_await rows.delete_silence(who.guild, who.user);
        voices[who].phase.reset();
        voices[who].silenced_in = {};
        break;
    }
    co_return true;
}

// The permission counts in the guild and where the member is.
bool rooms::state::may_mute(member_key who, channel_id room, bool mute) {
    const auto* voice = with.cache.find_voice_state(who.guild, who.user);
    if (voice == nullptr)
        return true;
    const auto refused = mute_refused.find(who.guild);
    if (refused != mute_refused.end() && now() < refused->second)
        return false;
    const auto* live = known.find_room(room);
    const auto notice =
        mute ? localized{.fr = "⚠️ En conférence, les présents ne sont pas rendus muets. {}",
                         .en = "⚠️ In a conference, those inside are not muted. {}"}
             : localized{.fr = "⚠️ Qui a été rendu muet par une conférence ne peut pas être réentendu. {}",
                         .en = "⚠️ Whom a conference has muted cannot be heard again. {}"};
    return may_do(who.guild, voice->channel, live == nullptr ? channel_id() : live->room.hub, mute_members,
                  notice);
}

awaitable<bool> rooms::state::set_mute(member_key who, channel_id room, bool mute) {
    if (!may_mute(who, room, mute))
        co_return false;
    const auto before = voices[who].phase;
    if (before)
        voices[who].phase = mute ? silence_phase::sending : silence_phase::lifting;
    const auto* shown = with.cache.find_voice_state(who.guild, who.user);
    voices[who].awaited.asked(mute, shown != nullptr && shown->mute, now());
    int status = 0;
    int code = 0;
    std::exception_ptr failure;
    try {
        co_await discord::modify_member(with.rest, who.guild, who.user, {.mute = mute}, "conference");
    } catch (const discord::rest_error& error) {
        status = error.status();
        code = error.code();
        failure = std::current_exception();
    } catch (const discord::rate_limited&) {
        failure = std::current_exception();
        status = 429;
    }
    auto& note = voices[who];
    if (!failure) {
        // An event may have been faster.
        if (before && mute && note.phase == silence_phase::sending)
            note.phase = silence_phase::answered;
        else if (before && !mute)
            note.phase = silence_phase::lifted;
        else if (!before)
            note.released_in = room;
        co_return true;
    }
    if (status == 0 || status >= 500)
        std::rethrow_exception(failure); // It may have been done.
    // Else it counts as asked: it is repeated when no answer comes, and of what was done then a later answer
    // says nothing.
    if (before && code == unknown_member)
        note.phase = silence_phase::lifted;
    // Whoever is not connected is heard again when he next turns up.
    if (code == not_connected || code == unknown_member)
        co_return code == unknown_member;
    if (status == 403)
        mute_refused[who.guild] = now() + refused_pause;
    std::rethrow_exception(failure);
}

} // namespace vagrolant::voice_hubs
