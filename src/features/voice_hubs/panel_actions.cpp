#include "features/voice_hubs/panel_actions.hpp"

#include "base/log.hpp"
#include "discord/rest/error.hpp"
#include "features/voice_hubs/access_menu.hpp"
#include "features/voice_hubs/routes.hpp"
#include "features/voice_hubs/visit.hpp"
#include "features/voice_hubs/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

constexpr localized outdated{
    .fr = "Ce bouton vient d'une ancienne version du panneau : ouvrez le nouveau avec "
          "/hub panel.",
    .en = "This button is from an earlier version of the panel: open the new one with "
          "/hub panel."};

/// Well within the quarter of an hour in which an interaction can be answered.
constexpr std::chrono::minutes purge_patience{10};

channel_id room_of(const visit& who, const context& context) {
    return who.at(context.path().id<channel_id>("room")).channel;
}

bool is_whispered(const discord::message& message) {
    return (message.flags & discord::message_flags::ephemeral) != 0;
}

// The panel that was pressed shows the room as it now is: the posted one in the guild's language, one of the
// person's own in his.
awaitable<void> show_panel(const visit who, context& context, channel_id id) {
    const auto& pressed = context.interaction().message;
    if (!pressed)
        co_return;
    auto language = who.language;
    // It may be gone by now, when everybody has left: then that is the answer.
    if (!is_whispered(*pressed))
        language = co_await who.shown.language_of(who.at(id).guild);
    const auto& now = who.at(id);
    auto panel = who.shown.panel_of(now, !context.guild(), language);
    if (now.panel && now.panel->message == pressed->id)
        who.shown.shown(id, panel);
    auto edit = discord::message_edit::replace(std::move(panel));
    co_await context.update(std::move(edit));
}

list_kind list_of(const context& context, locale language) {
    const auto which = list_kind_of(context.path().text("list"));
    if (!which)
        refuse(outdated, language);
    return *which;
}

std::size_t page_number(const context& context) {
    return static_cast<std::size_t>(std::max<std::int64_t>(0, context.path().integer("page")));
}

std::string put_out_sentence(int count, locale language) {
    if (language == locale::fr)
        return fmt::format(
            "\n🚪 {} personne{s} déconnectée{s} : la liste noire n'entre pas, et ne reste pas.", count,
            fmt::arg("s", count > 1 ? "s" : ""));
    return fmt::format("\n🚪 {} disconnected: the blacklist neither comes in nor stays.",
                       count == 1 ? "One person" : fmt::format("{} people", count));
}

awaitable<void> update_menu(context& context, discord::message_create menu) {
    auto edit = discord::message_edit::replace(std::move(menu));
    co_await context.update(std::move(edit));
}

/// Says in place of the question how far the purge is.
class purge_report {
public:
    purge_report(context& question, bool french)
        : question_(question)
        , french_(french) {}

    awaitable<void> show(std::string sentence) {
        auto edit = answered(std::move(sentence));
        if (updated_)
            co_await question_.edit(std::move(edit));
        else
            co_await question_.update(std::move(edit));
        updated_ = true;
    }

    awaitable<void> progress(int done, int of) {
        try {
            co_await show(fmt::format(fmt::runtime(french_ ? "🧹 {} sur {}…" : "🧹 {} of {}…"), done, of));
        } catch (const discord::rest_error& error) {
            // Should the question be gone by now, the purge goes on.
            log::info("purge's progress not shown", {{"error", error.what()}});
        }
    }

private:
    context& question_;
    bool french_;
    bool updated_ = false;
};

} // namespace

awaitable<void> change_mode(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto id = room_of(who, context);
    const auto mode = mode_of(context.path().text("mode"));
    if (!mode)
        refuse(outdated, who.language);
    who.owned(id);
    auto result = co_await who.all.set_mode(who.who, id, *mode);
    const auto change = take(std::move(result), who.language);
    co_await show_panel(who, context, id);
    if (change.purgeable > 0 && context.acknowledged())
        co_await context.follow_up(whispered(purge_question(id, change.purgeable, who.language)));
}

awaitable<void> open_list(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto which = list_of(context, who.language);
    auto menu = list_menu(who.owned(room_of(who, context)), which, 0, {}, 0, who.language);
    co_await context.reply(std::move(menu));
}

awaitable<void> turn_list(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto which = list_of(context, who.language);
    auto menu = list_menu(who.owned(room_of(who, context)), which, page_number(context), {}, 0, who.language);
    co_await update_menu(context, std::move(menu));
}

awaitable<void> change_list(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto id = room_of(who, context);
    const auto which = list_of(context, who.language);
    const auto number = page_number(context);
    const auto& room = who.owned(id);
    const auto page = page_of(entries(room.settings.lists, which), number);
    if (stamp_of(page.entries) != context.path().text("stamp")) {
        auto note = who.language == locale::fr
                        ? "⚠️ La liste a changé entre-temps : la voici. Choisissez à nouveau."
                        : "⚠️ The list has changed meanwhile: here it is. Choose again.";
        auto menu = list_menu(room, which, number, note, 0, who.language);
        co_await update_menu(context, std::move(menu));
        co_return;
    }
    const auto chosen = chosen_subjects(context.interaction());
    const auto everyone = subject::of(discord::everyone_role(room.guild));
    if (std::ranges::find(chosen, everyone) != chosen.end()) {
        refuse({.fr = "@everyone ne va dans aucune liste : pour tout le monde, c'est le mode qui décide.",
                .en = "@everyone goes into no list: for everybody, the mode decides."},
               who.language);
    }
    auto change = change_of(page.entries, chosen);
    auto result = co_await who.all.edit_lists(who.who, id, change.edit(which));
    const auto done = take(std::move(result), who.language);
    const auto refused = change.keep_only(entries(done.now.settings.lists, which));
    auto note = change.sentence(who.language);
    if (done.put_out > 0)
        note += put_out_sentence(done.put_out, who.language);
    if (!refused.empty()) {
        note += who.language == locale::fr ? "\n⚠️ Ni le propriétaire ni le bot ne vont sur la liste noire."
                                           : "\n⚠️ Neither the owner nor the bot goes on the blacklist.";
    }
    auto menu = list_menu(done.now, which, number, std::move(note), done.purgeable, who.language);
    co_await update_menu(context, std::move(menu));
}

awaitable<void> ask_purge(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto id = room_of(who, context);
    who.owned(id);
    const auto count = co_await who.all.purgeable(id);
    if (count == 0) {
        co_await context.reply(who.language == locale::fr
                                   ? "🧹 Personne à déconnecter : tous les présents sont admis."
                                   : "🧹 Nobody to disconnect: everybody inside is admitted.");
        co_return;
    }
    auto question = whispered(purge_question(id, count, who.language));
    co_await context.reply(std::move(question));
}

awaitable<void> purge(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const bool french = who.language == locale::fr;
    purge_report report(context, french);
    const auto progress = [&report](int done, int of) { return report.progress(done, of); };
    auto result = co_await who.all.purge(who.who, room_of(who, context), {purge_patience, progress});
    const auto purged = take(std::move(result), who.language);
    const auto count = purged.disconnected;
    auto sentence =
        french
            ? fmt::format("🧹 {} personne{s} déconnectée{s}.", count, fmt::arg("s", count > 1 ? "s" : ""))
            : fmt::format("🧹 {} disconnected.", count == 1 ? "One person" : fmt::format("{} people", count));
    if (purged.left > 0) {
        sentence += french
                        ? fmt::format(" Discord n'en a pas pris plus à la fois : il en reste {}, purgez à "
                                      "nouveau.",
                                      purged.left)
                        : fmt::format(" Discord took no more at a time: {} left, purge again.", purged.left);
    }
    co_await report.show(std::move(sentence));
}

awaitable<void> ask_transfer(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto id = room_of(who, context);
    who.owned(id);
    const auto heirs = co_await who.all.heirs(id);
    auto question = whispered(transfer_question(id, heirs, 0, {}, who.language));
    co_await context.reply(std::move(question));
}

awaitable<void> turn_heirs(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto id = room_of(who, context);
    who.owned(id);
    const auto heirs = co_await who.all.heirs(id);
    auto question = transfer_question(id, heirs, page_number(context), {}, who.language);
    co_await update_menu(context, std::move(question));
}

awaitable<void> transfer(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto id = room_of(who, context);
    const auto& values = context.interaction().values;
    const auto to = values.empty() ? std::nullopt : user_id::parse(values.front());
    if (!to)
        refuse(outdated, who.language);
    auto result = co_await who.all.transfer(who.who, id, *to);
    if (!result && result.error().code == "not_present") {
        const auto heirs = co_await who.all.heirs(id);
        const auto note =
            bot::say({.fr = "⚠️ {} n'est plus dans le salon.", .en = "⚠️ {} has left the room."}, mention(*to))
                .in(who.language);
        auto question = transfer_question(id, heirs, 0, note, who.language);
        co_await update_menu(context, std::move(question));
        co_return;
    }
    take(std::move(result), who.language);
    co_await context.update(
        answered(bot::say({.fr = "👑 {} appartient maintenant à {}.", .en = "👑 {} is now {}'s."},
                          mention(id), mention(*to))
                     .in(who.language)));
}

awaitable<void> ask_name(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    co_await context.show_modal(name_modal(who.owned(room_of(who, context)), who.language));
}

awaitable<void> rename(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto id = room_of(who, context);
    auto result = co_await who.all.rename(who.who, id, std::string(context.input("name")));
    const auto done = take(std::move(result), who.language);
    co_await show_panel(who, context, id);
    if (!done.applies_at || !context.acknowledged())
        co_return;
    const localized pattern{
        .fr = "✏️ Discord n'accepte que deux noms en dix minutes : le salon s'appellera « {} » {} (à {}), si "
              "vous "
              "n'en choisissez pas un autre d'ici là. Un statut, lui, s'affiche tout de suite.",
        .en = "✏️ Discord takes only two names in ten minutes: the room will be called \"{}\" {} (at {}), "
              "unless you "
              "choose another one before. A status shows at once."};
    discord::message_create later{
        .content =
            bot::say(pattern, plain(done.name), relative(*done.applies_at), clock_time(*done.applies_at))
                .in(who.language),
        .components = {discord::action_row{
            {discord::button{.style = discord::button_style::primary,
                             .label = who.language == locale::fr ? "Mettre un statut" : "Set a status",
                             .emoji = discord::emoji{.name = "💬"},
                             .custom_id = routes::link(routes::status, id)}}}}};
    co_await context.follow_up(whispered(std::move(later)));
}

awaitable<void> ask_status(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto id = room_of(who, context);
    who.owned(id);
    const auto status = co_await who.all.status(id);
    co_await context.show_modal(status_modal(who.owned(id), status, who.language));
}

awaitable<void> set_status(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto status = std::string(context.input("status"));
    auto result = co_await who.all.set_status(who.who, room_of(who, context), status);
    take(std::move(result), who.language);
    const bool french = who.language == locale::fr;
    co_await context.reply(
        status.empty() ? (french ? "💬 Le salon n'a plus de statut." : "💬 The room has no status now.")
                       : (french ? "💬 Le statut est affiché." : "💬 The status is shown."));
}

awaitable<void> ask_settings(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto id = room_of(who, context);
    const auto guild = who.owned(id).guild;
    const auto regions = co_await who.shown.regions_of(guild);
    auto form = settings_modal(who.owned(id), who.shown.bitrate_of(who.owned(id)), who.all.max_bitrate(guild),
                               regions, who.language);
    co_await context.show_modal(std::move(form));
}

awaitable<void> change_settings(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto id = room_of(who, context);
    const auto form = take(read_settings(context), who.language);
    const auto before = who.owned(id).settings;
    if (form.user_limit != before.user_limit) {
        auto result = co_await who.all.set_limit(who.who, id, form.user_limit);
        take(std::move(result), who.language);
    }
    if (form.bitrate != 0 && form.bitrate != who.shown.bitrate_of(who.owned(id))) {
        auto result = co_await who.all.set_bitrate(who.who, id, form.bitrate);
        take(std::move(result), who.language);
    }
    if (form.region != before.region) {
        auto result = co_await who.all.set_region(who.who, id, form.region);
        take(std::move(result), who.language);
    }
    co_await show_panel(who, context, id);
}

awaitable<void> ask_delete(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto id = room_of(who, context);
    who.owned(id);
    auto question = whispered(delete_question(id, who.all.present(id).size(), who.language));
    co_await context.reply(std::move(question));
}

awaitable<void> remove_room(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto id = room_of(who, context);
    who.owned(id);
    // The question may stand in the chat of the very room: answered while it is still there.
    co_await context.defer(discord::interactions::deferral::update);
    auto result = co_await who.all.remove(who.who, id);
    take(std::move(result), who.language);
    co_await update_if_there(context, answered(who.language == locale::fr ? "🗑️ Le salon est supprimé."
                                                                          : "🗑️ The room is deleted."));
}

awaitable<void> claim(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto id = room_of(who, context);
    auto result = co_await who.all.claim(who.who, id);
    take(std::move(result), who.language);
    co_await show_panel(who, context, id);
}

awaitable<void> forget(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto from = who.at(room_of(who, context)).hub;
    auto result = co_await who.all.forget_settings(who.who.user, from);
    take(std::move(result), who.language);
    co_await context.reply(who.language == locale::fr
                               ? "♻️ C'est oublié : votre prochain salon repartira des réglages du hub."
                               : "♻️ Forgotten: your next room will begin with the hub's settings.");
}

awaitable<void> dismiss(bot::services&, context& context) {
    co_await context.defer(discord::interactions::deferral::update);
    co_await context.remove();
}

} // namespace vagrolant::voice_hubs
