#pragma once

#include "discord/model/ids.hpp"
#include "json/reader.hpp"

#include <string>

namespace vagrolant::discord {

struct user {
    user_id id;
    std::string username;
    /// Empty where none was chosen.
    std::string global_name;
    /// Hash of the picture; empty for Discord's default.
    std::string avatar;
    bool bot = false;

    /// What people see outside of guilds.
    const std::string& display_name() const { return global_name.empty() ? username : global_name; }
};

/// Throws `json::parse_error`, as all parsers here.
user parse_user(json::value from);

} // namespace vagrolant::discord
