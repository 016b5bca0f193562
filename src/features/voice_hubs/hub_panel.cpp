#include "features/voice_hubs/hub_panel.hpp"

#include "base/text.hpp"
#include "features/voice_hubs/pages.hpp"
#include "features/voice_hubs/routes.hpp"
#include "features/voice_hubs/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

using discord::action_row;
using discord::button;
using discord::button_style;
using discord::text_display;

constexpr std::uint32_t hub_color = 0x5865F2;
constexpr std::uint32_t healthy_color = 0x2ECC71;
constexpr std::uint32_t warning_color = 0xF1C40F;
constexpr std::uint32_t error_color = 0xE74C3C;
/// All texts of a message together. (Discord Docs/Component Reference "Text Display")
constexpr std::size_t max_text = 4000;

discord::message_create whisper(const discord::container& content) {
    return {.components = {content},
            .flags = discord::message_flags::components_v2 | discord::message_flags::ephemeral};
}

button press(std::string custom_id, std::string_view sign, localized label, locale language,
             button_style style = button_style::secondary) {
    return {.style = style,
            .label = std::string(label.in(language)),
            .emoji = discord::emoji{.name = std::string(sign)},
            .custom_id = std::move(custom_id)};
}

std::string rooms_count(std::size_t rooms, locale language) {
    if (language == locale::fr) {
        if (rooms == 0)
            return "aucun salon ouvert";
        return fmt::format("{} salon{s} ouvert{s}", rooms, fmt::arg("s", rooms > 1 ? "s" : ""));
    }
    if (rooms == 0)
        return "no open room";
    return fmt::format("{} open room{}", rooms, rooms > 1 ? "s" : "");
}

std::string group_text(const group_words& group, const hub_summary& of, locale language) {
    auto text = fmt::format("**{} {}**", group.emoji, group.name.in(language));
    for (const auto& field : hub_fields()) {
        if (field.group == group.group) {
            text += fmt::format("\n{}{} {}", field.name.in(language), language == locale::fr ? " :" : ":",
                                text::truncate(show(field, of.what.settings, language), 250));
        }
    }
    if (group.group == field_group::rooms && of.games_unknown) {
        text += language == locale::fr
                    ? "\n⚠️ `{game}` ne s'affiche pas : le bot ne reçoit pas les présences (`/hub doctor`)."
                    : "\n⚠️ `{game}` does not show: the bot is not told presences (`/hub doctor`).";
    }
    return text;
}

discord::string_select reset_select(const hub_summary& of, locale language) {
    discord::string_select select{.custom_id = routes::link(routes::hub_reset, of.what.channel),
                                  .placeholder = language == locale::fr ? "Remettre par défaut…"
                                                                        : "Put back to the default…"};
    for (const auto& field : hub_fields()) {
        if (!is_default(field, of.what.settings, of.guild_language)) {
            select.options.push_back(
                {.label = std::string(field.name.in(language)), .value = std::string(field.id)});
        }
    }
    if (select.options.empty()) {
        // A select needs an option, also one that cannot be used.
        select.placeholder = language == locale::fr ? "Tout est par défaut" : "Everything is at its default";
        select.options.push_back({.label = select.placeholder, .value = "none"});
        select.disabled = true;
    }
    select.max_values = static_cast<int>(select.options.size());
    return select;
}

std::string_view sign_of(doctor_finding::severity how_bad) {
    switch (how_bad) {
    case doctor_finding::severity::error:
        return "🔴";
    case doctor_finding::severity::warning:
        return "🟠";
    case doctor_finding::severity::plan:
        return "🔧";
    }
    return "";
}

} // namespace

discord::message_create hub_list(std::span<const hub_summary> all, std::size_t page, locale language) {
    const bool french = language == locale::fr;
    if (all.empty()) {
        return whisper(
            {.components = {text_display{
                 french ? "### 🔊 Aucun hub\n`/hub create` en fait un : qui le rejoint est aussitôt dans son "
                          "propre salon."
                        : "### 🔊 No hub\n`/hub create` makes one: whoever joins it is in a room of his "
                          "own at once."}},
             .accent_color = hub_color});
    }
    const auto shown = page_of(all.size(), hubs_per_page, page);
    auto head = fmt::format("### 🔊 Hubs ({})", all.size());
    if (shown.count > 1)
        head += fmt::format(" · page {}/{}", shown.number + 1, shown.count);
    discord::container list{.components = {text_display{std::move(head)}}, .accent_color = hub_color};
    for (const auto& one : all.subspan(shown.first, shown.size)) {
        const auto& mode = words_of(one.what.settings.default_mode);
        auto text = fmt::format("{} · {} {}\n-# {} · `{}`", mention(one.what.channel), mode.emoji,
                                mode.name.in(language), rooms_count(one.rooms, language),
                                text::truncate(one.what.settings.name_template, 60));
        list.components.emplace_back(
            discord::section{.texts = {{std::move(text)}},
                             .accessory = press(routes::link(routes::hub_config, one.what.channel), "⚙️",
                                                {.fr = "Configurer", .en = "Configure"}, language)});
    }
    if (shown.count > 1)
        list.components.emplace_back(
            turns(shown, [](std::size_t to) { return routes::link(routes::hub_list, to); }));
    return whisper(list);
}

discord::message_create hub_panel(const hub_summary& of, std::string_view note, locale language) {
    auto head = fmt::format("### ⚙️ {}\n-# {}", mention(of.what.channel), rooms_count(of.rooms, language));
    if (!note.empty())
        head += fmt::format("\n{}", note);
    discord::container panel{.components = {text_display{std::move(head)}, discord::separator{}},
                             .accent_color = hub_color};
    for (const auto& group : field_groups()) {
        panel.components.emplace_back(
            discord::section{.texts = {{group_text(group, of, language)}},
                             .accessory = press(routes::link(routes::hub_group, of.what.channel, group.id),
                                                "✏️", {.fr = "Modifier", .en = "Change"}, language)});
    }
    panel.components.emplace_back(discord::separator{});
    panel.components.emplace_back(action_row{{reset_select(of, language)}});
    panel.components.emplace_back(action_row{
        {press(std::string(routes::hub_doctor), "🩺", {.fr = "Diagnostic", .en = "Doctor"}, language),
         press(routes::link(routes::hub_delete, of.what.channel), "🗑️",
               {.fr = "Supprimer le hub", .en = "Delete the hub"}, language, button_style::danger)}});
    return whisper(panel);
}

discord::modal group_modal(const hub& of, const group_words& group, const hub_choices& choices,
                           locale language) {
    discord::modal modal{.custom_id = routes::link(routes::hub_group, of.channel, group.id),
                         .title = std::string(group.name.in(language))};
    for (const auto& field : hub_fields()) {
        if (field.group == group.group)
            modal.components.emplace_back(input_of(field, of.settings, choices, language));
    }
    return modal;
}

discord::message_create hub_delete_question(const hub_summary& of, locale language) {
    const bool french = language == locale::fr;
    auto text = french ? fmt::format("🗑️ {} ne créera plus de salons, et ses réglages seront oubliés.",
                                     mention(of.what.channel))
                       : fmt::format("🗑️ {} will make no more rooms, and its settings will be forgotten.",
                                     mention(of.what.channel));
    if (of.rooms > 0) {
        text += french ? fmt::format("\nIl a {} : chacun reste jusqu'à ce qu'il soit vide.",
                                     rooms_count(of.rooms, language))
                       : fmt::format("\nIt has {}: each stays until it is empty.",
                                     rooms_count(of.rooms, language));
    }
    const auto id = of.what.channel;
    return {.content = std::move(text),
            .components = {action_row{
                {press(routes::link(routes::hub_delete_now, id, "keep"), "🔌",
                       {.fr = "Garder le salon vocal", .en = "Keep the voice channel"}, language,
                       button_style::danger),
                 press(routes::link(routes::hub_delete_now, id, "channel"), "🗑️",
                       {.fr = "Supprimer aussi le salon vocal", .en = "Delete the voice channel too"},
                       language, button_style::danger),
                 button{.label = french ? "Annuler" : "Cancel", .custom_id = std::string(routes::dismiss)}}}},
            .flags = discord::message_flags::ephemeral};
}

discord::message_create doctor_message(const doctor_report& report, locale language) {
    using severity = doctor_finding::severity;
    const bool french = language == locale::fr;
    auto text = french ? fmt::format("### 🩺 Diagnostic\n-# {} hub{}, {}", report.hubs,
                                     report.hubs > 1 ? "s" : "", rooms_count(report.rooms, language))
                       : fmt::format("### 🩺 Doctor\n-# {} hub{}, {}", report.hubs,
                                     report.hubs == 1 ? "" : "s", rooms_count(report.rooms, language));
    if (report.findings.empty()) {
        text += french ? "\n🟢 Tout va bien : rien ne manque, rien n'est à remettre en ordre."
                       : "\n🟢 All is well: nothing is missing, nothing is to be put in order.";
    }
    auto length = text::length(text);
    std::size_t shown = 0;
    bool planned = false;
    for (const auto& one : report.findings) {
        std::string line = "\n";
        if (one.how_bad == severity::plan && !planned) {
            line += french ? "**Ce que la remise en ordre ferait** (rien n'est fait ici)\n"
                           : "**What putting things in order would do** (nothing is done here)\n";
        }
        line += fmt::format("{} ", sign_of(one.how_bad));
        if (one.where)
            line += mention(one.where) + (french ? " : " : ": ");
        line += one.what.in(language);
        // Room is kept for the line that says how many are missing.
        if (length + text::length(line) > max_text - 60)
            break;
        length += text::length(line);
        text += line;
        planned = planned || one.how_bad == severity::plan;
        ++shown;
    }
    if (const auto left = report.findings.size() - shown; left > 0)
        text += french ? fmt::format("\n-# … et {} de plus", left) : fmt::format("\n-# … and {} more", left);
    const bool broken = std::ranges::any_of(
        report.findings, [](const doctor_finding& one) { return one.how_bad == severity::error; });
    return whisper({.components = {text_display{std::move(text)}},
                    .accent_color = broken                    ? error_color
                                    : report.findings.empty() ? healthy_color
                                                              : warning_color});
}

discord::message_create door_message(const hub& of, locale language) {
    const bool french = language == locale::fr;
    auto text =
        french
            ? fmt::format("### 🔊 {}\nRejoignez ce salon vocal : vous voilà dans un salon à vous, avec son "
                          "panneau de contrôle. Il disparaît quand il est vide.\n-# Envie de rejoindre un "
                          "salon fermé ? Demandez à entrer : son propriétaire décide.",
                          mention(of.channel))
            : fmt::format("### 🔊 {}\nJoin this voice channel: you are in a room of your own, with its "
                          "control panel. It goes away when it is empty.\n-# Want to come into a closed "
                          "room? Ask: its owner decides.",
                          mention(of.channel));
    discord::container door{
        .components = {text_display{std::move(text)},
                       action_row{{press(routes::link(routes::door, of.channel), "🚪",
                                         {.fr = "Demander à entrer", .en = "Ask to come in"}, language,
                                         button_style::primary)}}},
        .accent_color = hub_color};
    return {.components = {door}, .flags = discord::message_flags::components_v2};
}

} // namespace vagrolant::voice_hubs
