#pragma once

#include "bot/refusal.hpp"
#include "discord/cache/cache.hpp"
#include "discord/model/permissions.hpp"

#include <optional>
#include <string_view>

namespace vagrolant::bot {

/// "#name"; "ce salon" where the bot does not know the name.
phrase channel_label(std::string_view name);

/// "« Voir le salon », « Envoyer des messages »".
phrase permission_names(discord::permissions some);

/// "Permissions insuffisantes : « Envoyer des messages » dans #annonces.", naming what `own` lacks of
/// `needed`; nullopt when nothing is lacking.
///
/// For decisions about a channel that is at hand; `objection_to_channel` says the same of one in the cache.
std::optional<refusal> missing_permissions(discord::permissions own, discord::permissions needed,
                                           std::string_view channel_name);

/// Why the bot may not do in the channel what needs `needed`: the guild has no such channel
/// (`unknown_channel`), the bot does not see it or lacks something there (`missing_permissions`), or it is
/// timed out (`bot_timed_out`); nullopt when it may. Threads are not known here.
std::optional<refusal> objection_to_channel(const discord::cache& cache, discord::guild_id guild,
                                            discord::channel_id channel, discord::permissions needed);

} // namespace vagrolant::bot
