#include "features/features.hpp"

namespace vagrolant {

void register_all(bot::registry& with) {
    register_announcements(with);
    register_moderation(with);
    register_status(with);
}

} // namespace vagrolant
