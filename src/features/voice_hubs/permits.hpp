#pragma once

#include "discord/cache/cache.hpp"
#include "features/voice_hubs/notices.hpp"

#include <map>
#include <vector>

namespace vagrolant::voice_hubs {

/// What the bot may do, and what waits until it may. Loop thread only.
class permits {
public:
    /// Both outlive this.
    permits(const discord::cache& cache, voice_hubs::notices& notices);

    /// What the bot may do there; in the guild where the channel is not known.
    discord::permissions own(guild_id guild, channel_id where) const;
    /// Whether the bot may do this there. Where not, administrators are told (`notice`, with a place for what
    /// is missing), and `take_granted` names the channel once it may.
    bool may_do(guild_id guild, channel_id where, channel_id hub, discord::permissions needed,
                localized notice);
    /// Where it now may do what it lacked (or there is no such channel any more); each is named once.
    std::vector<channel_id> take_granted(guild_id guild);

private:
    struct held_back {
        guild_id guild;
        discord::permissions needed;
    };

    const discord::cache& cache_;
    voice_hubs::notices& notices_;
    std::map<channel_id, held_back> held_back_;
};

} // namespace vagrolant::voice_hubs
