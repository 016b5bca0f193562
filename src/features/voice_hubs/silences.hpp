#pragma once

#include "async/serial_by_key.hpp"
#include "async/task_group.hpp"
#include "features/voice_hubs/backoff.hpp"
#include "features/voice_hubs/conference.hpp"
#include "features/voice_hubs/directory.hpp"
#include "features/voice_hubs/store.hpp"

#include <optional>
#include <span>
#include <unordered_map>

namespace vagrolant::voice_hubs {

/// People in voice, as `silences` needs to see them and to reach them.
class voice_people {
public:
    virtual ~voice_people() = default;
    virtual time_point now() const = 0;
    /// What is known of the guild is what Discord would say.
    virtual bool is_current(guild_id guild) const = 0;
    /// How Discord shows him, and what his room grants him; of our own mutes nothing. None: he is not
    /// connected.
    virtual std::optional<voice_case> voice_of(member_key who) const = 0;
    /// Whether the bot may mute (else unmute) him where he is; administrators are told where not. `room`:
    /// none where he is in no room.
    virtual bool may_mute(member_key who, channel_id room, bool mute) = 0;
    /// Throws as `discord::modify_member` does.
    virtual awaitable<void> mute(member_key who, bool mute) = 0;
    /// Has `silences::settle` called then.
    virtual void settle_at(time_point when, member_key who) = 0;
};

/// Mutes those in a conference who may not speak, and unmutes them when that ends, wherever they are then. A
/// row is written before, so that nobody stays muted; whom a moderator mutes or unmutes stays so. The calls
/// for one member follow one another. Loop thread only.
class silences {
public:
    /// All of them outlive this.
    silences(store& rows, task_group& tasks, voice_people& people);

    /// Those whom a former process has muted; nothing is done about them yet.
    void load(std::span<const silence> stored);
    /// Compares what is wanted for him with what is, and does what there is to do.
    void settle(member_key who);
    /// The same for all of the guild of whom something is known.
    void settle_all(guild_id guild);
    /// An event shows where he is and whether he is muted. True when something was known of him: he is to be
    /// settled then.
    bool shown(member_key who, channel_id channel, bool muted);
    /// What Discord refused in this guild is tried again; false: nothing was.
    bool forget_refusal(guild_id guild);
    /// Forgets refusals that are over.
    void sweep();

private:
    struct note {
        std::optional<silence_phase> phase;
        channel_id silenced_in;
        channel_id pardoned_in;
        channel_id released_in;
        awaited_events awaited;
        backoff retries;

        bool idle(time_point now) const {
            return !phase && !pardoned_in && !released_in && !awaited.any(now);
        }
    };

    std::optional<voice_case> look(member_key who) const;
    awaitable<void> run(member_key who);
    /// False: it cannot go on for now.
    awaitable<bool> carry_out(member_key who, channel_id room, voice_step step);
    awaitable<bool> set_mute(member_key who, channel_id room, bool mute);
    bool may_mute(member_key who, channel_id room, bool mute);

    store& rows_;
    voice_people& people_;
    serial_by_key<member_key> lane_;
    std::unordered_map<member_key, note> notes_;
    /// Where Discord refused a mute although the bot seemed to be allowed, and until when it is not asked
    /// again.
    std::unordered_map<guild_id, time_point> refused_until_;
};

} // namespace vagrolant::voice_hubs
