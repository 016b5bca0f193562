#pragma once

#include "bot/refusal.hpp"
#include "bot/services.hpp"
#include "discord/model/channel.hpp"

#include <expected>
#include <optional>
#include <string>

namespace vagrolant::moderation {

using bot::refusal;

/// A channel or thread of the guild, and what the bot may do there.
struct place {
    discord::channel channel;
    /// For a thread: what it may do in the parent.
    discord::permissions own;
};

/// The place as the cache knows it; threads, which are not cached, as Discord tells. Refuses what is not the
/// guild's or not to be seen; throws Discord's other failures.
awaitable<std::expected<place, refusal>> find_place(bot::services& with, discord::guild_id guild,
                                                    discord::channel_id id);

/// The same, its overwrites as they are at Discord's now: for who changes them.
awaitable<std::expected<place, refusal>> fetch_place(bot::services& with, discord::guild_id guild,
                                                     discord::channel_id id);

} // namespace vagrolant::moderation
