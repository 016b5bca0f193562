#include "features/announcements/actions.hpp"
#include "features/announcements/commands.hpp"
#include "features/features.hpp"

namespace vagrolant {

namespace {

using bot::mention_policy;
using discord::command_option;
using discord::option_type;

command_option text_option(localized name, localized description, int max_length) {
    return {.type = option_type::string, .name = name, .description = description, .max_length = max_length};
}

std::vector<command_option> announce_options() {
    return {
        text_option({.fr = "message", .en = "message"},
                    {.fr = "Le texte ; sans rien, un formulaire s'ouvre",
                     .en = "The text; without any, a form opens"},
                    2000),
        text_option({.fr = "titre", .en = "title"},
                    {.fr = "Le titre de l'encadré", .en = "The embed's title"}, 256),
        text_option({.fr = "texte", .en = "description"},
                    {.fr = "Le texte de l'encadré", .en = "The embed's text"}, 4000),
        text_option({.fr = "couleur", .en = "colour"},
                    {.fr = "La couleur de l'encadré, par exemple #E11D48",
                     .en = "The embed's colour, for example #E11D48"},
                    7),
        text_option({.fr = "image", .en = "image"},
                    {.fr = "L'adresse d'une image, https://…", .en = "A picture's address, https://…"}, 2048),
        {.type = option_type::string,
         .name = {.fr = "mentions", .en = "mentions"},
         .description = {.fr = "Qui les mentions notifient ; par défaut tous ceux qu'elles nomment",
                         .en = "Whom mentions notify; by default all that they name"},
         .choices = {{.name = {.fr = "tous ceux qu'elles nomment", .en = "all that they name"},
                      .value = enum_name(mention_policy::all)},
                     {.name = {.fr = "les membres seulement", .en = "members only"},
                      .value = enum_name(mention_policy::users)},
                     {.name = {.fr = "personne", .en = "nobody"}, .value = enum_name(mention_policy::none)}}},
        {.type = option_type::channel,
         .name = {.fr = "salon", .en = "channel"},
         .description = {.fr = "Le salon ; par défaut celui-ci", .en = "The channel; this one by default"},
         .channel_types = {discord::channel_type::text, discord::channel_type::announcement}}};
}

} // namespace

void register_announcements(bot::registry& with) {
    using discord::interactions::deferral;
    with.action(bot::make_action(announcements::announce_terms, announcements::read_announce,
                                 announcements::announce));
    // Opens a form where there is no text, which must be the first answer; else it defers by itself.
    with.command({.name = {.fr = "annoncer", .en = "announce"},
                  .description = {.fr = "Publie une annonce", .en = "Publishes an announcement"},
                  .options = announce_options(),
                  .default_member_permissions = discord::permission::manage_messages},
                 deferral::none, announcements::announce_command);
    with.modal(announcements::form_pattern, deferral::ephemeral, announcements::form_submitted);
}

} // namespace vagrolant
