#include "features/settings/rules.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace vagrolant::settings {

namespace {

using bot::mention_policy;
using bot::say;

constexpr std::array names{
    setting_name{setting::language, "language", {.fr = "Langue", .en = "Language"}},
    setting_name{setting::time_zone, "timezone", {.fr = "Fuseau horaire", .en = "Time zone"}},
    setting_name{
        setting::mentions, "mentions", {.fr = "Mentions des annonces", .en = "Announcement mentions"}},
    setting_name{setting::moderators, "moderators", {.fr = "Rôles de modération", .en = "Moderator roles"}},
    setting_name{
        setting::requester, "requester", {.fr = "Demandeur des commandes", .en = "Requester of commands"}},
};

const setting_name& name_of(setting which) {
    return *std::ranges::find(names, which, &setting_name::which);
}

localized language_name(locale language) {
    return language == locale::fr ? localized{.fr = "français", .en = "French"}
                                  : localized{.fr = "anglais", .en = "English"};
}

phrase role_names(const std::vector<discord::role_id>& roles) {
    if (roles.empty())
        return localized{.fr = "aucun", .en = "none"};
    std::string mentions;
    for (const auto one : roles)
        mentions += fmt::format("{}<@&{}>", mentions.empty() ? "" : ", ", one.to_string());
    return {mentions, mentions};
}

bool is_default(setting which, const guild_choices& chosen) {
    return reset(chosen, which) == chosen;
}

// Lower case, with spaces; whatever is not ASCII becomes '?', which matches any character.
std::string folded(std::string_view text) {
    std::string plain;
    for (const char c : text::to_lower_ascii(text)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80)
            plain += c == '_' ? ' ' : c;
        else if (byte >= 0xC0)
            plain += '?';
    }
    return plain;
}

bool same_letter(char typed, char known) {
    return typed == '?' || typed == known;
}

// How good a match is: lower is better; nullopt for none.
std::optional<int> rank(std::string_view zone, std::string_view typed) {
    const auto known = folded(zone);
    const auto found = std::ranges::search(known, typed, [](char a, char b) { return same_letter(b, a); });
    if (found.empty() && !typed.empty())
        return std::nullopt;
    const auto at = static_cast<std::size_t>(found.begin() - known.begin());
    const auto city = known.rfind('/');
    if (city != std::string::npos && at == city + 1)
        return 0;
    return at == 0 ? 1 : 2;
}

} // namespace

std::span<const setting_name> all_settings() {
    return names;
}

std::optional<setting> find_setting(std::string_view key) {
    const auto* found = std::ranges::find(names, key, &setting_name::key);
    return found == names.end() ? std::nullopt : std::optional(found->which);
}

localized policy_name(mention_policy policy) {
    switch (policy) {
    case mention_policy::none:
        return {.fr = "personne", .en = "nobody"};
    case mention_policy::users:
        return {.fr = "les membres seulement", .en = "members only"};
    case mention_policy::all:
        break;
    }
    return {.fr = "les membres, les rôles et @everyone", .en = "members, roles and @everyone"};
}

std::expected<guild_choices, refusal> edit_moderators(guild_choices from, const moderators_edit& how) {
    const auto before = from.moderator_roles.value_or(std::vector<discord::role_id>());
    auto roles = before;
    std::erase_if(roles, [&](discord::role_id one) {
        return one == how.remove || std::ranges::find(how.existing, one) == how.existing.end();
    });
    if (how.add) {
        if (how.add->value() == how.guild.value()) {
            return std::unexpected(refusal{
                .code = "everyone_role",
                .reason =
                    localized{.fr = "@everyone ne peut pas être un rôle de modération : tous les membres "
                                    "pourraient alors supprimer des messages. Choisissez un autre rôle.",
                              .en = "@everyone cannot be a moderator role: every member could then delete "
                                    "messages. Choose another role."}});
        }
        if (std::ranges::find(roles, *how.add) == roles.end())
            roles.push_back(*how.add);
    }
    if (roles.size() > max_moderator_roles) {
        return std::unexpected(refusal{
            .code = "too_many_roles",
            .reason = say({.fr = "Ce serveur a déjà {} rôles de modération, le maximum. Retirez-en un "
                                 "d'abord.",
                           .en = "This server already has {} moderator roles, the maximum. Remove one "
                                 "first."},
                          max_moderator_roles)});
    }
    if (roles != before)
        from.moderator_roles = std::move(roles);
    return from;
}

guild_choices reset(guild_choices from, setting which) {
    switch (which) {
    case setting::language:
        from.language.reset();
        break;
    case setting::time_zone:
        from.time_zone.reset();
        break;
    case setting::mentions:
        from.announcement_mentions.reset();
        break;
    case setting::moderators:
        from.moderator_roles.reset();
        break;
    case setting::requester:
        from.requester_required.reset();
        break;
    }
    return from;
}

phrase value_of(setting which, const guild_settings& settings) {
    switch (which) {
    case setting::language:
        return language_name(settings.language);
    case setting::time_zone:
        return {settings.time_zone, settings.time_zone};
    case setting::mentions:
        return policy_name(settings.announcement_mentions);
    case setting::moderators:
        return role_names(settings.moderator_roles);
    case setting::requester:
        break;
    }
    return settings.requester_required ? localized{.fr = "obligatoire", .en = "required"}
                                       : localized{.fr = "facultatif", .en = "optional"};
}

phrase changed(setting which, const guild_choices& before, const guild_choices& after,
               const guild_settings& defaults) {
    const auto& name = name_of(which);
    const auto now = value_of(which, after.over(defaults));
    if (before == after)
        return say({.fr = "{} : c'était déjà {}.", .en = "{}: it already was {}."}, name.name, now);
    const auto then = value_of(which, before.over(defaults));
    if (is_default(which, after)) {
        return say({.fr = "{} : {} → **{}** (valeur par défaut).", .en = "{}: {} → **{}** (the default)."},
                   name.name, then, now);
    }
    return say({.fr = "{0} : {1} → **{2}**.\nPour revenir à la valeur par défaut ({3}) : `/réglages défaut "
                      "réglage:{0}`",
                .en = "{0}: {1} → **{2}**.\nTo go back to the default ({3}): `/settings reset setting:{0}`"},
               name.name, then, now, value_of(which, defaults));
}

discord::message_create overview(const guild_choices& chosen, const guild_settings& defaults,
                                 locale language) {
    const localized title{.fr = "Réglages de ce serveur", .en = "Settings of this server"};
    const localized hint{.fr = "Chaque réglage se change par `/réglages` suivi de son nom.",
                         .en = "Each setting is changed with `/settings` followed by its name."};
    const localized by_default{.fr = " (par défaut)", .en = " (default)"};
    const auto settings = chosen.over(defaults);
    discord::embed shown{.title = std::string(title.in(language)),
                         .description = std::string(hint.in(language))};
    for (const auto& one : names) {
        const auto suffix = is_default(one.which, chosen) ? by_default.in(language) : "";
        shown.fields.push_back({.name = std::string(one.name.in(language)),
                                .value = value_of(one.which, settings).in(language) + std::string(suffix)});
    }
    return {.embeds = {std::move(shown)}, .flags = discord::message_flags::ephemeral};
}

std::vector<std::string> suggest_zones(std::span<const std::string> zones, std::string_view typed) {
    constexpr std::size_t most = 25;
    const auto wanted = folded(text::trim(typed));
    std::vector<std::pair<int, std::string>> found;
    for (const auto& zone : zones) {
        if (const auto how = rank(zone, wanted))
            found.emplace_back(*how, zone);
    }
    std::ranges::sort(found);
    found.resize(std::min(found.size(), most));
    std::vector<std::string> best;
    best.reserve(found.size());
    for (auto& [how, zone] : found)
        best.push_back(std::move(zone));
    return best;
}

} // namespace vagrolant::settings
