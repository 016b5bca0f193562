#include "bot/guild_settings.hpp"
#include "db/transaction.hpp"

#include <fmt/ranges.h>

#include <ranges>
#include <string_view>

namespace vagrolant::bot {

namespace {

constexpr db::statement find_row{
    "guild_settings_find",
    "SELECT locale, timezone, announce_mentions, array_to_string(moderator_roles, ' '), requester_required "
    "FROM guild_settings WHERE guild_id = $1"};
// An update that changes nothing: whoever comes next waits for this transaction.
constexpr db::statement lock_row{"guild_settings_lock",
                                 "INSERT INTO guild_settings (guild_id) VALUES ($1) "
                                 "ON CONFLICT (guild_id) DO UPDATE SET guild_id = excluded.guild_id"};
constexpr db::statement write_row{
    "guild_settings_write", "UPDATE guild_settings SET locale = $2, timezone = $3, announce_mentions = $4, "
                            "moderator_roles = $5::bigint[], requester_required = $6 WHERE guild_id = $1"};

locale parse_locale(const std::string& text) {
    return text == "en" ? locale::en : locale::fr;
}

const char* to_text(locale language) {
    return language == locale::en ? "en" : "fr";
}

std::vector<discord::role_id> parse_roles(const std::string& text) {
    std::vector<discord::role_id> roles;
    for (const auto one : std::views::split(text, ' ')) {
        if (const auto role = discord::role_id::parse(std::string_view(one)))
            roles.push_back(*role);
    }
    return roles;
}

std::string to_text(const std::vector<discord::role_id>& roles) {
    const auto ids = roles | std::views::transform(&discord::role_id::value);
    return fmt::format("{{{}}}", fmt::join(ids, ","));
}

const char* to_text(mention_policy policy) {
    return enum_name(policy);
}

template <class T>
std::optional<std::string> text_of(const std::optional<T>& chosen) {
    return chosen ? std::optional<std::string>(to_text(*chosen)) : std::nullopt;
}

guild_choices read_choices(db::transaction& transaction, const std::string& guild) {
    guild_choices found;
    const auto rows = transaction.exec(find_row, guild);
    if (rows.empty())
        return found;
    const auto row = rows.front();
    if (!row[0].is_null())
        found.language = parse_locale(row[0].as<std::string>());
    if (!row[1].is_null())
        found.time_zone = row[1].as<std::string>();
    if (!row[2].is_null())
        found.announcement_mentions = enum_value<mention_policy>(row[2].as<std::string>());
    if (!row[3].is_null())
        found.moderator_roles = parse_roles(row[3].as<std::string>());
    if (!row[4].is_null())
        found.requester_required = row[4].as<bool>();
    return found;
}

void write_choices(db::transaction& transaction, const std::string& guild, const guild_choices& chosen) {
    transaction.exec(write_row, guild, text_of(chosen.language), chosen.time_zone,
                     text_of(chosen.announcement_mentions), text_of(chosen.moderator_roles),
                     chosen.requester_required);
}

} // namespace

guild_settings guild_choices::over(guild_settings defaults) const {
    return {.language = language.value_or(defaults.language),
            .time_zone = time_zone.value_or(std::move(defaults.time_zone)),
            .announcement_mentions = announcement_mentions.value_or(defaults.announcement_mentions),
            .moderator_roles = moderator_roles.value_or(std::move(defaults.moderator_roles)),
            .requester_required = requester_required.value_or(defaults.requester_required)};
}

awaitable<guild_choices> guild_settings_store::choices(discord::guild_id guild) {
    return database_.run_single(
        [id = guild.to_string()](db::transaction& transaction) { return read_choices(transaction, id); });
}

awaitable<guild_settings> guild_settings_store::find(discord::guild_id guild) {
    const auto known = remembered_.find(guild);
    if (known != remembered_.end() && now_() < known->second.until)
        co_return known->second.settings;
    const auto forgotten = forgotten_;
    const auto chosen = co_await choices(guild);
    auto settings = chosen.over(defaults_);
    if (forgotten == forgotten_)
        remember(guild, settings);
    co_return settings;
}

awaitable<std::expected<guild_settings_store::change, refusal>>
guild_settings_store::modify(discord::guild_id guild, edit how) {
    using result = std::expected<change, refusal>;
    auto work = [id = guild.to_string(), how = std::move(how)](db::transaction& transaction) -> result {
        transaction.exec(lock_row, id);
        auto before = read_choices(transaction, id);
        auto after = how(before);
        if (!after)
            return std::unexpected(std::move(after.error()));
        write_choices(transaction, id, *after);
        return change{std::move(before), *std::move(after)};
    };
    auto outcome = co_await database_.run(std::move(work));
    forget(guild);
    co_return outcome;
}

void guild_settings_store::remember(discord::guild_id guild, const guild_settings& settings) {
    const auto now = now_();
    if (remembered_.size() >= max_remembered)
        std::erase_if(remembered_, [now](const auto& one) { return one.second.until <= now; });
    if (remembered_.size() >= max_remembered)
        remembered_.clear();
    remembered_.insert_or_assign(guild, remembered{settings, now + fresh_for});
}

void guild_settings_store::forget(discord::guild_id guild) {
    ++forgotten_;
    remembered_.erase(guild);
}

} // namespace vagrolant::bot
