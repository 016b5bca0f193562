#include "features/voice_hubs/create_failures.hpp"

#include "discord/rest/error.hpp"
#include "discord/rest/error_codes.hpp"

#include <algorithm>
#include <string_view>

namespace vagrolant::voice_hubs {

namespace {

using discord::json_error::maximum_guild_channels;
using discord::json_error::missing_access;
using discord::json_error::missing_permissions;
using discord::json_error::unknown_permission_overwrite;
using discord::json_error::words_not_allowed;

bool about(const discord::rest_error& error, std::string_view field) {
    return std::ranges::any_of(error.errors(),
                               [field](const discord::field_error& one) { return one.path == field; });
}

} // namespace

int code_of(const std::exception& failure) {
    const auto* error = dynamic_cast<const discord::rest_error*>(&failure);
    return error == nullptr ? 0 : error->code();
}

create_failure classify(const std::exception& failure) {
    if (dynamic_cast<const discord::rate_limited*>(&failure) != nullptr ||
        dynamic_cast<const discord::not_wanted*>(&failure) != nullptr)
        return create_failure::not_sent;
    const auto* error = dynamic_cast<const discord::rest_error*>(&failure);
    if (error == nullptr || error->status() >= 500)
        return create_failure::unknown;
    switch (error->code()) {
    case maximum_guild_channels:
        return create_failure::guild_full;
    case words_not_allowed:
        return create_failure::bad_name;
    case unknown_permission_overwrite:
        return create_failure::unknown_overwrite;
    case missing_access:
    case missing_permissions:
        return create_failure::forbidden;
    default:
        break;
    }
    // A full category has no code of its own. (Discord API Docs issue 1289)
    const bool full = std::ranges::any_of(error->errors(), [](const discord::field_error& one) {
        return one.code == "CHANNEL_PARENT_MAX_CHANNELS";
    });
    if (full)
        return create_failure::category_full;
    if (about(*error, "bitrate") || about(*error, "rtc_region"))
        return create_failure::bad_sound;
    return about(*error, "name") ? create_failure::bad_name : create_failure::refused;
}

bot::refusal why_refused(create_failure failure) {
    switch (failure) {
    case create_failure::category_full:
        return {.code = "category_full",
                .reason = localized{.fr = "La catégorie des salons est pleine (50 salons) : ajoutez une "
                                          "catégorie de débordement au hub.",
                                    .en = "The rooms' category is full (50 channels): add an overflow "
                                          "category to the hub."},
                .retry_after = {}};
    case create_failure::category_gone:
        return {.code = "category_gone",
                .reason =
                    localized{.fr = "La catégorie choisie pour les salons n'existe plus : choisissez-en "
                                    "une autre avec /hub config.",
                              .en = "The category chosen for the rooms is gone: choose another one "
                                    "with /hub config."},
                .retry_after = {}};
    case create_failure::guild_full:
        return {.code = "guild_full",
                .reason = localized{.fr = "Ce serveur a atteint le maximum de 500 salons : supprimez-en "
                                          "pour que le hub puisse en créer.",
                                    .en = "This server has reached the maximum of 500 channels: delete "
                                          "some so that the hub can make rooms."},
                .retry_after = {}};
    case create_failure::forbidden:
        return {.code = "missing_permissions",
                .reason = localized{.fr = "Il manque au bot une permission pour créer des salons ou y "
                                          "déplacer des membres : /hub doctor dit laquelle et où.",
                                    .en = "The bot lacks a permission to make rooms or to move members "
                                          "into them: /hub doctor says which, and where."},
                .retry_after = {}};
    case create_failure::unknown_overwrite:
    case create_failure::bad_sound:
    case create_failure::bad_name:
    case create_failure::refused:
    case create_failure::unknown:
    case create_failure::not_sent:
        break;
    }
    return {.code = "refused_by_discord",
            .reason = localized{.fr = "Discord refuse pour l'instant de créer des salons ici.",
                                .en = "Discord refuses to make rooms here at the moment."},
            .retry_after = {}};
}

} // namespace vagrolant::voice_hubs
