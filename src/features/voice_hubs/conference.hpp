#pragma once

#include "features/voice_hubs/model.hpp"

#include <optional>
#include <vector>

/// Who is muted because of a conference, and until when: decided without Discord, clock or database.
///
/// Discord computes what a member may do in voice when he joins, and not again (Discord API Docs issue 4032):
/// overwrites silence those who come later, a mute those who are in already. Lifting the mute makes him heard
/// even if he came when SPEAK was denied.
namespace vagrolant::voice_hubs {

/// How far muting a member has come. There is a row in all of them: whatever happens, nobody stays muted.
enum class silence_phase : std::uint8_t {
    /// Discord has not been asked yet.
    written,
    /// It has been asked, and has not answered, or has refused in the end.
    sending,
    /// It has answered that he is muted.
    answered,
    /// And shown it: should it show the opposite, a moderator has unmuted him.
    shown,
    /// It has been asked to unmute him.
    lifting,
    /// He is unmuted: the row may go.
    lifted,
};

/// A member who is connected, and what is known of his voice.
struct voice_case {
    /// None: he is in no room.
    channel_id room;
    bool may_speak = true;
    /// He may speak by what the room's permissions come from, or by the lists: then Discord is asked to let
    /// him be heard if he came when that was not so.
    bool granted = false;
    /// As Discord shows him.
    bool muted = false;
    bool suppressed = false;
    /// Discord has yet to show what we asked for last: `muted` says nothing of moderators.
    bool awaits_event = false;
    /// The mute that is ours, and for which room.
    std::optional<silence_phase> phase;
    channel_id silenced_in;
    /// Where a moderator has unmuted him, who is to be heard then.
    channel_id pardoned_in;
    /// Where Discord was asked to let him be heard although he came when he might not speak.
    channel_id released_in;
};

enum class voice_step : std::uint8_t {
    none,
    /// Write that he is about to be muted in this room.
    write,
    mute,
    unmute,
    /// A moderator wants him heard.
    pardon,
    /// Delete what was written.
    forget,
};

/// What is to be done next for him; `none` when all is as it should be.
voice_step next_step(const voice_case& about);

/// What an event says of the mute that is ours.
silence_phase after_event(silence_phase before, bool muted);

/// Mutes and unmutes of ours that no event has shown yet: Discord answers a call and tells of it separately,
/// in the order of the calls. Without them the event of a former unmute would look as if a moderator had
/// lifted the mute that followed it.
class awaited_events {
public:
    /// Discord is about to be asked; `muted`: as it shows him.
    void asked(bool mute, bool muted, time_point now);
    void heard(bool mute);
    /// What does not come within half a minute does not come.
    bool any(time_point now) const;

private:
    std::vector<bool> values_;
    time_point asked_;
};

} // namespace vagrolant::voice_hubs
