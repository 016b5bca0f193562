#pragma once

#include "async/event.hpp"
#include "bot/command_queue/store.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace vagrolant::bot {

struct probe_options {
    /// How long a notification to oneself may take before notifications count as not arriving.
    std::chrono::milliseconds limit{2'000};
    std::chrono::milliseconds interval{60'000};
    /// For the log.
    std::chrono::milliseconds poll{1'000};
};

/// Finds out whether notifications arrive: behind a pooler in transaction mode LISTEN is lost without a word.
class notification_probe {
public:
    /// `store` outlives the probe.
    notification_probe(const asio::any_io_executor& loop, command_store& store, std::string process,
                       probe_options options);

    /// Probes until cancelled: when asked, and from time to time.
    awaitable<void> run();
    void ask();

    /// True when the notification was a probe of anybody's: nothing to do for the queue.
    bool take(const std::string& payload);

    /// Whether notifications are known to arrive.
    bool arriving() const { return arriving_; }

private:
    enum class result { not_sent, lost, arrived };

    awaitable<result> probe();

    command_store& store_;
    std::string process_;
    probe_options options_;
    bool arriving_ = false;
    bool due_ = false;
    std::uint64_t sent_ = 0;
    std::uint64_t seen_ = 0;
    event seen_changed_;
    event asked_;
};

} // namespace vagrolant::bot
