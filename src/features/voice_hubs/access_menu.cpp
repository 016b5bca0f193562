#include "features/voice_hubs/access_menu.hpp"

#include "features/voice_hubs/routes.hpp"
#include "features/voice_hubs/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace vagrolant::voice_hubs {

namespace {

using discord::action_row;
using discord::button;

struct list_words {
    std::string_view sign;
    localized name;
    localized meaning;
};

list_words words_of(list_kind which, room_mode mode) {
    if (which == list_kind::blocked) {
        return {.sign = "⛔",
                .name = {.fr = "Liste noire", .en = "Blacklist"},
                .meaning = {.fr = "Qui est ici ne voit pas le salon et n'y entre pas, quel que soit le mode.",
                            .en = "Whoever is here neither sees nor enters the room, whatever its mode."}};
    }
    if (mode == room_mode::conference) {
        return {.sign = "✅",
                .name = {.fr = "Liste blanche", .en = "Whitelist"},
                .meaning = {.fr = "Qui est ici a la parole.", .en = "Whoever is here may speak."}};
    }
    return {
        .sign = "✅",
        .name = {.fr = "Liste blanche", .en = "Whitelist"},
        .meaning = {.fr = "Qui est ici entre dans un salon fermé ou privé, et parle en conférence.",
                    .en = "Whoever is here enters a closed or private room, and speaks in a conference."}};
}

discord::entity_select select_of(const room& of, list_kind which, const list_page& page, locale language) {
    discord::entity_select select{.type = discord::component_type::mentionable_select,
                                  .custom_id = routes::link(routes::list_choice, of.channel, id_of(which),
                                                            page.at.number, stamp_of(page.entries)),
                                  .placeholder = language == locale::fr
                                                     ? "Ajouter ou retirer des membres et des rôles"
                                                     : "Add or remove members and roles",
                                  .min_values = 0,
                                  .max_values = list_page_limit};
    for (const auto& one : page.entries) {
        select.default_values.push_back({.id = one.id,
                                         .of = one.type == discord::overwrite_type::role
                                                   ? discord::component_type::role_select
                                                   : discord::component_type::user_select});
    }
    return select;
}

bool holds(std::span<const subject> all, const subject& one) {
    return std::ranges::find(all, one) != all.end();
}

} // namespace

std::string_view id_of(list_kind which) {
    return which == list_kind::allowed ? "allowed" : "blocked";
}

std::optional<list_kind> list_kind_of(std::string_view id) {
    for (const auto one : {list_kind::allowed, list_kind::blocked}) {
        if (id == id_of(one))
            return one;
    }
    return std::nullopt;
}

const std::vector<subject>& entries(const access_lists& lists, list_kind which) {
    return which == list_kind::allowed ? lists.allowed : lists.blocked;
}

list_page page_of(const std::vector<subject>& all, std::size_t number) {
    const auto at = page_of(all.size(), list_page_size, number);
    return {.at = at, .entries = std::span(all).subspan(at.first, at.size)};
}

std::string stamp_of(std::span<const subject> page) {
    // FNV-1a, the 64-bit one.
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const auto& one : page) {
        for (unsigned shift = 0; shift < 64; shift += 8)
            hash = (hash ^ (one.id >> shift & 0xFFU)) * 0x100000001b3;
    }
    return fmt::format("{:016x}", hash);
}

discord::message_create list_menu(const room& of, list_kind which, std::size_t number, std::string note,
                                  int purgeable, locale language) {
    const bool french = language == locale::fr;
    const auto& all = entries(of.settings.lists, which);
    const auto page = page_of(all, number);
    const auto words = words_of(which, of.settings.mode);
    auto text = fmt::format("### {} {} · {}\n{}", words.sign, words.name.in(language), mention(of.channel),
                            words.meaning.in(language));
    text += french ? fmt::format("\n-# {} entrée{}", all.size(), all.size() > 1 ? "s" : "")
                   : fmt::format("\n-# {} entr{}", all.size(), all.size() == 1 ? "y" : "ies");
    if (page.at.count > 1)
        text += fmt::format(" · page {}/{}", page.at.number + 1, page.at.count);
    if (!note.empty())
        text += '\n' + std::move(note);
    discord::container menu{.components = {discord::text_display{std::move(text)},
                                           action_row{{select_of(of, which, page, language)}}},
                            .accent_color = which == list_kind::allowed ? 0x2ECC71U : 0xE74C3CU};
    if (page.at.count > 1)
        menu.components.emplace_back(turns(page.at, [&](std::size_t to) {
            return routes::link(routes::list_page, of.channel, id_of(which), to);
        }));
    if (purgeable > 0) {
        auto label = french ? fmt::format("Purger ({})", purgeable) : fmt::format("Purge ({})", purgeable);
        menu.components.emplace_back(
            action_row{{button{.style = discord::button_style::danger,
                               .label = std::move(label),
                               .emoji = discord::emoji{.name = "🧹"},
                               .custom_id = routes::link(routes::purge, of.channel)}}});
    }
    return {.components = {menu},
            .flags = discord::message_flags::components_v2 | discord::message_flags::ephemeral};
}

std::vector<subject> chosen_subjects(const discord::interaction& what) {
    std::vector<subject> chosen;
    for (const auto& value : what.values) {
        if (const auto role = role_id::parse(value); role && what.resolved.find(*role) != nullptr)
            chosen.push_back(subject::of(*role));
        else if (const auto user = user_id::parse(value); user && what.resolved.find(*user) != nullptr)
            chosen.push_back(subject::of(*user));
    }
    return chosen;
}

page_change change_of(std::span<const subject> page, std::span<const subject> chosen) {
    page_change change;
    for (const auto& one : chosen) {
        if (!holds(page, one))
            change.added.push_back(one);
    }
    for (const auto& one : page) {
        if (!holds(chosen, one))
            change.removed.push_back(one);
    }
    return change;
}

list_edit page_change::edit(list_kind which) const {
    list_edit edit{.forget = removed};
    (which == list_kind::allowed ? edit.allow : edit.block) = added;
    return edit;
}

std::vector<subject> page_change::keep_only(std::span<const subject> list) {
    std::vector<subject> missing;
    std::ranges::copy_if(added, std::back_inserter(missing),
                         [list](const subject& one) { return !holds(list, one); });
    std::erase_if(added, [list](const subject& one) { return !holds(list, one); });
    return missing;
}

std::string page_change::sentence(locale language) const {
    const bool french = language == locale::fr;
    const auto part = [&](const std::vector<subject>& some, std::string_view verb) {
        std::string text;
        for (const auto& one : some)
            text += (text.empty() ? "" : ", ") + mention(one);
        return fmt::format("{} {}", verb, text);
    };
    std::string sentence;
    if (!added.empty())
        sentence += part(added, french ? "➕ Sur la liste :" : "➕ On the list:");
    if (!removed.empty())
        sentence += (sentence.empty() ? "" : "\n") + part(removed, french ? "➖ Retirés :" : "➖ Removed:");
    return sentence;
}

} // namespace vagrolant::voice_hubs
