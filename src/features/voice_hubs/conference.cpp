#include "features/voice_hubs/conference.hpp"

#include <utility>

namespace vagrolant::voice_hubs {

namespace {

using enum silence_phase;

constexpr std::chrono::seconds patience{30};

voice_step next_of_silenced(const voice_case& about) {
    const bool to_be_silent = about.room && !about.may_speak;
    switch (*about.phase) {
    case lifted:
        return voice_step::forget;
    case written:
        // Muted without us: by a moderator.
        if (!to_be_silent || (about.muted && !about.awaits_event))
            return voice_step::forget;
        break;
    case shown:
        if (!about.muted && !about.awaits_event)
            return voice_step::pardon;
        break;
    case sending:
    case answered:
    case lifting:
        break;
    }
    if (!to_be_silent)
        return voice_step::unmute;
    if (about.silenced_in != about.room)
        return voice_step::write;
    const bool is_muted = *about.phase == answered || *about.phase == shown;
    return is_muted ? voice_step::none : voice_step::mute;
}

} // namespace

voice_step next_step(const voice_case& about) {
    if (about.phase)
        return next_of_silenced(about);
    if (!about.room)
        return voice_step::none;
    if (!about.may_speak) {
        const bool muted = about.muted && !about.awaits_event;
        const bool settled = muted || about.suppressed || about.pardoned_in == about.room;
        return settled ? voice_step::none : voice_step::write;
    }
    const bool held_down = about.suppressed && !about.muted && about.granted;
    return held_down && about.released_in != about.room ? voice_step::unmute : voice_step::none;
}

silence_phase after_event(silence_phase before, bool muted) {
    const bool asked = before == sending || before == answered;
    return asked && muted ? shown : before;
}

void awaited_events::asked(bool mute, bool muted, time_point now) {
    if (!any(now))
        values_.clear();
    // Of what changes nothing there is no event.
    if ((values_.empty() ? muted : values_.back()) != mute)
        values_.push_back(mute);
    asked_ = now;
}

void awaited_events::heard(bool mute) {
    if (!values_.empty() && values_.front() == mute)
        values_.erase(values_.begin());
}

bool awaited_events::any(time_point now) const {
    return !values_.empty() && now < asked_ + patience;
}

} // namespace vagrolant::voice_hubs
