#include "features/moderation/channel_list_rules.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace vagrolant::moderation {

std::vector<listed_channel> list_text_channels(std::vector<listed_channel> all) {
    std::map<discord::channel_id, int> categories;
    for (const auto& one : all) {
        if (one.type == discord::channel_type::category)
            categories.emplace(one.id, one.position);
    }
    std::erase_if(all, [](const listed_channel& one) {
        const bool text =
            one.type == discord::channel_type::text || one.type == discord::channel_type::announcement;
        return !text || !one.visible;
    });
    std::ranges::sort(all, {}, [&](const listed_channel& one) {
        // A parent that is not among the guild's categories counts as none.
        const auto category = categories.find(one.parent);
        const bool inside = category != categories.end();
        return std::tuple(inside, inside ? category->second : 0, inside ? one.parent : discord::channel_id(),
                          one.position, one.id);
    });
    return all;
}

} // namespace vagrolant::moderation
