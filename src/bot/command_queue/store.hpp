#pragma once

#include "async/asio.hpp"
#include "bot/command_queue/command.hpp"
#include "db/pool.hpp"
#include "db/session.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
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

/// `result` is the text of a JSON object whose "ok" decides the row's status.
struct finished_command {
    command_claim claim;
    std::string result;
};

/// Which shards' guilds are this process's.
struct shard_choice {
    int count = 1;
    std::vector<int> shards;
};

/// What to claim: the first rows of lanes that are free.
struct claim_request {
    /// Lanes.
    std::size_t room = 0;
    /// Rows of a lane that is repeatable; of the others one.
    std::size_t depth = 1;
    std::chrono::milliseconds lease{};
    /// Guilds that are looked at; those after `after_guild` first.
    std::size_t reach = 256;
    std::string after_guild;
    /// Lanes that are not to be claimed from, see `lane_key`.
    std::vector<std::string> closed;
    /// Whether one of the rows may be one that a process has died over.
    bool with_retries = true;
};

struct claim_result {
    /// In the order of their guilds' turns.
    std::vector<claimed_command> commands;
    /// Where the next claim goes on (empty: where this one began), and whether there may be more at once.
    std::string next_guild;
    bool more = false;
};

/// What became of claims at their renewal. Those that are in neither list could not be renewed now.
struct renewal {
    std::vector<std::string> renewed;
    std::vector<std::string> lost;
};

/// A lane in which no more than `keep` may wait; the rest is refused with `result` (by language, see
/// `refusal_by_language`).
struct lane_bound {
    std::string guild;
    std::string lane;
    std::size_t keep = 0;
    json::object result;
};

/// Names a guild's lane, here and in the database.
std::string lane_key(std::string_view guild, std::string_view lane);

/// The only SQL of the table `commands`, beside that of the migrations. Every method throws what
/// db::pool::run throws.
class command_store {
public:
    /// `process` is a UUID that no other process has.
    command_store(db::pool& database, std::string process, const std::vector<lane>& lanes,
                  const std::optional<shard_choice>& shards = std::nullopt);

    /// Claims and outcomes go over `session`, which needs no other thread, while it is idle and `proven()`:
    /// that notifications arrive on it says that it is connected to the same database and that no pooler is
    /// between. It outlives the store.
    void use(db::session& session, std::function<bool()> proven);

    awaitable<claim_result> claim(claim_request what);

    /// Writes outcomes in one statement, and notes them in `command_audit`; returns the ids of the rows that
    /// were still ours. `durable`: not before they are safe on the disk.
    awaitable<std::vector<std::string>> finish(std::vector<finished_command> outcomes, bool durable);

    awaitable<renewal> renew(std::vector<command_claim> claims, std::chrono::milliseconds lease);

    /// Keeps how far a command has come. False when the row is not ours any more.
    awaitable<bool> report(command_claim claim, json::object progress);

    /// Gives rows back to be claimed by anybody. `begun` claims keep counting as attempts.
    awaitable<void> release(std::vector<command_claim> claims, bool begun);

    /// Gives back, as not begun, what is claimed by this process and not among `held`: claims whose answer
    /// was lost. Not to be called while a claim is under way. Returns how many rows.
    awaitable<std::size_t> release_unheld(std::vector<std::string> held);

    /// Returns expired leases to the pending rows, except those of `held`, which are ours and known to be
    /// alive. A row that has been tried `max_attempts` times becomes an `error` with `given_up`; one that was
    /// left behind by a program that knows no leases (15 minutes ago) one with `left_behind`. Returns how
    /// many rows.
    ///
    /// Here and below a result is given by language (see `refusal_by_language`), what the row last reported
    /// is added to it, and the row is noted in `command_audit`.
    awaitable<std::size_t> recover(std::vector<std::string> held, int max_attempts, json::object given_up,
                                   json::object left_behind);

    /// Refuses what waits beyond the bounds, at most `limit` rows a lane. Returns how many.
    awaitable<std::size_t> refuse_excess(std::vector<lane_bound> lanes, std::size_t limit);

    /// Ends rows that have waited for longer than `age`, whosever they are: with `interrupted` where a
    /// process had begun them, else with `expired`; at most `limit`. Returns how many.
    awaitable<std::size_t> expire(std::chrono::seconds age, json::object expired, json::object interrupted,
                                  std::size_t limit);

    /// Notifies `payload` on the queue's channel.
    awaitable<void> notify(std::string payload);

private:
    bool session_at_hand() const;

    db::pool& database_;
    db::session* session_ = nullptr;
    std::function<bool()> proven_;
    std::string process_;
    // As PostgreSQL reads them.
    std::string actions_;
    std::string lanes_;
    std::string several_;
    std::optional<std::string> shard_count_;
    std::optional<std::string> shards_;
};

} // namespace vagrolant::bot
