#include "bot/guild_settings.hpp"
#include "db/transaction.hpp"

#include <ranges>
#include <string_view>

namespace vagrolant::bot {

namespace {

constexpr db::statement find_settings{
    "guild_settings_find",
    "SELECT locale, timezone, announce_mentions, array_to_string(moderator_roles, ' '), requester_required "
    "FROM guild_settings WHERE guild_id = $1"};

mention_policy parse_policy(const std::string& text) {
    if (text == "none")
        return mention_policy::none;
    return text == "users" ? mention_policy::users : mention_policy::all;
}

std::vector<discord::role_id> parse_roles(const std::string& text) {
    std::vector<discord::role_id> roles;
    for (const auto one : std::views::split(text, ' ')) {
        if (const auto role = discord::role_id::parse(std::string_view(one)))
            roles.push_back(*role);
    }
    return roles;
}

} // namespace

awaitable<guild_settings> guild_settings_store::find(discord::guild_id guild) {
    return database_.run([id = guild.to_string(), settings = defaults_](db::transaction& transaction) {
        auto found = settings;
        const auto rows = transaction.exec(find_settings, id);
        if (rows.empty())
            return found;
        const auto row = rows.front();
        if (!row[0].is_null())
            found.language = row[0].as<std::string>() == "en" ? locale::en : locale::fr;
        if (!row[1].is_null())
            found.time_zone = row[1].as<std::string>();
        if (!row[2].is_null())
            found.announcement_mentions = parse_policy(row[2].as<std::string>());
        if (!row[3].is_null())
            found.moderator_roles = parse_roles(row[3].as<std::string>());
        if (!row[4].is_null())
            found.requester_required = row[4].as<bool>();
        return found;
    });
}

} // namespace vagrolant::bot
