#pragma once

#include "async/event.hpp"
#include "async/task_group.hpp"
#include "base/localized.hpp"
#include "bot/command_queue/checks.hpp"
#include "bot/command_queue/command.hpp"
#include "bot/command_queue/probe.hpp"
#include "bot/command_queue/rates.hpp"
#include "bot/command_queue/store.hpp"
#include "db/listener.hpp"
#include "db/pool.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

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

/// Carries out the rows of the table `commands`; README.md beside this file says how.
///
/// Lifetime: outlived by everything that it is given. The listener may go first once `run` has ended.
class command_queue {
public:
    /// Registers with `listener`, which the caller starts afterwards.
    command_queue(asio::any_io_executor loop, db::pool& database, db::listener& listener,
                  command_executor& executor, command_queue_options options = {});
    command_queue(const command_queue&) = delete;
    command_queue& operator=(const command_queue&) = delete;

    /// Runs until cancelled. `total`: claims no more, gives back what has not begun, finishes what runs, then
    /// returns. `terminal`: drops what runs, gives it back, and returns.
    awaitable<void> run();

    /// Commands held now.
    std::size_t held() const { return held_.size(); }
    /// Whether notifications are known to arrive.
    bool notified() const { return probe_.arriving(); }

private:
    using time_point = std::chrono::steady_clock::time_point;

    /// A row that is ours, from its claim until its outcome is written.
    struct holding {
        holding(const asio::any_io_executor& loop, const command& which, std::string where, time_point until);

        command_claim claim;
        std::string guild;
        std::string lane;
        time_point begun;
        time_point lease_ends;
        /// What it last reported.
        json::object progress;
        /// It is another's, or will be: what runs must not go on.
        bool lost = false;
        /// It has its outcome.
        bool ended = false;
        /// Ends the watch over it.
        asio::steady_timer watch;
    };
    using holding_pointer = std::shared_ptr<holding>;

    awaitable<void> claim_loop();
    awaitable<void> claim_some();
    awaitable<void> release_unanswered();
    bool may_go_round(const claim_request& asked, const claim_result& got);
    awaitable<void> finish_loop(std::vector<finished_command>& ended, bool durable);
    awaitable<void> write(std::vector<finished_command> batch, bool durable);
    void settle(const std::vector<finished_command>& batch, const std::vector<std::string>& written);
    awaitable<void> renewal_loop();
    awaitable<void> renew();
    awaitable<void> recovery_loop();
    awaitable<void> expire();
    awaitable<void> bound_loop();
    std::vector<lane_bound> slow_lanes();

    void begin(std::vector<claimed_command> rows, time_point lease_ends);
    awaitable<void> run_lane(std::vector<std::pair<claimed_command, holding_pointer>> rows);
    awaitable<void> run_one(claimed_command row, holding_pointer held);
    awaitable<locale> language_of(std::string guild);
    json::object by_language(const queue_refusal& why, const json::object& facts = {}) const;
    awaitable<command_outcome> carry_out(claimed_command row, holding_pointer held);
    awaitable<void> watch(holding_pointer held, time_point late);
    awaitable<void> report(holding_pointer held, json::object progress);
    void lose(holding& held);
    void drop(const std::string& id);

    awaitable<void> drain();
    awaitable<void> give_back(std::vector<command_claim> claims, bool begun);

    void on_notification(const std::string& payload);
    void wake();
    const std::string& lane_of(const std::string& action) const;
    std::vector<std::string> closed_lanes();
    std::vector<std::string> held_ids() const;
    std::chrono::steady_clock::duration pause() const;

    std::string process_;
    command_executor& executor_;
    command_queue_options options_;
    std::map<std::string, lane> lanes_;
    std::unordered_map<std::string, std::string> lane_of_;
    lane_rates rates_;
    command_store store_;
    notification_probe probe_;

    task_group services_;
    task_group running_;

    std::unordered_map<std::string, holding_pointer> held_;
    /// Outcomes to be written: those that wait for the disk, and those that need not.
    std::vector<finished_command> durable_;
    std::vector<finished_command> repeatable_;

    /// Where the next claim begins, and how often it has gone round without finding anything.
    std::string after_guild_;
    int empty_rounds_ = 0;

    bool stopping_ = false;
    bool claiming_ = false;
    /// When the first of the lanes that the last claim left out for want of one has a token.
    std::optional<time_point> next_token_;
    /// A claim has failed: it may have been done all the same.
    bool unanswered_ = false;
    /// The last rows that were lost while they ran: they had begun.
    std::deque<std::string> dropped_;
    /// Something came that claim_loop has not seen yet.
    bool woken_ = false;
    event wake_;
    /// held_ or the outcomes have changed, or claim_loop has ended.
    event changed_;
    time_point last_work_;
    time_point next_expiry_;

    // Callbacks of the listener hold it weakly: they may come when the queue has gone.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

} // namespace vagrolant::bot
