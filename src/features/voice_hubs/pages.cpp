#include "features/voice_hubs/pages.hpp"

#include <algorithm>
#include <string_view>

namespace vagrolant::voice_hubs {

page page_of(std::size_t entries, std::size_t per_page, std::size_t number) {
    page shown{.count = std::max<std::size_t>(1, (entries + per_page - 1) / per_page)};
    shown.number = std::min(number, shown.count - 1);
    shown.first = std::min(shown.number * per_page, entries);
    shown.size = std::min(per_page, entries - shown.first);
    return shown;
}

discord::action_row turns(const page& at, const std::function<std::string(std::size_t)>& link) {
    const auto turn = [&](std::string_view sign, std::size_t to, bool possible) {
        return discord::button{
            .emoji = discord::emoji{.name = std::string(sign)}, .custom_id = link(to), .disabled = !possible};
    };
    // Two buttons of one message need different custom ids, also where neither leads anywhere.
    const auto before = at.number == 0 ? at.count : at.number - 1;
    return {{turn("◀️", before, at.number > 0), turn("▶️", at.number + 1, at.number + 1 < at.count)}};
}

} // namespace vagrolant::voice_hubs
