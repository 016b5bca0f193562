#include "features/features.hpp"

namespace vagrolant {

void register_all(bot::registry& with) {
    register_announcements(with);
    register_moderation(with);
    register_settings(with);
    register_status(with);
    register_voice_hubs(with);
}

} // namespace vagrolant
