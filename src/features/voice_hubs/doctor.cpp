#include "features/voice_hubs/doctor.hpp"

#include "bot/permissions.hpp"
#include "features/voice_hubs/names.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace vagrolant::voice_hubs {

namespace {

using bot::phrase;
using bot::say;
using discord::permission;
using severity = doctor_finding::severity;

constexpr int max_per_category = 50;
constexpr std::size_t max_channels = 500;

struct need {
    discord::permission what;
    severity how_bad;
    /// What does not work without it.
    localized without;
};

constexpr std::array needs{
    need{permission::view_channel,
         severity::error,
         {.fr = "le bot ne voit pas qui attend", .en = "the bot does not see who is waiting"}},
    need{permission::manage_channels,
         severity::error,
         {.fr = "aucun salon ne peut être créé ni supprimé", .en = "no room can be made or deleted"}},
    need{permission::connect,
         severity::error,
         {.fr = "le bot ne peut pas agir dans les salons", .en = "the bot cannot act in the rooms"}},
    need{permission::move_members,
         severity::error,
         {.fr = "personne n'est conduit dans son salon, et la purge ne déconnecte personne",
          .en = "nobody is brought into his room, and a purge disconnects nobody"}},
    need{permission::manage_roles,
         severity::error,
         {.fr = "les modes Fermé, Privé et Conférence et les listes ne peuvent pas être appliqués",
          .en = "the modes closed, private and conference and the lists cannot be applied"}},
    need{permission::speak,
         severity::warning,
         {.fr = "le mode Conférence ne peut pas retirer la parole",
          .en = "the mode conference cannot take the right to speak"}},
    need{permission::mute_members,
         severity::warning,
         {.fr = "le mode Conférence ne fait pas taire ceux qui sont déjà là",
          .en = "the mode conference does not silence those who are in already"}},
    need{permission::set_voice_channel_status,
         severity::warning,
         {.fr = "le statut des salons ne peut pas être changé", .en = "a room's status cannot be set"}},
    need{permission::send_messages,
         severity::warning,
         {.fr = "le panneau n'est envoyé qu'en message privé",
          .en = "the panel is sent by direct message only"}},
};

class examiner {
public:
    explicit examiner(const doctor_input& about)
        : about_(about) {}

    std::vector<doctor_finding> run() {
        if (!about_.current) {
            add(severity::warning, {},
                localized{
                    .fr = "Discord n'est pas joignable en ce moment, ou ce serveur est indisponible : ce "
                          "qui suit est ce qui en était connu, et ce qu'une remise en ordre ferait n'est "
                          "pas connu.",
                    .en = "Discord cannot be reached now, or this server is unavailable: what follows is "
                          "what was known of it, and what putting things in order would do is not "
                          "known."});
        }
        if (about_.hubs.empty() && about_.plan.empty())
            return findings_;
        require({.id = {}, .name = {}, .own = about_.own}, about_.own, true);
        if (about_.channels >= max_channels)
            add(severity::error, {},
                localized{
                    .fr = "Le serveur a atteint le maximum de 500 salons : aucun salon ne peut être créé.",
                    .en = "The server has reached the maximum of 500 channels: no room can be made."});
        for (const auto& one : about_.hubs)
            look_at(one);
        for (const auto& one : about_.plan)
            announce(one);
        std::vector<doctor_finding> sorted;
        for (const auto how_bad : {severity::error, severity::warning, severity::plan})
            std::ranges::copy_if(findings_, std::back_inserter(sorted),
                                 [how_bad](const doctor_finding& one) { return one.how_bad == how_bad; });
        return sorted;
    }

private:
    void add(severity how_bad, channel_id where, phrase what) {
        findings_.push_back({.how_bad = how_bad, .where = where, .what = std::move(what)});
    }

    // Of what the guild grants, what this place takes away again.
    void require(const place& where, permissions own, bool guild) {
        for (const auto& one : needs) {
            if (own.has(one.what) || (!guild && !about_.own.has(one.what)))
                continue;
            const auto label = guild ? phrase(localized{.fr = "le serveur", .en = "the server"})
                                     : bot::channel_label(where.name);
            add(one.how_bad, where.id,
                say({.fr = "Il manque au bot « {} » dans {} : {}.", .en = "The bot lacks \"{}\" in {}: {}."},
                    discord::name_of(one.what), label, one.without));
        }
    }

    void look_at(const hub_facts& one) {
        const auto& settings = one.what.settings;
        if (!one.channel.exists)
            return; // the plan says it
        if (one.refused) {
            add(severity::error, one.what.channel,
                say({.fr = "Discord ne laisse créer aucun salon. {} Nouvel essai <t:{}:R>.",
                     .en = "Discord lets no room be made. {} Next try <t:{}:R>."},
                    *one.refused,
                    std::chrono::ceil<std::chrono::seconds>(one.asked_again).time_since_epoch().count()));
        }
        if (one.afk) {
            add(severity::error, one.what.channel,
                say({.fr = "{} est le salon d'inactivité du serveur : personne n'y a de salon. Choisissez un "
                           "autre salon d'inactivité dans les paramètres du serveur.",
                     .en = "{} is the server's AFK channel: nobody has a room there. Choose another AFK "
                           "channel in the server's settings."},
                    bot::channel_label(one.channel.name)));
        }
        require(one.channel, one.channel.own, false);
        for (const auto& room : one.rooms)
            require(room, room.own, false);
        const bool all_full =
            !one.categories.empty() && std::ranges::all_of(one.categories, [](const place& category) {
                return !category.exists || category.children >= max_per_category;
            });
        for (const auto& category : one.categories) {
            if (category.exists)
                require(category, category.own, false);
            else
                add(severity::warning, one.what.channel,
                    say({.fr = "Une catégorie des salons de {} n'existe plus : choisissez-en une autre.",
                         .en = "A category for the rooms of {} is gone: choose another one."},
                        bot::channel_label(one.channel.name)));
        }
        if (all_full) {
            add(severity::error, one.what.channel,
                say({.fr = "Toutes les catégories des salons de {} sont pleines (50 salons) : ajoutez une "
                           "catégorie de débordement.",
                     .en = "All categories for the rooms of {} are full (50 channels): add an overflow "
                           "category."},
                    bot::channel_label(one.channel.name)));
        }
        if (settings.permissions_from == permission_source::template_channel &&
            (!one.template_channel || !one.template_channel->exists)) {
            add(severity::warning, one.what.channel,
                say({.fr =
                         "Le salon modèle de {} n'existe plus : les salons commencent sans ses permissions.",
                     .en = "The template channel of {} is gone: rooms begin without its permissions."},
                    bot::channel_label(one.channel.name)));
        }
        if (one.template_channel && one.template_channel->exists && one.template_channel->hidden) {
            add(severity::error, one.what.channel,
                say({.fr = "Le bot ne voit pas le salon modèle de {} : aucun salon n'est créé sans ses "
                           "permissions.",
                     .en = "The bot does not see the template channel of {}: no room is made without its "
                           "permissions."},
                    bot::channel_label(one.channel.name)));
        }
        look_at_roles(one);
        if (one.log_channel &&
            (!one.log_channel->exists ||
             !one.log_channel->own.has({permission::view_channel, permission::send_messages}))) {
            add(severity::warning, one.what.channel,
                say({.fr = "Le bot ne peut pas écrire dans le salon de journal de {}.",
                     .en = "The bot cannot write in the log channel of {}."},
                    bot::channel_label(one.channel.name)));
        }
        if (!about_.presences && follows_game(settings.name_template)) {
            add(severity::warning, one.what.channel,
                say({.fr =
                         "Le modèle de nom de {} contient {{game}}, mais le bot ne reçoit pas les présences "
                         ": "
                         "aucun jeu ne s'affiche. Mettez ENABLE_PRESENCES=true dans la configuration du bot "
                         "et activez « Presence Intent » pour l'application, ou retirez {{game}}.",
                     .en = "The name template of {} has {{game}}, but the bot is not told presences: no game "
                           "shows. Set ENABLE_PRESENCES=true in the bot's configuration and switch on "
                           "\"Presence Intent\" for the application, or take {{game}} out."},
                    bot::channel_label(one.channel.name)));
        }
        report(one);
    }

    void look_at_roles(const hub_facts& one) {
        if (one.dead_roles == 0)
            return;
        const auto label = bot::channel_label(one.channel.name);
        if (one.dead_roles == one.what.settings.allowed_roles.size()) {
            add(severity::error, one.what.channel,
                say({.fr =
                         "Les rôles qui pouvaient se servir de {} n'existent plus : personne n'y a de salon.",
                     .en = "The roles that could use {} are gone: nobody has a room there."},
                    label));
        } else {
            add(severity::warning, one.what.channel,
                say({.fr = "{} rôle(s) qui pouvaient se servir de {} n'existent plus.",
                     .en = "{} role(s) that could use {} are gone."},
                    one.dead_roles, label));
        }
    }

    void report(const hub_facts& one) {
        permissions lost;
        std::size_t roles = 0;
        for (const auto& overwrite : one.lost) {
            lost |= overwrite.bits;
            ++roles;
        }
        if (roles == 0)
            return;
        phrase names;
        for (const auto bit : discord::list(lost)) {
            const auto* separator = names.fr.empty() ? "" : ", ";
            names.fr += fmt::format("{}« {} »", separator, discord::name_of(bit).fr);
            names.en += fmt::format("{}\"{}\"", separator, discord::name_of(bit).en);
        }
        if (names.fr.empty())
            names = localized{.fr = "rôles disparus", .en = "roles that are gone"};
        add(severity::warning, one.what.channel,
            say({.fr = "{} règle(s) de permission de la source de {} ne sont pas reprises dans les salons, "
                       "car le bot ne les a pas lui-même : {}.",
                 .en = "{} permission overwrite(s) of the source of {} are not taken over by rooms, as the "
                       "bot does not have them itself: {}."},
                roles, bot::channel_label(one.channel.name), names));
    }

    void announce(const reconcile_step& step) {
        using enum reconcile_step::kind;
        switch (step.what) {
        case forget_hub:
            add(severity::plan, step.channel,
                localized{.fr = "Le salon d'un hub n'existe plus : ce hub sera oublié.",
                          .en = "A hub's channel is gone: the hub will be forgotten."});
            break;
        case forget_room:
            add(severity::plan, step.channel,
                say({.fr = "Le salon « {} » n'existe plus sur Discord : il sera oublié.",
                     .en = "The room \"{}\" is gone from Discord: it will be forgotten."},
                    step.name));
            break;
        case forget_intent:
            add(severity::plan, {},
                say({.fr = "La création du salon « {} » n'a pas abouti : elle sera oubliée.",
                     .en = "The room \"{}\" was never made: it will be forgotten."},
                    step.name));
            break;
        case delete_orphan:
            add(severity::plan, step.channel,
                say({.fr = "Le salon « {} » est resté d'une création interrompue : il sera supprimé.",
                     .en = "The room \"{}\" was left by an interrupted creation: it will be deleted."},
                    step.name));
            break;
        case adopt_orphan:
            add(severity::plan, step.channel,
                say({.fr = "Le salon « {} » est resté d'une création interrompue, mais il est occupé : il "
                           "sera repris.",
                     .en = "The room \"{}\" was left by an interrupted creation, but is in use: it will "
                           "be adopted."},
                    step.name));
            break;
        case empty:
            add(severity::plan, step.channel,
                say({.fr = "Le salon « {} » est vide : il sera supprimé.",
                     .en = "The room \"{}\" is empty: it will be deleted."},
                    step.name));
            break;
        case owner_away:
            add(severity::plan, step.channel,
                say({.fr = "Le propriétaire de « {} » est parti : la règle du hub sera appliquée.",
                     .en = "The owner of \"{}\" has left: the hub's policy will be applied."},
                    step.name));
            break;
        case serve:
            add(severity::plan, step.channel,
                say({.fr = "<@{}> attend dans un hub : un salon sera créé.",
                     .en = "<@{}> is waiting in a hub: a room will be made."},
                    step.user.value()));
            break;
        case occupied:
        case owner_back:
            break;
        }
    }

    const doctor_input& about_;
    std::vector<doctor_finding> findings_;
};

} // namespace

std::vector<doctor_finding> examine(const doctor_input& about) {
    return examiner(about).run();
}

} // namespace vagrolant::voice_hubs
