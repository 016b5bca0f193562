#include "base/log.hpp"
#include "bot/permissions.hpp"
#include "features/voice_hubs/state.hpp"

namespace vagrolant::voice_hubs {

using bot::say;

// What concerns members must be allowed in the guild as well as where they are.
discord::permissions rooms::state::own_permissions(guild_id guild, channel_id where) const {
    using enum discord::permission;
    const auto in_guild = with.cache.own_permissions(guild);
    if (with.cache.find_channel(where) == nullptr)
        return in_guild;
    const discord::permissions of_members{move_members, mute_members};
    return with.cache.own_permissions_in(where).without(of_members.without(in_guild));
}

bool rooms::state::may_do(guild_id guild, channel_id where, channel_id hub, discord::permissions needed,
                          localized notice) {
    const auto* channel = with.cache.find_channel(where);
    const auto own = own_permissions(guild, where);
    const auto missing = bot::missing_permissions(own, needed, channel == nullptr ? "" : channel->name);
    if (!missing)
        return true;
    if (unpermitted.insert_or_assign(where, held_back{.guild = guild, .needed = needed}).second) {
        log::warning("voice room held back",
                     {{"guild", guild}, {"channel", where}, {"why", missing->reason.en}});
    }
    notices.tell_once(guild, hub, std::string(notice.en), say(notice, missing->reason));
    return false;
}

void rooms::state::permissions_changed(guild_id guild) {
    const auto allowed = std::erase_if(unpermitted, [&](const auto& one) {
        const auto& [where, held] = one;
        const bool is_gone = with.cache.find_channel(where) == nullptr;
        const bool is_allowed =
            held.guild == guild && (is_gone || own_permissions(guild, where).has(held.needed));
        auto* live = is_allowed ? known.find_room(where) : nullptr;
        if (live != nullptr)
            live->not_before = {};
        return is_allowed;
    });
    const auto refused = mute_refused.erase(guild);
    if (allowed + refused > 0)
        reconcile_soon(guild);
}

} // namespace vagrolant::voice_hubs
