#pragma once

#include "async/asio.hpp"
#include "db/pool.hpp"
#include "discord/model/ids.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace vagrolant::bot {

/// What a slash command did. (Dashboards' commands are noted by the queue, together with their results.)
struct slash_audit {
    std::string action;
    discord::guild_id guild;
    discord::user_id user;
    std::optional<discord::channel_id> channel;
    /// Why not; nullopt when it was done.
    std::optional<std::string> code;
    /// The row says when that was by the database's clock, like every other.
    std::chrono::steady_clock::time_point began;
    std::chrono::milliseconds duration{};
};

/// Leaves a row in `command_audit`. While the database is away or slow it tries again five times, `pause`
/// apart, then the log says that the row is missing. One that seemed lost may stand there twice.
awaitable<void> record(db::pool& database, slash_audit what,
                       std::chrono::milliseconds pause = std::chrono::seconds(10));

} // namespace vagrolant::bot
