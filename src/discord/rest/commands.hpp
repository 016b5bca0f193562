#pragma once

#include "discord/model/ids.hpp"
#include "discord/rest/client.hpp"
#include "json/writer.hpp"

#include <string>

namespace vagrolant::discord {

/// The registered commands with their localizations, as Discord's JSON text; of one guild if given, else the
/// global ones.
awaitable<std::string> get_commands(rest_client& client, application_id application, guild_id guild = {});

/// Replaces all of them.
awaitable<void> overwrite_commands(rest_client& client, application_id application, json::array commands,
                                   guild_id guild = {});

} // namespace vagrolant::discord
