#pragma once

#include "bot/feature.hpp"

namespace vagrolant {

void register_announcements(bot::registry& with);
void register_moderation(bot::registry& with);
void register_settings(bot::registry& with);
void register_status(bot::registry& with);
void register_voice_hubs(bot::registry& with);

/// The one list: everything that the bot can do.
void register_all(bot::registry& with);

} // namespace vagrolant
