#pragma once

#include "async/asio.hpp"
#include "json/writer.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace vagrolant::bot {

/// A row of the table `commands` that this process has claimed. Everything in it comes from outside; only the
/// payload's outer shape has been checked.
struct command {
    std::string id;
    std::string guild_id;
    std::string action;
    /// The text of a JSON object, not nested deeper than json::max_depth; nullopt when the row has none.
    std::optional<std::string> payload;
    std::optional<std::string> requested_by;
    /// 1 the first time; more when a process died or was stopped before it had finished.
    int attempts = 1;
    std::chrono::sys_time<std::chrono::milliseconds> created_at;
};

/// What goes into the row: status `done` or `error`, and `result`.
struct command_outcome {
    bool ok = false;
    /// Always holds "ok", and "reason" and "code" where ok is false.
    json::object result;

    static command_outcome success(json::object result = {});
    /// `code` is for programs (snake_case), `reason` for people.
    static command_outcome failure(std::string_view code, std::string_view reason);
};

/// Who carries out commands. Called on the loop only.
class command_executor {
public:
    command_executor() = default;
    command_executor(const command_executor&) = delete;
    command_executor& operator=(const command_executor&) = delete;
    virtual ~command_executor() = default;

    /// Commands of one guild and lane run one after another, different lanes side by side.
    virtual std::string lane(const command& which) const = 0;

    /// How long `execute` may take before it is cancelled.
    virtual std::chrono::milliseconds time_limit(const command& which) const {
        static_cast<void>(which);
        return std::chrono::seconds(60);
    }

    /// May throw: the row then says `error` with a general reason, and the log what happened.
    virtual awaitable<command_outcome> execute(command which) = 0;
};

} // namespace vagrolant::bot
