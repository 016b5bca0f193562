#pragma once

#include "async/asio.hpp"
#include "db/pool.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace vagrolant::bot {

struct config;

inline constexpr std::chrono::hours for_ever{0};

struct retention_options {
    /// How long commands that are done, and those that failed, are kept, and what is noted of them: hours, or
    /// `for_ever`.
    std::chrono::hours done = std::chrono::days(7);
    std::chrono::hours error = std::chrono::days(30);
    std::chrono::hours audit = std::chrono::days(90);
    /// The first sweep comes within the first tenth of it.
    std::chrono::milliseconds interval = std::chrono::hours(6);
    /// Pages of a table that are looked through at one time, and the pause between two such batches.
    std::int64_t pages = 128;
    std::chrono::milliseconds pause{200};
};

/// What the configuration says of it.
retention_options retention_options_of(const config& from);

/// Deletes what is old from `commands` and `command_audit`.
///
/// By place: batch after batch of each table's pages, every page once a sweep. That needs no index, which
/// every insert and update would pay for; 128 pages (1 MiB, some 5,000 commands) take about a millisecond.
class retention {
public:
    /// `database` outlives the retention.
    retention(db::pool& database, retention_options options);

    /// Sweeps from time to time until cancelled (`total` suffices).
    awaitable<void> run();

    /// One sweep of both tables; returns how many rows it has deleted. Throws what db::pool::run throws.
    awaitable<std::size_t> sweep();

private:
    struct table;

    awaitable<std::size_t> sweep(table which);

    db::pool& database_;
    retention_options options_;
};

} // namespace vagrolant::bot
