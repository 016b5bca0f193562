#include "features/voice_hubs/panel.hpp"

#include "base/text.hpp"
#include "features/voice_hubs/pages.hpp"
#include "features/voice_hubs/routes.hpp"
#include "features/voice_hubs/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vagrolant::voice_hubs {

namespace {

using discord::action_row;
using discord::button;
using discord::button_style;
using discord::text_display;

constexpr std::uint32_t ownerless_color = 0x99AAB5;
// (Discord Docs/Component Reference "String Select")
constexpr std::size_t per_select = 25;

button press(std::string custom_id, std::string_view sign, std::string label,
             button_style style = button_style::secondary) {
    return {.style = style,
            .label = std::move(label),
            .emoji = discord::emoji{.name = std::string(sign)},
            .custom_id = std::move(custom_id)};
}

button press(std::string custom_id, std::string_view sign, localized label, locale language,
             button_style style = button_style::secondary) {
    return press(std::move(custom_id), sign, std::string(label.in(language)), style);
}

button dismissal(locale language) {
    return {.style = button_style::secondary,
            .label = language == locale::fr ? "Annuler" : "Cancel",
            .custom_id = std::string(routes::dismiss)};
}

std::string owner_line(const panel_view& view, locale language) {
    const auto& room = view.what;
    const bool french = language == locale::fr;
    if (!room.owner) {
        return french ? "👑 Sans propriétaire : qui est présent peut réclamer le salon."
                      : "👑 No owner: anybody inside may claim the room.";
    }
    auto line = "👑 " + mention(room.owner);
    if (room.owner_left_at)
        line += (french ? ", absent " : ", away ") + relative(*room.owner_left_at);
    if (view.claimable_from)
        line += (french ? " · à réclamer " : " · to be claimed ") + relative(*view.claimable_from);
    return line;
}

std::string state_text(const panel_view& view, locale language) {
    const auto& room = view.what;
    const auto& mode = words_of(room.settings.mode);
    auto text =
        fmt::format("### {}\n{}\n{} **{}** · {}\n-# 👥 {} · 🎚️ {} · 🌍 {}", mention(room.channel),
                    owner_line(view, language), mode.emoji, mode.name.in(language), mode.meaning.in(language),
                    places(room.settings.user_limit, language), bitrate_text(view.bitrate, language),
                    region_text(room.settings.region, language));
    if (room.rename) {
        text += fmt::format(
            fmt::runtime(language == locale::fr ? "\n-# ✏️ « {} » sera le nom du salon {} ({})"
                                                : "\n-# ✏️ The room will be called \"{}\" {} ({})"),
            plain(room.rename->name), relative(room.rename->applies_at), clock_time(room.rename->applies_at));
    }
    if (view.in_direct_messages) {
        text += language == locale::fr ? "\n-# Les listes se règlent sur le serveur : `/hub panel`"
                                       : "\n-# Lists are changed on the server: `/hub panel`";
    }
    return text;
}

action_row mode_row(const room& of, locale language) {
    action_row row;
    for (const auto mode : {room_mode::open, room_mode::closed, room_mode::private_, room_mode::conference}) {
        const auto& words = words_of(mode);
        const bool current = mode == of.settings.mode;
        auto one = press(routes::link(routes::mode, of.channel, words.id), words.emoji, words.name, language,
                         current ? button_style::success : button_style::secondary);
        one.disabled = current;
        row.components.emplace_back(one);
    }
    return row;
}

std::string counted(localized label, std::size_t count, locale language) {
    auto text = std::string(label.in(language));
    return count == 0 ? text : fmt::format("{} ({})", text, count);
}

action_row people_row(const panel_view& view, locale language) {
    const auto& room = view.what;
    const auto list = [&](std::string_view which, std::string_view sign, localized label, std::size_t count) {
        auto one =
            press(routes::link(routes::list, room.channel, which), sign, counted(label, count, language));
        one.disabled = view.in_direct_messages;
        return one;
    };
    return {
        {list("allowed", "✅", {.fr = "Liste blanche", .en = "Whitelist"},
              room.settings.lists.allowed.size()),
         list("blocked", "⛔", {.fr = "Liste noire", .en = "Blacklist"}, room.settings.lists.blocked.size()),
         press(routes::link(routes::purge, room.channel), "🧹", {.fr = "Purger", .en = "Purge"}, language),
         press(routes::link(routes::transfer, room.channel), "👑", {.fr = "Transférer", .en = "Transfer"},
               language)}};
}

action_row settings_row(const room& of, locale language) {
    return {
        {press(routes::link(routes::name, of.channel), "✏️", {.fr = "Renommer", .en = "Rename"}, language),
         press(routes::link(routes::status, of.channel), "💬", {.fr = "Statut", .en = "Status"}, language),
         press(routes::link(routes::settings, of.channel), "🎛️", {.fr = "Réglages", .en = "Settings"},
               language),
         press(routes::link(routes::remove, of.channel), "🗑️", {.fr = "Supprimer", .en = "Delete"}, language,
               button_style::danger)}};
}

action_row guests_row(const panel_view& view, locale language) {
    const auto& room = view.what;
    auto claim = press(routes::link(routes::claim, room.channel), "🙋", {.fr = "Réclamer", .en = "Claim"},
                       language, view.claimable_from ? button_style::primary : button_style::secondary);
    claim.disabled = !view.claimable_from;
    // Who reads the panel is in the room already: only a conference leaves something to ask for.
    auto knock = press(routes::link(routes::knock, room.channel), "✋",
                       {.fr = "Demander la parole", .en = "Ask to speak"}, language);
    knock.disabled = room.settings.mode != room_mode::conference;
    auto forget = press(routes::link(routes::forget, room.channel), "♻️",
                        {.fr = "Oublier mes réglages", .en = "Forget my settings"}, language);
    forget.disabled = !view.remembers;
    return {{claim, knock, forget}};
}

discord::message_create question(std::string text, const action_row& row) {
    return {.content = std::move(text), .components = {row}};
}

} // namespace

discord::message_create room_panel(const panel_view& view, locale language) {
    const auto& room = view.what;
    const auto color = room.owner ? words_of(room.settings.mode).color : ownerless_color;
    discord::container panel{.components = {text_display{state_text(view, language)}, discord::separator{},
                                            mode_row(room, language), people_row(view, language),
                                            settings_row(room, language), guests_row(view, language)},
                             .accent_color = color};
    return {.components = {panel}, .flags = discord::message_flags::components_v2};
}

discord::message_create purge_question(channel_id room, int count, locale language) {
    const bool french = language == locale::fr;
    auto text =
        french ? fmt::format("🧹 {} dans {} sans que les règles l'admettent.",
                             count == 1 ? "Une personne est" : fmt::format("{} personnes sont", count),
                             mention(room))
               : fmt::format("🧹 {} in {} whom the rules do not admit.",
                             count == 1 ? "There is one person" : fmt::format("There are {} people", count),
                             mention(room));
    auto label = french ? fmt::format("Déconnecter {}",
                                      count == 1 ? "cette personne" : fmt::format("ces {} personnes", count))
                        : fmt::format("Disconnect {}",
                                      count == 1 ? "this person" : fmt::format("these {} people", count));
    return question(std::move(text), {{press(routes::link(routes::purge_now, room), "🧹", std::move(label),
                                             button_style::danger),
                                       dismissal(language)}});
}

discord::message_create transfer_question(channel_id room, std::span<const named_member> heirs,
                                          std::size_t page, std::string_view note, locale language) {
    const bool french = language == locale::fr;
    std::string text(note);
    if (!text.empty())
        text += '\n';
    if (heirs.empty()) {
        text += french
                    ? fmt::format("👑 Il n'y a personne d'autre dans {} : seul quelqu'un qui s'y trouve peut "
                                  "recevoir le salon.",
                                  mention(room))
                    : fmt::format("👑 Nobody else is in {}: only somebody who is there can have the room.",
                                  mention(room));
        return {.content = std::move(text)};
    }
    const auto shown = page_of(heirs.size(), per_select, page);
    text += french ? fmt::format("👑 À qui donner {} ?", mention(room))
                   : fmt::format("👑 Whom do you give {} to?", mention(room));
    if (shown.count > 1)
        text += fmt::format("\n-# page {}/{}", shown.number + 1, shown.count);
    discord::string_select who{.custom_id = routes::link(routes::new_owner, room),
                               .placeholder = french ? "Le nouveau propriétaire" : "The new owner"};
    for (const auto& one : heirs.subspan(shown.first, shown.size))
        who.options.push_back({.label = text::truncate(one.name, 100), .value = one.user.to_string()});
    discord::message_create message{.content = std::move(text), .components = {action_row{{who}}}};
    action_row ways;
    if (shown.count > 1)
        ways = turns(shown, [room](std::size_t to) { return routes::link(routes::heirs, room, to); });
    ways.components.emplace_back(dismissal(language));
    message.components.emplace_back(std::move(ways));
    return message;
}

discord::message_create delete_question(channel_id room, std::size_t present, locale language) {
    const bool french = language == locale::fr;
    auto text = french ? fmt::format("🗑️ Supprimer {} ?", mention(room))
                       : fmt::format("🗑️ Delete {}?", mention(room));
    if (present > 0) {
        text += french ? fmt::format(" {} s'y trouve{} et ser{} déconnectée{}.",
                                     present == 1 ? "Une personne" : fmt::format("{} personnes", present),
                                     present == 1 ? "" : "nt", present == 1 ? "a" : "ont",
                                     present == 1 ? "" : "s")
                       : fmt::format(" {} in it and will be disconnected.",
                                     present == 1 ? "One person is" : fmt::format("{} people are", present));
    }
    return question(std::move(text), {{press(routes::link(routes::remove_now, room), "🗑️",
                                             {.fr = "Supprimer le salon", .en = "Delete the room"}, language,
                                             button_style::danger),
                                       dismissal(language)}});
}

discord::message_create knock_question(const room& which, user_id guest, locale language) {
    const bool speech = which.settings.mode == room_mode::conference;
    const localized pattern =
        speech ? localized{.fr = "✋ {}, {} demande la parole.", .en = "✋ {}, {} asks to speak."}
               : localized{.fr = "🚪 {}, {} demande à entrer.", .en = "🚪 {}, {} asks to come in."};
    auto asked =
        question(fmt::format(fmt::runtime(pattern.in(language)), mention(which.owner), mention(guest)),
                 {{press(routes::link(routes::answer, which.channel, guest, "yes"), "✅",
                         {.fr = "Accepter", .en = "Accept"}, language, button_style::success),
                   press(routes::link(routes::answer, which.channel, guest, "no"), "✖️",
                         {.fr = "Refuser", .en = "Refuse"}, language, button_style::danger)}});
    asked.allowed_mentions.user_ids = {which.owner};
    return asked;
}

discord::message_create door_question(std::span<const room> rooms, channel_id of, std::size_t page,
                                      locale language) {
    const bool french = language == locale::fr;
    const auto shown = page_of(rooms.size(), per_select, page);
    discord::string_select where{.custom_id = std::string(routes::door_choice),
                                 .placeholder = french ? "Choisissez un salon" : "Choose a room"};
    for (const auto& one : rooms.subspan(shown.first, shown.size)) {
        const auto& mode = words_of(one.settings.mode);
        where.options.push_back({.label = text::truncate(one.name, 100),
                                 .value = one.channel.to_string(),
                                 .description = std::string(mode.name.in(language)),
                                 .emoji = discord::emoji{.name = std::string(mode.emoji)}});
    }
    std::string text = french ? "🚪 À quelle porte frapper ?" : "🚪 Which door do you knock at?";
    if (shown.count > 1)
        text += fmt::format("\n-# page {}/{}", shown.number + 1, shown.count);
    discord::message_create message{.content = std::move(text), .components = {action_row{{where}}}};
    if (shown.count > 1)
        message.components.emplace_back(
            turns(shown, [of](std::size_t to) { return routes::link(routes::doors, of, to); }));
    return message;
}

discord::message_edit answered(std::string sentence) {
    return {.content = std::move(sentence), .components = std::vector<discord::component>{}};
}

discord::message_create whispered(discord::message_create message) {
    message.flags |= discord::message_flags::ephemeral;
    return message;
}

} // namespace vagrolant::voice_hubs
