#pragma once

#include "bot/feature.hpp"

/// `/settings …`, for who manages the guild.
namespace vagrolant::settings {

using discord::interactions::context;

awaitable<void> show(bot::services& with, context& asked);
awaitable<void> set_language(bot::services& with, context& asked);
awaitable<void> set_time_zone(bot::services& with, context& asked);
awaitable<void> set_mentions(bot::services& with, context& asked);
awaitable<void> set_moderators(bot::services& with, context& asked);
awaitable<void> set_requester(bot::services& with, context& asked);
awaitable<void> reset_one(bot::services& with, context& asked);

awaitable<std::vector<discord::interactions::choice>> complete_zone(bot::services& with, context& asked);

} // namespace vagrolant::settings
