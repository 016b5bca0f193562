#include "features/announcements/actions.hpp"
#include "features/features.hpp"

namespace vagrolant {

void register_announcements(bot::registry& with) {
    // Discord keeps a nonce "for a few minutes": within them a repetition finds the message that was sent.
    with.action(bot::make_action({.name = "announce",
                                  .lane = "announcements",
                                  .time_to_live = std::chrono::minutes(10),
                                  .repeatable_for = std::chrono::minutes(2)},
                                 announcements::read_announce, announcements::announce));
}

} // namespace vagrolant
