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

/// The outcome's result as text, where it can be stored as it is: "ok" says what `ok` says, a failure has
/// code and reason, and nothing is in it that PostgreSQL refuses in a JSONB (invalid UTF-8, U+0000).
std::optional<std::string> text_of(const command_outcome& outcome);

/// The same of every outcome: what it lacks, or what stands for what cannot be stored, is in `language`.
std::string storable(command_outcome outcome, locale language);

command_outcome refuse(const queue_refusal& why, locale language);

/// The result of a row that is refused, `facts` included, by language: "fr", "en", and "" for guilds that
/// have not chosen.
json::object refusal_by_language(const queue_refusal& why, locale otherwise, const json::object& facts = {});

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
inline constexpr queue_refusal interrupted_twice{"interrupted",
                                                 {.fr = "La commande a été tentée deux fois et le bot s'est "
                                                        "arrêté à chaque fois. Vérifiez son effet avant de "
                                                        "la relancer.",
                                                  .en = "The command was tried twice, and each time the bot "
                                                        "stopped over it. Check what it did before trying "
                                                        "again."}};
inline constexpr queue_refusal left_behind{
    "interrupted",
    {.fr = "La commande a été interrompue par un arrêt du bot. Vérifiez son effet avant de la relancer.",
     .en = "The command was interrupted because the bot stopped. Check what it did before trying again."}};
inline constexpr queue_refusal expired{"expired",
                                       {.fr = "La commande a attendu trop longtemps et n'a pas été exécutée.",
                                        .en = "The command waited for too long and was not carried out."}};
inline constexpr queue_refusal rate_limited{
    "rate_limited",
    {.fr = "Trop de commandes de ce serveur attendent déjà. Réessayez un peu plus tard.",
     .en = "Too many commands of this server are waiting already. Try again a little later."}};

} // namespace reasons

} // namespace vagrolant::bot
