#include "discord/rest/commands.hpp"

namespace vagrolant::discord {

namespace {

std::string path_of(application_id application) {
    return "/applications/" + application.to_string() + "/commands";
}

} // namespace

awaitable<std::string> get_commands(rest_client& client, application_id application) {
    auto response = co_await client.call({.path = path_of(application) + "?with_localizations=true"});
    co_return std::move(response.body);
}

awaitable<void> overwrite_commands(rest_client& client, application_id application, json::array commands) {
    co_await client.call(
        {.method = http_method::put, .path = path_of(application), .body = std::move(commands)});
}

} // namespace vagrolant::discord
