#pragma once

#include "base/localized.hpp"
#include "bot/command_queue/store.hpp"

#include <optional>
#include <string>

/// What the queue itself asks of commands and outcomes. Pure.
namespace vagrolant::bot {

/// Why a command cannot be carried out.
struct queue_refusal {
    std::string_view code;
    localized reason;
};

/// What is wrong with a payload's size, type or depth.
std::optional<queue_refusal> check_payload(const claimed_command& which);

/// The outcome as it can be stored: "ok" says what `ok` says, a failure has code and reason, and nothing is
/// in it that PostgreSQL refuses in a JSONB (invalid UTF-8, U+0000).
command_outcome storable(command_outcome outcome, locale language);

namespace reasons {

inline constexpr queue_refusal failed{
    "internal",
    {.fr = "Une erreur interne a empêché l'exécution de cette commande. Réessayez dans un instant.",
     .en = "An internal error kept this command from being carried out. Try again in a moment."}};
inline constexpr queue_refusal too_slow{
    "timeout",
    {.fr =
         "Discord a mis trop de temps à répondre ; la commande a été abandonnée. Vérifiez son effet avant de "
         "la relancer.",
     .en = "Discord took too long to answer; the command was given up. Check what it did before trying "
           "again."}};
inline constexpr queue_refusal interrupted{
    "interrupted",
    {.fr = "La commande a été interrompue par un arrêt du bot. Vérifiez son effet avant de la relancer.",
     .en = "The command was interrupted because the bot stopped. Check what it did before trying again."}};

} // namespace reasons

} // namespace vagrolant::bot
