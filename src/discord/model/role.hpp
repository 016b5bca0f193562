#pragma once

#include "discord/model/permissions.hpp"
#include "json/reader.hpp"

#include <cstdint>
#include <string>

namespace vagrolant::discord {

struct role {
    role_id id;
    std::string name;
    /// 0xRRGGBB; 0 for none.
    std::uint32_t color = 0;
    int position = 0;
    discord::permissions permissions;
    /// Belongs to a bot, an integration or the boosts; nobody can give or take it.
    bool managed = false;
    bool hoist = false;
    bool mentionable = false;
    /// The bot that this role was made for.
    user_id bot;
    bool premium_subscriber = false;
};

role parse_role(json::value from);

} // namespace vagrolant::discord
