#include "discord/model/permissions.hpp"

#include <algorithm>
#include <array>

namespace vagrolant::discord {

namespace {

struct entry {
    permission which;
    localized name;
};

constexpr std::array names{
    entry{permission::create_instant_invite, {.fr = "Créer une invitation", .en = "Create Invite"}},
    entry{permission::kick_members, {.fr = "Expulser des membres", .en = "Kick Members"}},
    entry{permission::ban_members, {.fr = "Bannir des membres", .en = "Ban Members"}},
    entry{permission::administrator, {.fr = "Administrateur", .en = "Administrator"}},
    entry{permission::manage_channels, {.fr = "Gérer les salons", .en = "Manage Channels"}},
    entry{permission::manage_guild, {.fr = "Gérer le serveur", .en = "Manage Server"}},
    entry{permission::add_reactions, {.fr = "Ajouter des réactions", .en = "Add Reactions"}},
    entry{permission::view_audit_log, {.fr = "Voir les logs du serveur", .en = "View Audit Log"}},
    entry{permission::priority_speaker, {.fr = "Voix prioritaire", .en = "Priority Speaker"}},
    entry{permission::stream, {.fr = "Vidéo", .en = "Video"}},
    entry{permission::view_channel, {.fr = "Voir les salons", .en = "View Channels"}},
    entry{permission::send_messages, {.fr = "Envoyer des messages", .en = "Send Messages"}},
    entry{permission::send_tts_messages,
          {.fr = "Envoyer des messages en synthèse vocale", .en = "Send Text-to-Speech Messages"}},
    entry{permission::manage_messages, {.fr = "Gérer les messages", .en = "Manage Messages"}},
    entry{permission::embed_links, {.fr = "Intégrer des liens", .en = "Embed Links"}},
    entry{permission::attach_files, {.fr = "Joindre des fichiers", .en = "Attach Files"}},
    entry{permission::read_message_history,
          {.fr = "Voir les anciens messages", .en = "Read Message History"}},
    entry{permission::mention_everyone,
          {.fr = "Mentionner @everyone, @here et tous les rôles",
           .en = "Mention @everyone, @here and All Roles"}},
    entry{permission::use_external_emojis,
          {.fr = "Utiliser des émojis externes", .en = "Use External Emoji"}},
    entry{permission::view_guild_insights,
          {.fr = "Voir les analyses du serveur", .en = "View Server Insights"}},
    entry{permission::connect, {.fr = "Se connecter", .en = "Connect"}},
    entry{permission::speak, {.fr = "Parler", .en = "Speak"}},
    entry{permission::mute_members, {.fr = "Couper le micro de membres", .en = "Mute Members"}},
    entry{permission::deafen_members, {.fr = "Mettre en sourdine des membres", .en = "Deafen Members"}},
    entry{permission::move_members, {.fr = "Déplacer des membres", .en = "Move Members"}},
    entry{permission::use_vad, {.fr = "Utiliser la détection de voix", .en = "Use Voice Activity"}},
    entry{permission::change_nickname, {.fr = "Changer le pseudo", .en = "Change Nickname"}},
    entry{permission::manage_nicknames, {.fr = "Gérer les pseudos", .en = "Manage Nicknames"}},
    entry{permission::manage_roles, {.fr = "Gérer les rôles", .en = "Manage Roles"}},
    entry{permission::manage_webhooks, {.fr = "Gérer les webhooks", .en = "Manage Webhooks"}},
    entry{permission::manage_guild_expressions, {.fr = "Gérer les expressions", .en = "Manage Expressions"}},
    entry{permission::use_application_commands,
          {.fr = "Utiliser les commandes de l'application", .en = "Use Application Commands"}},
    entry{permission::request_to_speak, {.fr = "Demander à prendre la parole", .en = "Request to Speak"}},
    entry{permission::manage_events, {.fr = "Gérer les évènements", .en = "Manage Events"}},
    entry{permission::manage_threads, {.fr = "Gérer les fils", .en = "Manage Threads"}},
    entry{permission::create_public_threads, {.fr = "Créer des fils publics", .en = "Create Public Threads"}},
    entry{permission::create_private_threads,
          {.fr = "Créer des fils privés", .en = "Create Private Threads"}},
    entry{permission::use_external_stickers,
          {.fr = "Utiliser des autocollants externes", .en = "Use External Stickers"}},
    entry{permission::send_messages_in_threads,
          {.fr = "Envoyer des messages dans les fils", .en = "Send Messages in Threads"}},
    entry{permission::use_embedded_activities, {.fr = "Utiliser les activités", .en = "Use Activities"}},
    entry{permission::moderate_members,
          {.fr = "Exclure temporairement des membres", .en = "Timeout Members"}},
    entry{permission::view_creator_monetization_analytics,
          {.fr = "Voir les analyses de monétisation", .en = "View Creator Monetization Analytics"}},
    entry{permission::use_soundboard, {.fr = "Utiliser le soundboard", .en = "Use Soundboard"}},
    entry{permission::create_guild_expressions, {.fr = "Créer des expressions", .en = "Create Expressions"}},
    entry{permission::create_events, {.fr = "Créer des évènements", .en = "Create Events"}},
    entry{permission::use_external_sounds, {.fr = "Utiliser des sons externes", .en = "Use External Sounds"}},
    entry{permission::send_voice_messages,
          {.fr = "Envoyer des messages vocaux", .en = "Send Voice Messages"}},
    entry{permission::set_voice_channel_status,
          {.fr = "Définir le statut du salon vocal", .en = "Set Voice Channel Status"}},
    entry{permission::send_polls, {.fr = "Créer des sondages", .en = "Create Polls"}},
    entry{permission::use_external_apps,
          {.fr = "Utiliser des applications externes", .en = "Use External Apps"}},
    entry{permission::pin_messages, {.fr = "Épingler des messages", .en = "Pin Messages"}},
    entry{permission::bypass_slowmode, {.fr = "Contourner le mode lent", .en = "Bypass Slowmode"}},
};

constexpr bool names_everything_once() {
    permissions seen;
    for (const auto& one : names) {
        if (seen.has(one.which))
            return false;
        seen |= one.which;
    }
    return seen == permissions::all();
}
static_assert(names_everything_once());

constexpr permissions kept_in_timeout{permission::view_channel, permission::read_message_history};

// Mean nothing where no message can be sent.
constexpr permissions needs_send{permission::mention_everyone, permission::send_tts_messages,
                                 permission::attach_files, permission::embed_links};

} // namespace

localized name_of(permission one) {
    const auto* found = std::ranges::find(names, one, &entry::which);
    return found == names.end() ? localized{.fr = "permission inconnue", .en = "unknown permission"}
                                : found->name;
}

std::vector<permission> list(permissions set) {
    std::vector<permission> listed;
    for (const auto& one : names) {
        if (set.has(one.which))
            listed.push_back(one.which);
    }
    return listed;
}

permissions compute_base(const permission_subject& who, std::span<const permissions> role_permissions) {
    if (who.owner)
        return permissions::all();
    permissions base;
    for (const auto one : role_permissions)
        base |= one;
    if (base.has(permission::administrator))
        return permissions::all();
    return who.timed_out ? base & kept_in_timeout : base;
}

permissions compute_in_channel(permissions base, const permission_subject& who, guild_id guild,
                               std::span<const overwrite> overwrites, bool voice) {
    if (base.has(permission::administrator))
        return permissions::all();

    const overwrite* everyone = nullptr;
    const overwrite* own = nullptr;
    permissions role_allow;
    permissions role_deny;
    for (const auto& one : overwrites) {
        if (one.type == overwrite_type::member) {
            if (one.id == who.user.value())
                own = &one;
        } else if (one.id == guild.value()) {
            everyone = &one;
        } else if (std::ranges::find(who.roles, role_id(one.id)) != who.roles.end()) {
            role_allow |= one.allow;
            role_deny |= one.deny;
        }
    }

    auto granted = base;
    if (everyone)
        granted = granted.without(everyone->deny) | everyone->allow;
    granted = granted.without(role_deny) | role_allow;
    if (own)
        granted = granted.without(own->deny) | own->allow;

    if (who.timed_out)
        granted &= kept_in_timeout;
    if (!granted.has(permission::view_channel))
        return {};
    if (voice && !granted.has(permission::connect))
        return permission::view_channel;
    if (!granted.has(permission::send_messages))
        granted = granted.without(needs_send);
    return granted;
}

} // namespace vagrolant::discord
