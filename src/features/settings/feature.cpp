#include "features/features.hpp"
#include "features/settings/commands.hpp"
#include "features/settings/rules.hpp"

namespace vagrolant {

namespace {

using discord::command_choice;
using discord::command_option;
using discord::option_type;

std::vector<command_choice> setting_choices() {
    std::vector<command_choice> choices;
    for (const auto& one : settings::all_settings())
        choices.push_back({.name = one.name, .value = one.key});
    return choices;
}

std::vector<command_choice> policy_choices() {
    std::vector<command_choice> choices;
    for (const auto policy :
         {bot::mention_policy::all, bot::mention_policy::users, bot::mention_policy::none})
        choices.push_back({.name = settings::policy_name(policy), .value = enum_name(policy)});
    return choices;
}

command_option subcommand(localized name, localized description, std::vector<command_option> options = {}) {
    return {.type = option_type::sub_command,
            .name = name,
            .description = description,
            .options = std::move(options)};
}

std::vector<command_option> subcommands() {
    return {
        subcommand({.fr = "voir", .en = "show"},
                   {.fr = "Les réglages de ce serveur", .en = "The settings of this server"}),
        subcommand({.fr = "langue", .en = "language"},
                   {.fr = "La langue des réponses au tableau de bord et des annonces du bot",
                    .en = "The language of answers to the dashboard and of the bot's announcements"},
                   {{.type = option_type::string,
                     .name = {.fr = "langue", .en = "language"},
                     .description = {.fr = "La langue", .en = "The language"},
                     .required = true,
                     .choices = {{.name = {.fr = "français", .en = "French"}, .value = "fr"},
                                 {.name = {.fr = "anglais", .en = "English"}, .value = "en"}}}}),
        subcommand(
            {.fr = "fuseau", .en = "timezone"},
            {.fr = "Le fuseau horaire de ce qui est programmé", .en = "The time zone of what is scheduled"},
            {{.type = option_type::string,
              .name = {.fr = "fuseau", .en = "zone"},
              .description = {.fr = "Une ville ou une région, par exemple Europe/Paris",
                              .en = "A city or region, for example Europe/Paris"},
              .required = true,
              .autocomplete = true,
              .max_length = 64}}),
        subcommand({.fr = "mentions", .en = "mentions"},
                   {.fr = "Qui les annonces peuvent notifier", .en = "Whom announcements may notify"},
                   {{.type = option_type::string,
                     .name = {.fr = "qui", .en = "who"},
                     .description = {.fr = "Au plus", .en = "At the most"},
                     .required = true,
                     .choices = policy_choices()}}),
        subcommand({.fr = "modérateurs", .en = "moderators"},
                   {.fr = "Les rôles qui permettent de modérer avec le bot",
                    .en = "The roles that allow moderating with the bot"},
                   {{.type = option_type::role,
                     .name = {.fr = "ajouter", .en = "add"},
                     .description = {.fr = "Un rôle à ajouter", .en = "A role to add"}},
                    {.type = option_type::role,
                     .name = {.fr = "retirer", .en = "remove"},
                     .description = {.fr = "Un rôle à retirer", .en = "A role to remove"}}}),
        subcommand({.fr = "demandeur", .en = "requester"},
                   {.fr = "Si le tableau de bord doit dire qui demande une commande",
                    .en = "Whether the dashboard must say who asks for a command"},
                   {{.type = option_type::boolean,
                     .name = {.fr = "obligatoire", .en = "required"},
                     .description = {.fr = "Refuser les commandes dont personne n'est l'auteur",
                                     .en = "Refuse commands that nobody asks for"},
                     .required = true}}),
        subcommand(
            {.fr = "défaut", .en = "reset"},
            {.fr = "Remet un réglage à sa valeur par défaut", .en = "Puts a setting back to its default"},
            {{.type = option_type::string,
              .name = {.fr = "réglage", .en = "setting"},
              .description = {.fr = "Le réglage", .en = "The setting"},
              .required = true,
              .choices = setting_choices()}}),
    };
}

} // namespace

void register_settings(bot::registry& with) {
    with.command({.name = {.fr = "réglages", .en = "settings"},
                  .description = {.fr = "Les réglages du bot sur ce serveur",
                                  .en = "The bot's settings on this server"},
                  .options = subcommands(),
                  .default_member_permissions = discord::permission::manage_guild},
                 discord::interactions::deferral::ephemeral,
                 {{"settings/show", settings::show},
                  {"settings/language", settings::set_language},
                  {"settings/timezone", settings::set_time_zone},
                  {"settings/mentions", settings::set_mentions},
                  {"settings/moderators", settings::set_moderators},
                  {"settings/requester", settings::set_requester},
                  {"settings/reset", settings::reset_one}});
    with.autocomplete("settings/timezone", "zone", settings::complete_zone);
}

} // namespace vagrolant
