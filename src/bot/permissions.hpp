#pragma once

#include "bot/refusal.hpp"
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
std::optional<refusal> missing_permissions(discord::permissions own, discord::permissions needed,
                                           std::string_view channel_name);

} // namespace vagrolant::bot
