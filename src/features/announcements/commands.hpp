#pragma once

#include "bot/feature.hpp"

namespace vagrolant::announcements {

using discord::interactions::context;

/// Custom id of the form in which an announcement of several lines is written.
inline constexpr auto form_pattern = "announcements/form/{channel:id}/{mentions}";

/// Publishes what the options say; without a text it opens the form.
awaitable<void> announce_command(bot::services& with, context& asked);
awaitable<void> form_submitted(bot::services& with, context& asked);

} // namespace vagrolant::announcements
