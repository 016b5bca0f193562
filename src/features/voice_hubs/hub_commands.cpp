#include "features/voice_hubs/hub_commands.hpp"

#include "base/text.hpp"
#include "bot/requester.hpp"
#include "bot/slash.hpp"
#include "features/voice_hubs/actions.hpp"
#include "features/voice_hubs/hub_panel.hpp"
#include "features/voice_hubs/names.hpp"
#include "features/voice_hubs/routes.hpp"
#include "features/voice_hubs/visit.hpp"
#include "features/voice_hubs/words.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

using discord::option_type;

hub_summary summary_of(const visit& who, const hub& of, locale guild_language = locale::fr) {
    return {.what = of,
            .rooms = who.all.rooms_of_hub(of.channel).size(),
            .games_unknown = !who.presences && follows_game(of.settings.name_template),
            .guild_language = guild_language};
}

std::vector<hub_summary> summaries(const visit& who, guild_id guild) {
    std::vector<hub_summary> all;
    for (const auto& one : who.all.hubs_of(guild))
        all.push_back(summary_of(who, one));
    return all;
}

awaitable<discord::message_create> config_of(const visit who, guild_id guild, channel_id id,
                                             std::string note) {
    const auto guild_language = co_await who.shown.language_of(guild);
    co_return hub_panel(summary_of(who, who.hub_at(guild, id), guild_language), note, who.language);
}

std::string name_of(const bot::services& with, channel_id channel) {
    const auto* known = with.cache.find_channel(channel);
    return known == nullptr || known->name.empty() ? channel.to_string() : known->name;
}

// For what only reads; changes are checked, and written down, by `bot::perform`.
awaitable<void> require_manager(bot::services& with, const visit& who, const context& context) {
    if (who.who.administrator)
        co_return;
    const auto settings = co_await with.settings.find(context.guild());
    const auto member = context.interaction().member.value_or(discord::member());
    const auto standing = bot::standing_of(with.cache, context.guild(), context.user().id, member,
                                           std::nullopt, settings.moderator_roles);
    const auto place = bot::place_of(with.cache, std::nullopt);
    if (const auto wrong = bot::objection(standing, hub_needs, place, bot::addressee::reader))
        throw discord::interactions::refusal(wrong->reason.in(who.language));
}

// The option holds the id that completion put there, or a name that was typed.
const hub& chosen_hub(const bot::services& with, const visit& who, const context& context) {
    const auto text = context.text_option("hub").value_or("");
    if (const auto id = channel_id::parse(text)) {
        const auto* found = who.all.find_hub(*id);
        if (found != nullptr && found->guild == context.guild())
            return *found;
    }
    for (const auto& one : who.all.hubs_of(context.guild())) {
        if (text::to_lower_ascii(name_of(with, one.channel)) == text::to_lower_ascii(text))
            return *who.all.find_hub(one.channel);
    }
    throw discord::interactions::refusal(
        bot::say(
            {.fr = "« {} » n'est pas un hub. Choisissez-en un dans la liste proposée ; /hub list les montre "
                   "tous.",
             .en = "\"{}\" is not a hub. Choose one of those that are offered; /hub list shows them all."},
            text::truncate(text, 50))
            .in(who.language));
}

channel_id hub_of(const context& context) {
    return context.path().id<channel_id>("hub");
}

awaitable<void> show_config(const visit who, context& context, channel_id id, std::string note) {
    auto panel = co_await config_of(who, context.guild(), id, std::move(note));
    auto edit = discord::message_edit::replace(std::move(panel));
    co_await context.update(std::move(edit));
}

// The room that /hub panel is about: that of the option, the one the person is in, that of the chat he writes
// in, his own.
const room* room_meant(const bot::services& with, const visit& who, const context& context) {
    if (const auto named = context.id_option<channel_id>("room"))
        return &who.at(*named);
    const auto* voice = with.cache.find_voice_state(context.guild(), context.user().id);
    if (voice != nullptr) {
        if (const auto* inside = who.all.find_room(voice->channel))
            return inside;
    }
    if (const auto* here = who.all.find_room(context.channel()))
        return here;
    return who.all.room_of_owner(context.guild(), context.user().id);
}

discord::command_option hub_option() {
    return {.type = option_type::string,
            .name = {.fr = "hub", .en = "hub"},
            .description = {.fr = "Le hub", .en = "The hub"},
            .required = true,
            .autocomplete = true};
}

discord::command_option subcommand(localized name, localized description,
                                   std::vector<discord::command_option> options = {}) {
    return {.type = option_type::sub_command,
            .name = name,
            .description = description,
            .options = std::move(options)};
}

} // namespace

discord::application_command hub_command() {
    using discord::channel_type;
    return {
        .name = {.fr = "hub", .en = "hub"},
        .description = {.fr = "Salons vocaux qui apparaissent quand on les rejoint",
                        .en = "Voice rooms that appear when you join"},
        .options = {
            subcommand(
                {.fr = "panel", .en = "panel"},
                {.fr = "Le panneau de contrôle de votre salon", .en = "The control panel of your room"},
                {{.type = option_type::channel,
                  .name = {.fr = "salon", .en = "room"},
                  .description = {.fr = "Un autre salon que le vôtre", .en = "Another room than yours"},
                  .channel_types = {channel_type::voice}}}),
            subcommand({.fr = "knock", .en = "knock"},
                       {.fr = "Demande à entrer dans un salon", .en = "Asks to come into a room"},
                       {{.type = option_type::user,
                         .name = {.fr = "membre", .en = "member"},
                         .description = {.fr = "À qui est le salon ; sans lui, la liste des salons fermés",
                                         .en = "Whose room it is; without him, the list of closed rooms"}}}),
            subcommand({.fr = "list", .en = "list"},
                       {.fr = "Les hubs de ce serveur", .en = "The hubs of this server"}),
            subcommand({.fr = "create", .en = "create"},
                       {.fr = "Crée un hub, ou en fait un d'un salon vocal",
                        .en = "Makes a hub, new or of a voice channel"},
                       {{.type = option_type::string,
                         .name = {.fr = "nom", .en = "name"},
                         .description = {.fr = "Le nom du nouveau salon vocal",
                                         .en = "The new voice channel's name"},
                         .min_length = 1,
                         .max_length = 100},
                        {.type = option_type::channel,
                         .name = {.fr = "catégorie", .en = "category"},
                         .description = {.fr = "Où le créer", .en = "Where to make it"},
                         .channel_types = {channel_type::category}},
                        {.type = option_type::channel,
                         .name = {.fr = "salon", .en = "channel"},
                         .description = {.fr = "Un salon vocal existant, au lieu d'un nouveau",
                                         .en = "An existing voice channel, instead of a new one"},
                         .channel_types = {channel_type::voice}}}),
            subcommand({.fr = "config", .en = "config"},
                       {.fr = "Tous les réglages d'un hub", .en = "All settings of a hub"}, {hub_option()}),
            subcommand(
                {.fr = "delete", .en = "delete"},
                {.fr = "Supprime un hub, après confirmation", .en = "Deletes a hub, after confirmation"},
                {hub_option()}),
            subcommand({.fr = "doctor", .en = "doctor"},
                       {.fr = "Ce qui manque aux hubs, et ce qu'une remise en ordre ferait",
                        .en = "What hubs lack, and what putting them in order would do"}),
        }};
}

awaitable<void> hub_list_command(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    co_await require_manager(with, who, context);
    const auto all = summaries(who, context.guild());
    co_await context.reply(hub_list(all, 0, who.language));
}

awaitable<void> turn_hub_list(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    co_await require_manager(with, who, context);
    const auto page = static_cast<std::size_t>(std::max<std::int64_t>(0, context.path().integer("page")));
    const auto all = summaries(who, context.guild());
    auto edit = discord::message_edit::replace(hub_list(all, page, who.language));
    co_await context.update(std::move(edit));
}

awaitable<void> hub_create_command(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const bool french = who.language == locale::fr;
    const auto guild_language = co_await who.shown.language_of(context.guild());
    hub_create_request request{.adopt = context.id_option<channel_id>("channel").value_or(channel_id()),
                               .name = context.text_option("name").value_or(
                                   guild_language == locale::fr ? "➕ Créer un salon" : "➕ Make a room"),
                               .category = context.id_option<channel_id>("category").value_or(channel_id())};
    const auto result =
        co_await bot::perform(with, context, hub_create_terms, std::move(request), create_hub);
    const auto id = channel_id::parse(std::string_view(result.at("hub").at("hubId").as_string()));
    const auto note = french ? "✅ Le hub est prêt : qui le rejoint est aussitôt dans son propre salon."
                             : "✅ The hub is ready: whoever joins it is in a room of his own at once.";
    auto panel = co_await config_of(who, context.guild(), id.value_or(channel_id()), note);
    co_await context.reply(std::move(panel));
}

awaitable<void> hub_delete_command(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    co_await require_manager(with, who, context);
    co_await context.reply(
        hub_delete_question(summary_of(who, chosen_hub(with, who, context)), who.language));
}

awaitable<void> ask_hub_delete(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    co_await require_manager(with, who, context);
    co_await context.reply(
        hub_delete_question(summary_of(who, who.hub_at(context.guild(), hub_of(context))), who.language));
}

awaitable<void> remove_hub(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto id = hub_of(context);
    const auto what = context.path().text("what");
    const auto name = name_of(with, id);
    co_await context.defer(discord::interactions::deferral::update);
    hub_delete_request request{.hub = id, .delete_channel = what == "channel"};
    co_await bot::perform(with, context, hub_delete_terms, request, delete_hub);
    const localized done = request.delete_channel
                               ? localized{.fr = "🗑️ Le hub « {} » est supprimé, avec son salon vocal.",
                                           .en = "🗑️ The hub \"{}\" is deleted, and its voice channel."}
                               : localized{.fr = "🔌 « {} » n'est plus un hub ; le salon vocal reste.",
                                           .en = "🔌 \"{}\" is no hub any more; the voice channel stays."};
    co_await update_if_there(context, answered(bot::say(done, plain(name)).in(who.language)));
}

awaitable<void> hub_config_command(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    co_await require_manager(with, who, context);
    auto panel = co_await config_of(who, context.guild(), chosen_hub(with, who, context).channel, {});
    co_await context.reply(std::move(panel));
}

awaitable<void> open_hub_config(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    co_await require_manager(with, who, context);
    auto panel = co_await config_of(who, context.guild(), hub_of(context), {});
    co_await context.reply(std::move(panel));
}

awaitable<void> ask_hub_group(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    co_await require_manager(with, who, context);
    const auto* group = find_group(context.path().text("group"));
    if (group == nullptr)
        refuse({.fr = "Ce bouton vient d'une ancienne version : relancez /hub config.",
                .en = "This button is from an earlier version: use /hub config again."},
               who.language);
    std::vector<region_choice> regions;
    if (group->group == field_group::rooms)
        regions = co_await who.shown.regions_of(context.guild());
    const hub_choices choices{.max_bitrate = who.all.max_bitrate(context.guild()), .regions = regions};
    auto form = group_modal(who.hub_at(context.guild(), hub_of(context)), *group, choices, who.language);
    co_await context.show_modal(std::move(form));
}

awaitable<void> change_hub_group(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    hub_update_request request{.hub = hub_of(context)};
    const auto* group = find_group(context.path().text("group"));
    for (const auto& field : hub_fields()) {
        const auto* input = context.interaction().input(field.id);
        if (group == nullptr || field.group != group->group || input == nullptr)
            continue;
        if (const auto taken = read_input(field, request.settings.values, input->values); !taken)
            throw discord::interactions::refusal(taken.error().reason.in(who.language));
        request.settings.given.push_back(&field);
    }
    const auto id = request.hub;
    co_await bot::perform(with, context, hub_update_terms, std::move(request), update_hub);
    co_await show_config(who, context, id, who.language == locale::fr ? "✅ C'est enregistré." : "✅ Saved.");
}

awaitable<void> reset_hub_fields(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    hub_update_request request{.hub = hub_of(context)};
    const auto guild_language = co_await who.shown.language_of(context.guild());
    request.settings.values = default_settings(guild_language);
    for (const auto& value : context.interaction().values) {
        if (const auto* field = find_field(value))
            request.settings.given.push_back(field);
    }
    const auto id = request.hub;
    co_await bot::perform(with, context, hub_update_terms, std::move(request), update_hub);
    co_await show_config(who, context, id,
                         who.language == locale::fr ? "↩️ C'est remis par défaut." : "↩️ Back to the default.");
}

awaitable<void> hub_panel_command(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto* found = room_meant(with, who, context);
    if (found == nullptr) {
        refuse({.fr = "Vous n'avez pas de salon : rejoignez un hub pour en avoir un.",
                .en = "You have no room: join a hub to have one."},
               who.language);
    }
    // Those inside see the panel in the room's chat anyway, and may have something to claim.
    const auto inside = who.all.present(found->channel);
    if (std::ranges::find(inside, who.who.user) == inside.end())
        who.owned(found->channel);
    co_await context.reply(whispered(who.shown.panel_of(*found, false, who.language)));
}

awaitable<void> examine_hubs(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    co_await require_manager(with, who, context);
    const auto report = co_await who.all.examine(context.guild());
    co_await context.reply(doctor_message(report, who.language));
}

awaitable<std::vector<discord::interactions::choice>> complete_hub(bot::services& with, context& context) {
    const auto& all = with.states.get<rooms>();
    const auto typed = text::to_lower_ascii(context.typed());
    std::vector<discord::interactions::choice> choices;
    const auto& member = context.interaction().member;
    for (const auto& one : all.hubs_of(context.guild())) {
        // What channels are called is for those who see them.
        if (!member || !with.cache.member_permissions_in(one.channel, context.user().id, member->roles)
                            .has(discord::permission::view_channel))
            continue;
        auto name = name_of(with, one.channel);
        if (text::to_lower_ascii(name).contains(typed))
            choices.push_back({.name = text::truncate(name, 100), .value = one.channel.to_string()});
    }
    co_return choices;
}

} // namespace vagrolant::voice_hubs
