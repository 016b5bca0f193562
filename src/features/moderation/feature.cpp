#include "features/features.hpp"
#include "features/moderation/channel_list.hpp"
#include "features/moderation/commands.hpp"
#include "features/moderation/lock.hpp"
#include "features/moderation/purge.hpp"
#include "features/moderation/slowmode.hpp"
#include "features/moderation/state.hpp"

namespace vagrolant {

namespace {

using discord::channel_type;
using discord::command_option;
using discord::option_type;
using discord::permission;
using moderation::purge_mode;
using deferral = discord::interactions::deferral;

command_option channel_option(localized description, std::vector<channel_type> types) {
    return {.type = option_type::channel,
            .name = {.fr = "salon", .en = "channel"},
            .description = description,
            .channel_types = std::move(types)};
}

command_option amount_option() {
    return {
        .type = option_type::integer,
        .name = {.fr = "nombre", .en = "amount"},
        .description = {.fr = "Combien de messages, 1000 au plus", .en = "How many messages, at most 1000"},
        .required = true,
        .min_value = 1,
        .max_value = moderation::max_purged};
}

command_option mode_option() {
    return {
        .type = option_type::string,
        .name = {.fr = "auteurs", .en = "mode"},
        .description = {.fr = "De qui ; par défaut de tout le monde", .en = "Whose; everybody's by default"},
        .choices = {
            {.name = {.fr = "tout le monde", .en = "everybody"}, .value = enum_name(purge_mode::count)},
            {.name = {.fr = "les membres", .en = "members"}, .value = enum_name(purge_mode::users)},
            {.name = {.fr = "les bots et webhooks", .en = "bots and webhooks"},
             .value = enum_name(purge_mode::bots)}}};
}

command_option keep_pinned_option() {
    return {.type = option_type::boolean,
            .name = {.fr = "garder_épinglés", .en = "keep_pinned"},
            .description = {.fr = "Garder les messages épinglés", .en = "Keep pinned messages"}};
}

command_option duration_option() {
    return {.type = option_type::integer,
            .name = {.fr = "durée", .en = "duration"},
            .description = {.fr = "Secondes entre deux messages d'un membre ; 0 pour désactiver",
                            .en = "Seconds between two messages of a member; 0 to turn it off"},
            .required = true,
            .autocomplete = true,
            .min_value = 0,
            .max_value = moderation::max_slowmode};
}

void register_commands(bot::registry& with) {
    using enum channel_type;
    using namespace moderation;
    const std::vector threads{announcement_thread, public_thread, private_thread};
    const auto and_threads = [&threads](std::vector<channel_type> types) {
        types.insert(types.end(), threads.begin(), threads.end());
        return types;
    };
    // Discord's schema of options knows no media channels: there the command without an option serves.
    const localized here{.fr = "Le salon ; par défaut celui-ci", .en = "The channel; this one by default"};
    const auto lockable_channel =
        channel_option(here, and_threads({text, announcement, voice, stage, forum}));

    // To whom they are shown by default. Discord asks for all of a set, and a thread is managed by another
    // permission than a channel: what it takes is asked when a command is used.
    constexpr auto moderators = permission::manage_messages;

    // The handler defers by itself: it asks back before a big purge.
    with.command({.name = {.fr = "purge", .en = "purge"},
                  .description = {.fr = "Supprime les derniers messages d'un salon",
                                  .en = "Deletes the latest messages of a channel"},
                  .options = {amount_option(), mode_option(),
                              channel_option(here, and_threads({text, announcement, voice, stage})),
                              keep_pinned_option()},
                  .default_member_permissions = moderators},
                 deferral::ephemeral, purge_command);
    with.command(
        {.name = {.fr = "mode-lent", .en = "slowmode"},
         .description = {.fr = "Règle le mode lent d'un salon", .en = "Sets a channel's slow mode"},
         .options = {duration_option(), channel_option(here, and_threads({text, voice, stage, forum}))},
         .default_member_permissions = moderators},
        deferral::ephemeral, slowmode_command);
    with.command({.name = {.fr = "verrouiller", .en = "lock"},
                  .description = {.fr = "Empêche @everyone d'écrire dans un salon",
                                  .en = "Keeps @everyone from writing in a channel"},
                  .options = {lockable_channel},
                  .default_member_permissions = moderators},
                 deferral::ephemeral, lock_command);
    with.command({.name = {.fr = "déverrouiller", .en = "unlock"},
                  .description = {.fr = "Rétablit ce que le verrouillage avait trouvé",
                                  .en = "Puts back what locking found"},
                  .options = {lockable_channel},
                  .default_member_permissions = moderators},
                 deferral::ephemeral, unlock_command);
    with.autocomplete("slowmode", "duration", complete_slowmode);
    with.component(purge_pattern, deferral::update, purge_confirmed);
    with.component(purge_cancel_pattern, deferral::update, purge_cancelled);
    with.component(unlock_pattern, deferral::update, unlock_clicked);
}

} // namespace

void register_moderation(bot::registry& with) {
    using namespace moderation;
    with.state<state>();
    with.action(bot::make_action({.name = "listTextChannels", .lane = "reads"}, read_list, list_channels));
    with.action(bot::make_action(purge_terms, read_purge, purge));
    with.action(bot::make_action(slowmode_terms, read_slowmode, slowmode));
    with.action(bot::make_action(lock_terms, read_lock, lock));
    with.action(bot::make_action(unlock_terms, read_lock, unlock));
    with.on(on_channel_delete);
    with.job("locks", load_locks);
    register_commands(with);
}

} // namespace vagrolant
