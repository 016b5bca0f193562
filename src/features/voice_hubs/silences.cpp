#include "features/voice_hubs/silences.hpp"

#include "base/log.hpp"
#include "discord/rest/error.hpp"
#include "discord/rest/error_codes.hpp"

namespace vagrolant::voice_hubs {

namespace {

using discord::json_error::unknown_member;
constexpr int not_connected = discord::json_error::target_user_not_connected_to_voice;
// Far more than it takes: what changes meanwhile is looked at again later.
constexpr int max_steps = 8;
constexpr auto stepping_pause = std::chrono::seconds(5);
constexpr auto refused_pause = std::chrono::minutes(5);
// One that is at work, and one more look, which will see all there is to see.
constexpr std::size_t lane_bound = 2;

} // namespace

silences::silences(store& rows, task_group& tasks, voice_people& people)
    : rows_(rows)
    , people_(people)
    , lane_(tasks, "voice silence", lane_bound) {}

void silences::load(std::span<const silence> stored) {
    for (const auto& one : stored)
        notes_[{one.guild, one.user}] = {.phase = silence_phase::sending, .silenced_in = one.channel};
}

void silences::settle(member_key who) {
    static_cast<void>(lane_.push(who, [this, who] { return run(who); }));
}

void silences::settle_all(guild_id guild) {
    std::vector<member_key> of_guild;
    for (const auto& [who, note] : notes_) {
        if (who.guild == guild)
            of_guild.push_back(who);
    }
    for (const auto& who : of_guild)
        settle(who);
}

bool silences::shown(member_key who, channel_id channel, bool muted) {
    const auto found = notes_.find(who);
    if (found == notes_.end())
        return false;
    auto& note = found->second;
    note.awaited.heard(muted);
    if (note.phase && !note.awaited.any(people_.now()))
        note.phase = after_event(*note.phase, muted);
    if (note.pardoned_in != channel)
        note.pardoned_in = {};
    if (note.released_in != channel)
        note.released_in = {};
    return true;
}

bool silences::forget_refusal(guild_id guild) {
    return refused_until_.erase(guild) > 0;
}

void silences::sweep() {
    std::erase_if(refused_until_, [now = people_.now()](const auto& one) { return one.second <= now; });
}

std::optional<voice_case> silences::look(member_key who) const {
    auto here = people_.voice_of(who);
    const auto found = notes_.find(who);
    if (here && found != notes_.end()) {
        here->phase = found->second.phase;
        here->silenced_in = found->second.silenced_in;
        here->pardoned_in = found->second.pardoned_in;
        here->released_in = found->second.released_in;
        here->awaits_event = found->second.awaited.any(people_.now());
    }
    return here;
}

// What is wanted is compared with what is, until they agree. Should muting and unmuting follow one another,
// neither overtakes the other.
awaitable<void> silences::run(member_key who) {
    for (int steps = 0; steps < max_steps; ++steps) {
        if (!people_.is_current(who.guild))
            co_return; // Once it is again, all are looked at.
        const auto here = look(who);
        const auto found = notes_.find(who);
        if (!here && found != notes_.end() && found->second.phase == silence_phase::written) {
            // He went before he was muted.
            found->second.phase = silence_phase::lifted;
        }
        const bool row_to_go = found != notes_.end() && found->second.phase == silence_phase::lifted;
        const auto next = here ? next_step(*here) : row_to_go ? voice_step::forget : voice_step::none;
        if (here && here->may_speak && found != notes_.end())
            found->second.pardoned_in = {};
        if (next == voice_step::none) {
            if (found != notes_.end() && found->second.idle(people_.now()))
                notes_.erase(found);
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
            again = notes_[who].retries.failed(people_.now());
        }
        if (!problem.empty())
            log::warning("voice not settled", {{"guild", who.guild}, {"user", who.user}, {"error", problem}});
        if (again)
            people_.settle_at(people_.now() + *again, who);
        if (again || !goes_on)
            co_return;
    }
    people_.settle_at(people_.now() + stepping_pause, who);
}

awaitable<bool> silences::carry_out(member_key who, channel_id room, voice_step step) {
    switch (step) {
    case voice_step::none:
        break;
    case voice_step::write: {
        if (!may_mute(who, room, true))
            co_return false;
        co_await rows_.put_silence({.guild = who.guild, .user = who.user, .channel = room});
        auto& note = notes_[who];
        note.silenced_in = room;
        if (!note.phase)
            note.phase = silence_phase::written;
        break;
    }
    case voice_step::mute:
    case voice_step::unmute:
        co_return co_await set_mute(who, room, step == voice_step::mute);
    case voice_step::pardon:
        notes_[who].pardoned_in = room;
        notes_[who].phase = silence_phase::lifted;
        break;
    case voice_step::forget:
        co_await rows_.delete_silence(who.guild, who.user);
        notes_[who].phase.reset();
        notes_[who].silenced_in = {};
        break;
    }
    co_return true;
}

bool silences::may_mute(member_key who, channel_id room, bool mute) {
    const auto refused = refused_until_.find(who.guild);
    if (refused != refused_until_.end() && people_.now() < refused->second)
        return false;
    return people_.may_mute(who, room, mute);
}

awaitable<bool> silences::set_mute(member_key who, channel_id room, bool mute) {
    if (!may_mute(who, room, mute))
        co_return false;
    const auto before = notes_[who].phase;
    if (before)
        notes_[who].phase = mute ? silence_phase::sending : silence_phase::lifting;
    const auto shown = people_.voice_of(who);
    notes_[who].awaited.asked(mute, shown && shown->muted, people_.now());
    int status = 0;
    int code = 0;
    std::exception_ptr failure;
    try {
        co_await people_.mute(who, mute);
    } catch (const discord::rest_error& error) {
        status = error.status();
        code = error.code();
        failure = std::current_exception();
    } catch (const discord::rate_limited&) {
        failure = std::current_exception();
        status = 429;
    }
    auto& note = notes_[who];
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
        refused_until_[who.guild] = people_.now() + refused_pause;
    std::rethrow_exception(failure);
}

} // namespace vagrolant::voice_hubs
