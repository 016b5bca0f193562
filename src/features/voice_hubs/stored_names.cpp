#include "features/voice_hubs/stored_names.hpp"

#include <array>

namespace vagrolant::voice_hubs {

namespace {

using std::pair;

constexpr std::array modes{pair{room_mode::open, "open"}, pair{room_mode::closed, "closed"},
                           pair{room_mode::private_, "private"}, pair{room_mode::conference, "conference"}};
constexpr std::array positions{pair{room_position::above, "above"}, pair{room_position::below, "below"},
                               pair{room_position::end, "end"}};
constexpr std::array sources{pair{permission_source::hub, "hub"},
                             pair{permission_source::category, "category"},
                             pair{permission_source::template_channel, "template"}};
constexpr std::array policies{pair{owner_policy::keep, "keep"}, pair{owner_policy::transfer, "transfer"},
                              pair{owner_policy::remove, "remove"}};

} // namespace

enum_names<room_mode> names_like(room_mode) {
    return modes;
}
enum_names<room_position> names_like(room_position) {
    return positions;
}
enum_names<permission_source> names_like(permission_source) {
    return sources;
}
enum_names<owner_policy> names_like(owner_policy) {
    return policies;
}

} // namespace vagrolant::voice_hubs
