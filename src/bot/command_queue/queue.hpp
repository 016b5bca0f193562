#pragma once

#include "async/event.hpp"
#include "async/task_group.hpp"
#include "bot/command_queue/command.hpp"
#include "bot/command_queue/holding.hpp"
#include "bot/command_queue/options.hpp"
#include "bot/command_queue/probe.hpp"
#include "bot/command_queue/rates.hpp"
#include "bot/command_queue/store.hpp"
#include "bot/command_queue/upkeep.hpp"
#include "db/pool.hpp"
#include "db/session.hpp"

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

/// Carries out the rows of the table `commands`; README.md beside this file says how.
///
/// Lifetime: outlived by everything that it is given. The listener may go first once `run` has ended.
class command_queue {
public:
    /// Registers with `listener`, which the caller starts afterwards.
    command_queue(const asio::any_io_executor& loop, db::pool& database, db::session& listener,
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

    awaitable<void> claim_loop();
    awaitable<void> claim_some();
    awaitable<void> release_unanswered();
    bool may_go_round(const claim_request& asked, const claim_result& got);
    awaitable<void> finish_loop(std::vector<finished_command>& ended, bool durable);
    awaitable<void> write(std::vector<finished_command> batch, bool durable);
    void settle(const std::vector<finished_command>& batch, const std::vector<std::string>& written);
    void begin(std::vector<claimed_command> rows, time_point lease_ends);
    awaitable<void> run_lane(std::vector<std::pair<claimed_command, held_command>> rows);
    awaitable<void> run_one(claimed_command row, held_command held);
    awaitable<locale> language_of(std::string guild);
    awaitable<command_outcome> carry_out(claimed_command row, held_command held);
    awaitable<void> report(held_command held, json::object progress);
    void drop(const std::string& id);

    std::vector<command_claim> take_waiting();
    awaitable<void> drain();
    awaitable<void> give_back(std::vector<command_claim> claims, bool begun);

    void on_notification(const std::string& payload);
    void wake();
    const std::string& lane_of(const std::string& action) const;
    std::vector<std::string> closed_lanes();
    std::chrono::steady_clock::duration pause() const;

    std::string process_;
    command_executor& executor_;
    command_queue_options options_;
    std::map<std::string, lane> lanes_;
    std::unordered_map<std::string, std::string> lane_of_;
    lane_rates rates_;
    command_store store_;
    notification_probe probe_;
    command_upkeep upkeep_;

    task_group services_;
    task_group running_;

    held_commands held_;
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
    /// Expires with the time of the next look, should nothing come.
    asio::steady_timer wake_;
    /// held_ or the outcomes have changed, or claim_loop has ended.
    event changed_;
    time_point last_work_;

    // Callbacks of the listener hold it weakly: they may come when the queue has gone.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

} // namespace vagrolant::bot
