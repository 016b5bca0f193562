#pragma once

#include "bot/services.hpp"
#include "discord/interactions/context.hpp"
#include "features/voice_hubs/panels.hpp"
#include "features/voice_hubs/rooms.hpp"

#include <expected>
#include <type_traits>
#include <utility>

/// What handlers of interactions share.
namespace vagrolant::voice_hubs {

/// Throws what the person reads.
[[noreturn]] void refuse(localized sentence, locale language);

/// The value, or the refusal as what the person reads.
template <class T>
T take(outcome<T> result, locale language) {
    if (!result)
        throw discord::interactions::refusal(result.error().reason.in(language));
    if constexpr (!std::is_void_v<T>)
        return *std::move(result);
}

/// Answers what has deleted the channel that the pressed message stands in, maybe: the interaction is to be
/// deferred before.
awaitable<void> update_if_there(discord::interactions::context& context, discord::message_edit edit);

/// Somebody at something.
struct visit {
    rooms& all;
    panels& shown;
    actor who;
    /// None in direct messages. What he may do he may do there alone.
    guild_id guild;
    locale language = locale::fr;
    /// The bot is told what people play.
    bool presences = false;

    /// Refuses when the bot has only just started and does not come to know its rooms.
    static awaitable<visit> of(const bot::services& with, const discord::interactions::context& context);

    /// The room, as of now; refuses when it is gone, or another guild's. Valid until the next `co_await`.
    const room& at(channel_id which) const;
    /// Refuses who may not change the room.
    const room& owned(channel_id which) const;
    /// The hub; refuses when it is gone, or another guild's.
    const hub& hub_at(guild_id of, channel_id which) const;
};

} // namespace vagrolant::voice_hubs
