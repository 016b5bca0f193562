#pragma once

#include "discord/model/components.hpp"

#include <cstddef>
#include <functional>
#include <string>

/// Lists that are longer than a message or a select.
namespace vagrolant::voice_hubs {

/// The part of a list that is shown: `size` entries from `first` on.
struct page {
    /// From 0.
    std::size_t number = 0;
    /// At least one.
    std::size_t count = 1;
    std::size_t first = 0;
    std::size_t size = 0;
};

/// The page of that number, the last one where there are not so many.
page page_of(std::size_t entries, std::size_t per_page, std::size_t number);

/// Back and forth; `link` gives the custom id that leads to a page.
discord::action_row turns(const page& at, const std::function<std::string(std::size_t)>& link);

} // namespace vagrolant::voice_hubs
