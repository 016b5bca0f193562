#pragma once

#include "bot/feature.hpp"
#include "discord/model/application_command.hpp"

#include <vector>

/// /hub, and what administrators press in its answers.
///
/// Discord's default permissions hold for a command with all its subcommands, and members need /hub panel:
/// the command is everybody's, and each subcommand checks who calls it.
namespace vagrolant::voice_hubs {

using discord::interactions::context;

discord::application_command hub_command();

awaitable<void> hub_list_command(bot::services& with, context& context);
awaitable<void> hub_create_command(bot::services& with, context& context);
awaitable<void> hub_delete_command(bot::services& with, context& context);
awaitable<void> hub_config_command(bot::services& with, context& context);
awaitable<void> hub_panel_command(bot::services& with, context& context);
/// /hub doctor, and its button.
awaitable<void> examine_hubs(bot::services& with, context& context);
/// The option `hub`: the guild's hubs by name.
awaitable<std::vector<discord::interactions::choice>> complete_hub(bot::services& with, context& context);

// Components.
awaitable<void> turn_hub_list(bot::services& with, context& context);
awaitable<void> open_hub_config(bot::services& with, context& context);
awaitable<void> ask_hub_group(bot::services& with, context& context);
awaitable<void> change_hub_group(bot::services& with, context& context);
awaitable<void> reset_hub_fields(bot::services& with, context& context);
awaitable<void> ask_hub_delete(bot::services& with, context& context);
awaitable<void> remove_hub(bot::services& with, context& context);

} // namespace vagrolant::voice_hubs
