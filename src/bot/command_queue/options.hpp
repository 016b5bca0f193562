#pragma once

#include "base/localized.hpp"
#include "bot/command_queue/probe.hpp"
#include "bot/command_queue/store.hpp"

#include <chrono>
#include <cstddef>
#include <optional>

namespace vagrolant::bot {

struct command_queue_options {
    /// The language of the reasons that the queue itself gives where the guild has not chosen.
    locale language = locale::fr;
    /// Of which guilds; nullopt: of all.
    std::optional<shard_choice> shards;
    /// How often to look without being notified; the second while notifications are not known to arrive and
    /// there was work lately.
    std::chrono::milliseconds poll{1'000};
    std::chrono::milliseconds busy_poll{250};
    /// A claim that has not been renewed for so long is anybody's.
    std::chrono::milliseconds lease{30'000};
    std::chrono::milliseconds heartbeat{10'000};
    probe_options probe;
    /// How often lanes are looked at in which too many wait.
    std::chrono::milliseconds bound_interval{1'000};
    /// Commands that run, or whose outcome is being written.
    std::size_t max_held = 2'048;
    /// Lanes of one claim.
    std::size_t batch = 50;
    /// Commands of one claim of a lane that is repeatable.
    std::size_t depth = 16;
    /// A command whose process died so often is given up.
    int max_attempts = 2;
};

} // namespace vagrolant::bot
