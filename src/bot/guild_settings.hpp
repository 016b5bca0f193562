#pragma once

#include "async/asio.hpp"
#include "base/localized.hpp"
#include "db/pool.hpp"
#include "discord/model/ids.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vagrolant::bot {

/// Who a mention in a text that people wrote may notify, from nobody to @everyone.
enum class mention_policy : std::uint8_t { none, users, all };

/// What a guild chose; the configuration's defaults where it chose nothing.
struct guild_settings {
    locale language = locale::fr;
    std::string time_zone = "Europe/Paris";
    /// The most that an announcement may notify.
    mention_policy announcement_mentions = mention_policy::all;
    /// Holders may do what actions ask a permission for.
    std::vector<discord::role_id> moderator_roles;
    /// Whether dashboards must say on whose behalf they ask.
    bool requester_required = false;
};

class guild_settings_store {
public:
    guild_settings_store(db::pool& database, guild_settings defaults)
        : database_(database)
        , defaults_(std::move(defaults)) {}

    const guild_settings& defaults() const { return defaults_; }
    /// Throws the database's errors.
    awaitable<guild_settings> find(discord::guild_id guild);

private:
    db::pool& database_;
    guild_settings defaults_;
};

} // namespace vagrolant::bot
