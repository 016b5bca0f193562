#include "bot/failure.hpp"

#include "async/deadline.hpp"
#include "base/text.hpp"
#include "db/error.hpp"
#include "discord/net/stream.hpp"
#include "discord/rest/error.hpp"
#include "discord/rest/error_codes.hpp"

#include <algorithm>
#include <array>

namespace vagrolant::bot {

namespace {

struct known_error {
    int code;
    const char* name;
    localized reason;
};

constexpr std::array known_errors{
    known_error{discord::json_error::unknown_channel,
                "unknown_channel",
                {.fr = "Ce salon n'existe pas ou plus.", .en = "This channel does not exist (any more)."}},
    known_error{discord::json_error::unknown_message,
                "unknown_message",
                {.fr = "Ce message n'existe pas ou plus.", .en = "This message does not exist (any more)."}},
    known_error{discord::json_error::channel_write_rate_limit,
                "rate_limited",
                {.fr = "Trop d'écritures dans ce salon : Discord demande de patienter.",
                 .en = "Too many writes in this channel: Discord asks to wait."}},
    known_error{discord::json_error::missing_access,
                "missing_access",
                {.fr = "Permissions insuffisantes : le bot n'a pas accès à ce salon.",
                 .en = "Missing permissions: the bot has no access to this channel."}},
    known_error{discord::json_error::missing_permissions,
                "missing_permissions",
                {.fr = "Permissions insuffisantes : Discord refuse cette action au bot.",
                 .en = "Missing permissions: Discord does not let the bot do this."}},
    known_error{discord::json_error::blocked_by_automatic_moderation,
                "blocked_by_automod",
                {.fr = "L'AutoMod de ce serveur a bloqué le message.",
                 .en = "The server's AutoMod blocked the message."}},
};

refusal explain_rest(const discord::rest_error& error) {
    const auto* known = std::ranges::find(known_errors, error.code(), &known_error::code);
    if (known != known_errors.end())
        return {.code = known->name, .reason = known->reason};
    if (!error.errors().empty()) {
        const auto& first = error.errors().front();
        return {.code = "refused_by_discord",
                .reason = say({.fr = "Discord refuse ces données, champ « {} » : {}",
                               .en = "Discord refuses these data, field \"{}\": {}"},
                              first.path, text::truncate(first.message, 200))};
    }
    if (error.status() >= 500) {
        return {.code = "discord_unavailable",
                .reason = say({.fr = "Discord a un problème de son côté (HTTP {}). Réessayez plus tard.",
                               .en = "Discord has a problem of its own (HTTP {}). Try again later."},
                              error.status())};
    }
    return {.code = "refused_by_discord",
            .reason = say({.fr = "Discord a refusé : {} (code {}).", .en = "Discord refused: {} (code {})."},
                          text::truncate(error.message(), 200), error.code())};
}

refusal explain_limit(const discord::rate_limited& error) {
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(error.retry_after());
    return {.code = "rate_limited",
            .reason = say({.fr = "Discord limite le bot en ce moment : réessayez dans {} s.",
                           .en = "Discord limits the bot at the moment: try again in {} s."},
                          std::chrono::ceil<std::chrono::seconds>(wait).count()),
            .retry_after = wait};
}

} // namespace

std::optional<refusal> explain(const std::exception& cause) {
    if (const auto* rest = dynamic_cast<const discord::rest_error*>(&cause))
        return explain_rest(*rest);
    if (const auto* limited = dynamic_cast<const discord::rate_limited*>(&cause))
        return explain_limit(*limited);
    if (const auto* told = dynamic_cast<const refused*>(&cause))
        return told->why();
    if (dynamic_cast<const discord::net::network_error*>(&cause) != nullptr ||
        dynamic_cast<const discord::malformed_answer*>(&cause) != nullptr ||
        dynamic_cast<const deadline_exceeded*>(&cause) != nullptr) {
        return refusal{.code = "discord_unreachable",
                       .reason = localized{.fr = "Discord ne répond pas correctement. Réessayez plus tard.",
                                           .en = "Discord does not answer properly. Try again later."}};
    }
    if (dynamic_cast<const db::error*>(&cause) != nullptr) {
        return refusal{.code = "database_unavailable",
                       .reason = localized{.fr = "La base de données ne répond pas. Réessayez plus tard.",
                                           .en = "The database does not answer. Try again later."}};
    }
    return std::nullopt;
}

} // namespace vagrolant::bot
