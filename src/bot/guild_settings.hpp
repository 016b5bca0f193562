#pragma once

#include "async/asio.hpp"
#include "base/localized.hpp"
#include "bot/mention_policy.hpp"
#include "bot/refusal.hpp"
#include "db/pool.hpp"
#include "discord/model/ids.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace vagrolant::bot {

/// What holds in a guild.
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

/// What a guild chose; nullopt where it leaves the choice to the configuration.
struct guild_choices {
    std::optional<locale> language;
    std::optional<std::string> time_zone;
    std::optional<mention_policy> announcement_mentions;
    std::optional<std::vector<discord::role_id>> moderator_roles;
    std::optional<bool> requester_required;

    guild_settings over(guild_settings defaults) const;
    friend bool operator==(const guild_choices&, const guild_choices&) = default;
};

/// The channel on which the table notifies: the guild's id.
inline constexpr auto guild_settings_channel = "vagrolant_guild_settings";

/// The only SQL of the table `guild_settings`. Its methods throw the database's errors.
class guild_settings_store {
public:
    /// What is remembered of a guild counts for so long, unless the table notifies of a change (`forget`):
    /// where notifications do not arrive, a dashboard's change is known after this time.
    static constexpr std::chrono::seconds fresh_for{5};
    static constexpr std::size_t max_remembered = 10'000;

    using clock = std::chrono::steady_clock;

    guild_settings_store(db::pool& database, guild_settings defaults,
                         std::function<clock::time_point()> now = clock::now)
        : database_(database)
        , defaults_(std::move(defaults))
        , now_(std::move(now)) {}

    const guild_settings& defaults() const { return defaults_; }

    awaitable<guild_settings> find(discord::guild_id guild);

    awaitable<guild_choices> choices(discord::guild_id guild);

    struct change {
        guild_choices before;
        guild_choices after;
    };
    using edit = std::function<std::expected<guild_choices, refusal>(guild_choices)>;
    /// Replaces what the guild chose by what `how` makes of it, or gives back why not. `how` runs on another
    /// thread.
    awaitable<std::expected<change, refusal>> modify(discord::guild_id guild, edit how);

    /// What is remembered of the guild.
    void forget(discord::guild_id guild);

private:
    struct remembered {
        guild_settings settings;
        clock::time_point until;
    };

    void remember(discord::guild_id guild, const guild_settings& settings);

    db::pool& database_;
    guild_settings defaults_;
    std::function<clock::time_point()> now_;
    std::unordered_map<discord::guild_id, remembered> remembered_;
    /// How often something was forgotten: what was read before may be out of date.
    std::uint64_t forgotten_ = 0;
};

} // namespace vagrolant::bot
