#pragma once

#include "bot/refusal.hpp"
#include "discord/cache/cache.hpp"

#include <optional>

namespace vagrolant::bot {

/// Why nothing can be done in the guild at the moment: the bot is not in it (`unknown_guild`), or Discord has
/// an outage there (`guild_unavailable`); nullopt when it is there.
std::optional<refusal> objection_to_guild(const discord::cache& cache, discord::guild_id guild);

/// Names the bot's timeout (`bot_timed_out`) where that is why it lacks permissions (`missing_permissions`):
/// the permissions' names would send people to the wrong place.
refusal name_timeout(refusal why, const discord::cache& cache, discord::guild_id guild);

} // namespace vagrolant::bot
