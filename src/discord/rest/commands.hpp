#pragma once

#include "discord/model/ids.hpp"
#include "discord/rest/client.hpp"
#include "json/writer.hpp"

#include <string>

namespace vagrolant::discord {

/// The registered global commands with their localizations, as Discord's JSON text.
awaitable<std::string> get_commands(rest_client& client, application_id application);

/// Replaces all of them.
awaitable<void> overwrite_commands(rest_client& client, application_id application, json::array commands);

} // namespace vagrolant::discord
