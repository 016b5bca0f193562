#pragma once

#include "bot/feature.hpp"

#include <chrono>

namespace vagrolant::moderation {

using discord::interactions::context;

/// At most so many messages are purged without asking back.
inline constexpr int purge_without_question = 100;

/// The question before is answered within this time or not at all: what the latest messages are changes.
inline constexpr std::chrono::minutes question_life{5};

// Custom ids.
inline constexpr auto purge_pattern = "moderation/purge/{channel:id}/{amount:int}/{mode}/{pinned:int}";
inline constexpr auto purge_cancel_pattern = "moderation/purge-cancel";
inline constexpr auto unlock_pattern = "moderation/unlock/{channel:id}";

awaitable<void> purge_command(bot::services& with, context& asked);
awaitable<void> purge_confirmed(bot::services& with, context& asked);
awaitable<void> purge_cancelled(bot::services& with, context& asked);
awaitable<void> slowmode_command(bot::services& with, context& asked);
awaitable<std::vector<discord::interactions::choice>> complete_slowmode(bot::services& with, context& asked);
awaitable<void> lock_command(bot::services& with, context& asked);
awaitable<void> unlock_command(bot::services& with, context& asked);
awaitable<void> unlock_clicked(bot::services& with, context& asked);

} // namespace vagrolant::moderation
