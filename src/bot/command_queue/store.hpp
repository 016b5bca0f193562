#pragma once

#include "async/asio.hpp"
#include "bot/command_queue/command.hpp"
#include "db/pool.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace vagrolant::bot {

/// The channel on which the table's trigger, and a queue's probe of it, notify.
inline constexpr auto command_channel = "vagrolant_commands";

/// Payloads above this many bytes are not even read.
inline constexpr std::int64_t max_payload_bytes = std::int64_t{64} * 1024;

/// A row as it was claimed. `request.payload` is set when it is JSON of at most max_payload_bytes.
struct claimed_command {
    command request;
    /// "object", "array", …; "null" when there is none.
    std::string payload_type;
    std::int64_t payload_bytes = 0;
};

/// The claim that a row is held by: its number of attempts tells an old claim from a new one.
struct command_claim {
    std::string id;
    int attempts = 0;
};

struct finished_command {
    command_claim claim;
    command_outcome outcome;
};

/// The only SQL of the table `commands`. Every method throws what db::pool::run throws.
class command_store {
public:
    /// `process` is a UUID that no other process has.
    command_store(db::pool& database, std::string process);

    /// Claims up to `limit` pending rows, oldest first.
    awaitable<std::vector<claimed_command>> claim(std::size_t limit, std::chrono::milliseconds lease);

    /// Renews leases; returns the ids that are still ours.
    awaitable<std::vector<std::string>> extend(std::vector<std::string> ids, std::chrono::milliseconds lease);

    /// Writes outcomes in one statement; returns the ids of the rows that were still ours.
    awaitable<std::vector<std::string>> finish(std::vector<finished_command> outcomes);

    /// Gives rows back to be claimed by anybody. `begun` claims keep counting as attempts.
    awaitable<void> release(std::vector<command_claim> claims, bool begun);

    /// Returns expired leases to the pending rows, or to `error` with `given_up` where the row has been tried
    /// `max_attempts` times, or was left behind by a program that knows no leases (15 minutes ago). Returns
    /// how many rows.
    awaitable<std::size_t> recover(int max_attempts, command_outcome given_up);

    /// Notifies `payload` on the queue's channel.
    awaitable<void> notify(std::string payload);

private:
    db::pool& database_;
    std::string process_;
};

} // namespace vagrolant::bot
