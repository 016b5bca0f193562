#pragma once

#include "async/asio.hpp"
#include "async/event.hpp"
#include "async/serial_by_key.hpp"
#include "async/task_group.hpp"
#include "base/localized.hpp"
#include "bot/command_queue/checks.hpp"
#include "bot/command_queue/command.hpp"
#include "bot/command_queue/store.hpp"
#include "db/listener.hpp"
#include "db/pool.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace vagrolant::bot {

struct command_queue_options {
    /// The language of the reasons that the queue itself gives.
    locale language = locale::fr;
    /// How often to look without being notified; the second while notifications are not known to arrive and
    /// there was work lately.
    std::chrono::milliseconds poll{1'000};
    std::chrono::milliseconds busy_poll{250};
    /// A claim that has not been renewed for so long is anybody's.
    std::chrono::milliseconds lease{30'000};
    std::chrono::milliseconds heartbeat{10'000};
    /// How long a notification to oneself may take before notifications count as not arriving, and how often
    /// that is asked.
    std::chrono::milliseconds probe_limit{2'000};
    std::chrono::milliseconds probe_interval{60'000};
    /// Commands held at one time, waiting for their turn, running or being written.
    std::size_t max_held = 64;
    /// A command whose process died so often is given up.
    int max_attempts = 3;
};

/// Carries out the rows of the table `commands`; README.md beside this file says how.
///
/// Lifetime: outlived by everything that it is given, except the listener, which may go before or after.
class command_queue {
public:
    /// Registers with `listener`, which the caller starts afterwards.
    command_queue(asio::any_io_executor loop, db::pool& database, db::listener& listener,
                  command_executor& executor, command_queue_options options = {});
    command_queue(const command_queue&) = delete;
    command_queue& operator=(const command_queue&) = delete;

    /// Runs until cancelled. `total`: claims no more, gives back what has not begun, finishes what runs, then
    /// returns. `terminal`: drops what runs, gives that back too, and returns.
    awaitable<void> run();

    /// Commands held now.
    std::size_t held() const { return held_.size(); }
    /// Whether notifications are known to arrive.
    bool notified() const { return notified_; }

private:
    /// A row that is ours, from its claim until its outcome is written.
    struct holding {
        int attempts = 0;
        bool begun = false;
        std::chrono::steady_clock::time_point lease_ends;
    };

    enum class probe_result { not_sent, lost, arrived };

    awaitable<void> claim_loop();
    awaitable<void> claim_some();
    awaitable<void> finish_loop();
    awaitable<void> write(std::vector<finished_command> batch);
    void settle(const std::vector<finished_command>& batch, const std::vector<std::string>& written);
    awaitable<void> lease_loop();
    awaitable<void> renew_leases();
    awaitable<void> probe_loop();
    awaitable<probe_result> probe();

    void hold(claimed_command which, std::chrono::steady_clock::time_point lease_ends);
    awaitable<void> run_one(claimed_command which);
    awaitable<command_outcome> carry_out(claimed_command which);

    awaitable<void> drain();
    awaitable<void> give_back(bool begun);

    command_outcome refuse(const queue_refusal& why) const;
    void on_notification(const std::string& payload);
    std::chrono::milliseconds pause() const;

    std::string process_;
    command_store store_;
    command_executor& executor_;
    command_queue_options options_;

    task_group services_;
    task_group running_;
    serial_by_key<std::string> lanes_;

    std::unordered_map<std::string, std::string> lane_of_;
    std::unordered_map<std::string, holding> held_;
    std::vector<finished_command> finished_;

    bool stopping_ = false;
    bool claiming_ = false;
    /// Something came that claim_loop has not seen yet.
    bool woken_ = false;
    event wake_;
    /// held_ or finished_ has changed, or claim_loop has ended.
    event changed_;

    bool notified_ = false;
    bool probe_due_ = false;
    std::uint64_t probes_sent_ = 0;
    std::uint64_t probes_seen_ = 0;
    event probe_seen_;
    event probe_wanted_;
    std::chrono::steady_clock::time_point last_work_;

    // Callbacks of the listener hold it weakly: they may come when the queue has gone.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

} // namespace vagrolant::bot
