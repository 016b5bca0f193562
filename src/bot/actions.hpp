#pragma once

#include "async/event.hpp"
#include "bot/command_queue/command.hpp"
#include "bot/feature.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace vagrolant::bot {

/// Carries out the dashboard's commands: checks what all have in common, hands the rest to the action's
/// handler and turns whatever happens into an outcome with a reason in the guild's language. docs/results.md
/// lists the outcomes.
class action_executor final : public command_executor {
public:
    using clock = std::chrono::steady_clock;

    /// Subscribes to GUILD_CREATE. `services` and `actions` outlive the executor.
    action_executor(services& with, const registry& actions, discord::dispatcher& events,
                    std::function<clock::time_point()> now = clock::now);

    std::vector<bot::lane> lanes() const override;
    std::chrono::milliseconds time_limit(const command& which) const override;
    bool repeatable(const command& which) const override;
    awaitable<std::optional<locale>> language_of(std::string guild_id) const override;
    awaitable<command_outcome> execute(command which, progress_report report) override;

    /// How long a guild is waited for before a command is refused: from now on for one in which Discord has
    /// an outage, from the command's insertion for one that the bot is not in, as it may be joining.
    static constexpr std::chrono::seconds guild_patience{10};
    /// Commands that wait so at one time, as each has one of the queue's places: for guilds that the bot is
    /// not in, which are whatever somebody writes, and for its own. One more is refused at once.
    static constexpr std::size_t max_waiting_for_strangers = 32;
    static constexpr std::size_t max_waiting_for_own = 256;

private:
    awaitable<action_result> run(command which, progress_report report, guild_settings& settings);
    awaitable<discord::guild_id> available_guild(std::string id, clock::time_point asked_at);

    services& with_;
    const registry& actions_;
    std::function<clock::time_point()> now_;
    event guild_arrived_;
    std::size_t waiting_for_strangers_ = 0;
    std::size_t waiting_for_own_ = 0;
};

} // namespace vagrolant::bot
