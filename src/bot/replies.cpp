#include "bot/replies.hpp"

#include "bot/failure.hpp"

namespace vagrolant::bot {

namespace {

localized general(discord::interactions::failure what) {
    using enum discord::interactions::failure;
    switch (what) {
    case stale_component:
        return {.fr = "Ce bouton ou ce menu vient d'une ancienne version et ne fonctionne plus.",
                .en = "This button or menu is from an earlier version and no longer works."};
    case unknown_command:
        return {.fr = "Cette commande n'existe plus. Discord l'oubliera dans quelques instants.",
                .en = "This command no longer exists. Discord will forget it in a moment."};
    case busy:
        return {.fr = "Le bot est très sollicité. Réessayez dans quelques instants.",
                .en = "The bot is very busy. Try again in a moment."};
    case internal:
        break;
    }
    return {.fr = "Quelque chose s'est mal passé. L'erreur a été notée ; réessayez plus tard.",
            .en = "Something went wrong. The error has been noted; try again later."};
}

} // namespace

std::string replies::sentence(discord::interactions::failure what, const std::exception* cause,
                              std::string_view locale) const {
    const auto language = locale_from_discord(locale, fallback_);
    if (cause != nullptr) {
        if (const auto known = explain(*cause))
            return known->reason.in(language);
    }
    return std::string(general(what).in(language));
}

} // namespace vagrolant::bot
