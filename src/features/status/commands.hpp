#pragma once

#include "bot/feature.hpp"

namespace vagrolant::status {

/// /ping
awaitable<void> ping(bot::services& with, discord::interactions::context& context);

} // namespace vagrolant::status
