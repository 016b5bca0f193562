#pragma once

#include "async/asio.hpp"
#include "bot/command_queue/store.hpp"
#include "json/writer.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace vagrolant::bot {

/// A row that is ours, from its claim until its outcome is written.
struct holding {
    using time_point = std::chrono::steady_clock::time_point;

    holding(const asio::any_io_executor& loop, const command& which, std::string where, time_point until);

    /// It is another's, or will be: what runs is cancelled.
    void lose();
    void cancel();

    command_claim claim;
    std::string guild;
    std::string lane;
    /// When it was claimed; once it runs, when that began.
    time_point begun;
    bool runs = false;
    time_point lease_ends;
    /// What it last reported.
    json::object progress;
    bool lost = false;
    /// It has its outcome.
    bool ended = false;
    /// How long it may run, and whether it was cancelled for that.
    time_point late;
    bool too_slow = false;
    /// What runs listens to it.
    asio::cancellation_signal stop;
    /// For `watch_over`; what has ended cancels it.
    asio::steady_timer watch;
};

using held_command = std::shared_ptr<holding>;
using held_commands = std::unordered_map<std::string, held_command>;

/// Cancels what runs when its time or its lease is over.
void watch_over(held_command which);

std::vector<std::string> ids_of(const held_commands& all);

} // namespace vagrolant::bot
