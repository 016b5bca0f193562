#pragma once

#include "discord/model/ids.hpp"
#include "discord/model/user.hpp"
#include "discord/rest/client.hpp"

#include <cstdint>
#include <string>

namespace vagrolant::discord {

/// The application whose token is used.
struct application {
    application_id id;
    std::string name;
    std::uint64_t flags = 0;
};

awaitable<user> get_current_user(rest_client& client);
awaitable<application> get_current_application(rest_client& client);

} // namespace vagrolant::discord
