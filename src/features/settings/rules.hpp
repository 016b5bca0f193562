#pragma once

#include "bot/guild_settings.hpp"
#include "bot/phrase.hpp"
#include "discord/model/message_create.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vagrolant::settings {

using bot::guild_choices;
using bot::guild_settings;
using bot::phrase;
using bot::refusal;

enum class setting : std::uint8_t { language, time_zone, mentions, moderators, requester };

/// How a setting is called: by people, and in the option of `/settings reset`.
struct setting_name {
    setting which = setting::language;
    std::string_view key;
    localized name;
};

/// All of them, in the order in which they are shown.
std::span<const setting_name> all_settings();

/// nullopt for a key that names none.
std::optional<setting> find_setting(std::string_view key);

/// Whom it lets notify, as people say it.
localized policy_name(bot::mention_policy policy);

/// The most moderator roles that a guild may have.
inline constexpr std::size_t max_moderator_roles = 25;

struct moderators_edit {
    std::optional<discord::role_id> add;
    std::optional<discord::role_id> remove;
    discord::guild_id guild;
    /// The guild's roles: those that are gone are dropped.
    std::vector<discord::role_id> existing;
};

/// Refuses @everyone (`everyone_role`), and more than `max_moderator_roles` (`too_many_roles`).
std::expected<guild_choices, refusal> edit_moderators(guild_choices from, const moderators_edit& how);

/// Leaves the setting to the bot's configuration.
guild_choices reset(guild_choices from, setting which);

/// The value as people say it: "français", "« Modération » et « Équipe »".
phrase value_of(setting which, const guild_settings& settings);

/// "Langue : français → anglais.", and the way back to the default.
phrase changed(setting which, const guild_choices& before, const guild_choices& after,
               const guild_settings& defaults);

/// All settings, which of them are the default, and how to change them; for the person alone.
discord::message_create overview(const guild_choices& chosen, const guild_settings& defaults,
                                 locale language);

/// At most 25 zones that match what has been typed, the likeliest first. The case, spaces instead of "_" and
/// accents do not count: "new y", "réunion".
std::vector<std::string> suggest_zones(std::span<const std::string> zones, std::string_view typed);

} // namespace vagrolant::settings
