#pragma once

#include "async/asio.hpp"
#include "base/localized.hpp"
#include "json/writer.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
    /// By this process's steady clock. How long ago it was is the database's to say: hosts' clocks differ.
    std::chrono::steady_clock::time_point created_at;
    /// When the first attempt began, in the same way; none where this is it.
    std::optional<std::chrono::steady_clock::time_point> first_begun;
    /// What an earlier attempt last reported: the text of a JSON object.
    std::optional<std::string> progress;
};

/// Writes into the row how far the command has come, for whoever has to explain it should this process die.
/// Throws the database's errors, and ends as a cancellation where the row is another process's by now.
using progress_report = std::function<awaitable<void>(json::object)>;

/// What goes into the row: status `done` or `error`, and `result`.
struct command_outcome {
    bool ok = false;
    /// Always holds "ok", and "reason" and "code" where ok is false.
    json::object result;

    static command_outcome success(json::object result = {});
    /// `code` is for programs (snake_case), `reason` for people.
    static command_outcome failure(std::string_view code, std::string_view reason);
};

/// Commands of one guild and lane run one after another, different lanes and guilds side by side.
struct lane {
    std::string name;
    /// The names of its actions.
    std::vector<std::string> actions;
    /// A guild may begin `burst` of them without a pause and then one each `1 / per_second` seconds; the
    /// excess waits. Zero: as many as come.
    double per_second = 0;
    int burst = 0;
    /// Of one guild; what comes on top is refused with `retryAfter`. Zero: as many as come.
    std::size_t max_waiting = 0;
    /// All of its actions may be carried out again at any time: several are then claimed at once.
    bool repeatable = false;
    /// What has waited for longer is too old, whatever its action. Zero: nothing is.
    std::chrono::seconds time_to_live{0};
};

/// Who carries out commands. Called on the loop only.
class command_executor {
public:
    command_executor() = default;
    command_executor(const command_executor&) = delete;
    command_executor& operator=(const command_executor&) = delete;
    virtual ~command_executor() = default;

    /// All lanes; an action that is in none of them is in the lane "", whose limits may be given, too.
    virtual std::vector<lane> lanes() const = 0;

    /// How long `execute` may take before it is cancelled.
    virtual std::chrono::milliseconds time_limit(const command& which) const = 0;

    /// What the guild's people read, for reasons that the queue itself gives; nullopt where they have not
    /// chosen. Does not fail.
    virtual awaitable<std::optional<locale>> language_of(std::string guild_id) const = 0;

    /// Whether it may be run again for ever, as what only reads or sets: then nobody waits until its outcome
    /// is safe on the database's disk.
    virtual bool repeatable(const command& which) const = 0;

    /// May throw: the row then says `error` with a general reason, and the log what happened.
    virtual awaitable<command_outcome> execute(command which, progress_report report) = 0;
};

} // namespace vagrolant::bot
