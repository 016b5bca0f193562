#include "features/voice_hubs/permits.hpp"

#include "base/log.hpp"
#include "bot/permissions.hpp"

namespace vagrolant::voice_hubs {

permits::permits(const discord::cache& cache, voice_hubs::notices& notices)
    : cache_(cache)
    , notices_(notices) {}

// What concerns members must be allowed in the guild as well as where they are.
discord::permissions permits::own(guild_id guild, channel_id where) const {
    using enum discord::permission;
    const auto in_guild = cache_.own_permissions(guild);
    if (cache_.find_channel(where) == nullptr)
        return in_guild;
    const discord::permissions of_members{move_members, mute_members};
    return cache_.own_permissions_in(where).without(of_members.without(in_guild));
}

bool permits::may_do(guild_id guild, channel_id where, channel_id hub, discord::permissions needed,
                     localized notice) {
    const auto* channel = cache_.find_channel(where);
    const auto missing =
        bot::missing_permissions(own(guild, where), needed, channel == nullptr ? "" : channel->name);
    if (!missing)
        return true;
    if (held_back_.insert_or_assign(where, held_back{.guild = guild, .needed = needed}).second) {
        log::warning("voice room held back",
                     {{"guild", guild}, {"channel", where}, {"why", missing->reason.en}});
    }
    notices_.tell_once(guild, hub, std::string(notice.en), bot::say(notice, missing->reason));
    return false;
}

std::vector<channel_id> permits::take_granted(guild_id guild) {
    std::vector<channel_id> granted;
    std::erase_if(held_back_, [&](const auto& one) {
        const auto& [where, held] = one;
        const bool is_gone = cache_.find_channel(where) == nullptr;
        const bool is_granted = held.guild == guild && (is_gone || own(guild, where).has(held.needed));
        if (is_granted)
            granted.push_back(where);
        return is_granted;
    });
    return granted;
}

} // namespace vagrolant::voice_hubs
