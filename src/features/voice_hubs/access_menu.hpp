#pragma once

#include "base/localized.hpp"
#include "discord/model/interaction.hpp"
#include "discord/model/message_create.hpp"
#include "features/voice_hubs/model.hpp"
#include "features/voice_hubs/pages.hpp"
#include "features/voice_hubs/rooms.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The menu in which a room's whitelist and blacklist are changed, page by page with Discord's own select.
namespace vagrolant::voice_hubs {

enum class list_kind : std::uint8_t { allowed, blocked };

std::string_view id_of(list_kind which);
std::optional<list_kind> list_kind_of(std::string_view id);
const std::vector<subject>& entries(const access_lists& lists, list_kind which);

/// A select takes 25: each page shows 20 and has room for 5 more.
inline constexpr std::size_t list_page_size = 20;
inline constexpr int list_page_limit = 25;

/// The entries of a page, from 0; the last page where there are not so many.
struct list_page {
    page at;
    std::span<const subject> entries;
};
list_page page_of(const std::vector<subject>& all, std::size_t number);

/// Says which entries a page showed: what somebody removes from it is judged by what he saw.
std::string stamp_of(std::span<const subject> page);

/// The menu at a page, with `note` above (what was just changed) and, when `purgeable` is not 0, the offer to
/// disconnect as many.
discord::message_create list_menu(const room& of, list_kind which, std::size_t page, std::string note,
                                  int purgeable, locale language);

/// Whom the person chose in the menu; users and roles.
std::vector<subject> chosen_subjects(const discord::interaction& what);

/// The change that makes the page into what was chosen; other pages keep theirs.
struct page_change {
    std::vector<subject> added;
    std::vector<subject> removed;

    list_edit edit(list_kind which) const;
    /// Forgets those of `added` that did not come into `list`, and returns them.
    std::vector<subject> keep_only(std::span<const subject> list);
    /// "✅ 2 ajoutés, 1 retiré"; empty when nothing changed.
    std::string sentence(locale language) const;
};
page_change change_of(std::span<const subject> page, std::span<const subject> chosen);

} // namespace vagrolant::voice_hubs
