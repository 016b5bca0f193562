#include "features/features.hpp"
#include "features/moderation/actions.hpp"

namespace vagrolant {

void register_moderation(bot::registry& with) {
    with.action(bot::make_action({.name = "listTextChannels", .lane = "reads"}, moderation::read_list,
                                 moderation::list_channels));
}

} // namespace vagrolant
