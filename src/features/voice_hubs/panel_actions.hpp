#pragma once

#include "bot/feature.hpp"

/// What the buttons, selects and modals of a room's panel do.
namespace vagrolant::voice_hubs {

using discord::interactions::context;

// On the panel.
awaitable<void> change_mode(bot::services& with, context& context);
awaitable<void> open_list(bot::services& with, context& context);
awaitable<void> ask_purge(bot::services& with, context& context);
awaitable<void> ask_transfer(bot::services& with, context& context);
awaitable<void> ask_name(bot::services& with, context& context);
awaitable<void> ask_status(bot::services& with, context& context);
awaitable<void> ask_settings(bot::services& with, context& context);
awaitable<void> ask_delete(bot::services& with, context& context);
awaitable<void> claim(bot::services& with, context& context);
awaitable<void> forget(bot::services& with, context& context);

// In what it opened.
awaitable<void> turn_list(bot::services& with, context& context);
awaitable<void> change_list(bot::services& with, context& context);
awaitable<void> purge(bot::services& with, context& context);
awaitable<void> turn_heirs(bot::services& with, context& context);
awaitable<void> transfer(bot::services& with, context& context);
awaitable<void> rename(bot::services& with, context& context);
awaitable<void> set_status(bot::services& with, context& context);
awaitable<void> change_settings(bot::services& with, context& context);
awaitable<void> remove_room(bot::services& with, context& context);
awaitable<void> dismiss(bot::services& with, context& context);

} // namespace vagrolant::voice_hubs
