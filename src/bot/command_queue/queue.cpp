#include "bot/command_queue/queue.hpp"

#include "async/deadline.hpp"
#include "base/log.hpp"
#include "bot/command_queue/checks.hpp"

#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <random>

namespace vagrolant::bot {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::string_view probe_prefix = "probe ";
constexpr std::chrono::seconds lately{30};
constexpr std::chrono::seconds give_back_limit{1};

std::string random_uuid() {
    std::random_device source;
    const auto word = [&source](std::uint32_t keep, std::uint32_t set) { return (source() & keep) | set; };
    return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:04x}{:08x}", word(0xffffffff, 0), word(0xffff, 0),
                       word(0x0fff, 0x4000), word(0x3fff, 0x8000), word(0xffff, 0), word(0xffffffff, 0));
}

std::string describe(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "unknown exception";
    }
}

bool holds(const std::vector<std::string>& ids, const std::string& id) {
    return std::ranges::find(ids, id) != ids.end();
}

} // namespace

command_queue::command_queue(asio::any_io_executor loop, db::pool& database, db::listener& listener,
                             command_executor& executor, command_queue_options options)
    : process_(random_uuid())
    , store_(database, process_)
    , executor_(executor)
    , options_(options)
    , services_(loop)
    , running_(loop)
    , lanes_(running_, "commands", options.max_held)
    , wake_(loop)
    , changed_(loop)
    , probe_seen_(loop)
    , probe_wanted_(loop) {
    for (const auto& lane : executor.lanes()) {
        for (const auto& action : lane.actions)
            lane_of_.emplace(action, lane.name);
    }
    const std::weak_ptr<int> alive = alive_;
    listener.listen(command_channel, [this, alive](const std::string& payload) {
        if (!alive.expired())
            on_notification(payload);
    });
    listener.on_connected([this, alive] {
        if (alive.expired())
            return;
        // Whatever was notified before is lost: look, and ask again whether notifications arrive.
        probe_due_ = true;
        probe_wanted_.notify_all();
        on_notification({});
    });
}

void command_queue::on_notification(const std::string& payload) {
    if (!payload.starts_with(probe_prefix)) {
        woken_ = true;
        wake_.notify_all();
        return;
    }
    std::string_view rest(payload);
    rest.remove_prefix(probe_prefix.size());
    if (!rest.starts_with(process_))
        return;
    rest.remove_prefix(std::min(rest.size(), process_.size() + 1));
    std::from_chars(rest.data(), rest.data() + rest.size(), probes_seen_);
    probe_seen_.notify_all();
}

awaitable<void> command_queue::run() {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);

    claiming_ = true;
    services_.spawn("commands claim", claim_loop());
    services_.spawn("commands finish", finish_loop());
    services_.spawn("commands leases", lease_loop());
    services_.spawn("commands probe", probe_loop());

    try {
        event never(services_.executor());
        co_await never.wait();
    } catch (const boost::system::system_error&) { // cancelled; how is asked below
    }
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    const bool terminal = (cancelled & asio::cancellation_type::terminal) != asio::cancellation_type::none;

    stopping_ = true;
    woken_ = true;
    wake_.notify_all();
    changed_.notify_all();
    if (!terminal) {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        co_await asio::this_coro::throw_if_cancelled(true);
        try {
            co_await drain();
        } catch (const boost::system::system_error&) {
            log::warning("commands cut off", {{"held", held_.size()}});
        }
    }

    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    running_.stop(asio::cancellation_type::terminal);
    services_.stop(asio::cancellation_type::terminal);
    co_await running_.join();
    co_await services_.join();
    co_await give_back(false);
    co_await give_back(true);
    held_.clear();
}

/// Returns when nothing runs any more; throws when cancelled.
awaitable<void> command_queue::drain() {
    while (claiming_)
        co_await changed_.wait();
    co_await give_back(false);
    const auto runs = [](const auto& entry) { return entry.second.begun; };
    while (std::ranges::any_of(held_, runs))
        co_await changed_.wait();
}

/// Gives back what is held and has `begun` or not. What cannot be given back now is recovered by whoever
/// comes next, once its lease is over.
awaitable<void> command_queue::give_back(bool begun) {
    std::vector<command_claim> claims;
    std::erase_if(held_, [&](const auto& entry) {
        const auto& [id, state] = entry;
        if (state.begun != begun)
            return false;
        claims.push_back({id, state.attempts});
        return true;
    });
    if (claims.empty())
        co_return;
    const auto count = claims.size();
    try {
        co_await with_deadline("commands release", give_back_limit, store_.release(claims, begun));
        log::info("commands given back", {{"count", count}, {"begun", begun}});
        co_return;
    } catch (const std::runtime_error& error) {
        log::warning("commands not given back", {{"count", count}, {"error", error.what()}});
    }
    for (auto& [id, attempts] : claims)
        held_.emplace(std::move(id), holding{.attempts = attempts, .begun = begun});
}

awaitable<void> command_queue::claim_loop() {
    while (!stopping_) {
        woken_ = false;
        if (held_.size() >= options_.max_held) {
            co_await changed_.wait();
            continue;
        }
        std::exception_ptr failure;
        try {
            co_await claim_some();
        } catch (...) {
            failure = std::current_exception();
        }
        // While the database is away the pool has said so.
        if (failure)
            log::debug("commands not claimed", {{"error", describe(failure)}});
        if (stopping_)
            break;
        if (failure) {
            co_await sleep_for(options_.poll);
        } else if (!woken_) {
            co_await wake_.wait_for(pause());
        }
    }
    claiming_ = false;
    changed_.notify_all();
}

awaitable<void> command_queue::claim_some() {
    const auto room = options_.max_held - held_.size();
    // Counted from before the statement, so that it never lasts longer here than in the database.
    const auto lease_ends = clock::now() + options_.lease;
    auto rows = co_await store_.claim(room, options_.lease);
    if (!rows.empty())
        last_work_ = clock::now();
    // A full batch means that more may wait.
    if (rows.size() == room)
        woken_ = true;
    for (auto& row : rows)
        hold(std::move(row), lease_ends);
}

std::chrono::milliseconds command_queue::pause() const {
    const bool busy = clock::now() - last_work_ < lately;
    return !notified_ && busy ? options_.busy_poll : options_.poll;
}

void command_queue::hold(claimed_command which, clock::time_point lease_ends) {
    const auto id = which.request.id;
    const auto [entry, fresh] = held_.try_emplace(id);
    entry->second.attempts = which.request.attempts;
    entry->second.lease_ends = lease_ends;
    // Claimed again because the lease ran out while this process was stalled: it is in a lane already, and
    // its outcome goes to the new claim.
    if (!fresh)
        return;
    const auto lane = lane_of_.find(which.request.action);
    const auto key = which.request.guild_id + '\n' + (lane == lane_of_.end() ? "" : lane->second);
    auto work = [this, which = std::move(which)]() mutable { return run_one(std::move(which)); };
    // A lane has room for all that is held; should it not, the lease ends and the row is claimed anew.
    if (!lanes_.push(key, std::move(work)))
        held_.erase(id);
}

awaitable<void> command_queue::run_one(claimed_command which) {
    const auto id = which.request.id;
    const auto entry = held_.find(id);
    // Given back or lost while it waited.
    if (entry == held_.end() || entry->second.begun || stopping_)
        co_return;
    if (clock::now() >= entry->second.lease_ends) {
        log::warning("command lost before it began", {{"command", id}});
        held_.erase(entry);
        changed_.notify_all();
        co_return;
    }
    entry->second.begun = true;
    auto outcome = co_await carry_out(std::move(which));
    finished_.push_back({{id, 0}, storable(std::move(outcome), options_.language)});
    changed_.notify_all();
}

/// Whatever the action does, there is an outcome; only a cancellation passes through.
awaitable<command_outcome> command_queue::carry_out(claimed_command which) {
    if (const auto wrong = check_payload(which))
        co_return refuse(*wrong);

    const auto id = which.request.id;
    const auto guild = which.request.guild_id;
    const auto action = which.request.action;
    const auto began = clock::now();
    std::exception_ptr failure;
    bool late = false;
    try {
        const auto limit = executor_.time_limit(which.request);
        auto outcome = co_await with_deadline("command", limit, executor_.execute(std::move(which.request), {}));
        log::info("command done", {{"command", id},
                                   {"guild", guild},
                                   {"action", action},
                                   {"ok", outcome.ok},
                                   {"ms", clock::now() - began}});
        co_return outcome;
    } catch (const deadline_exceeded&) {
        failure = std::current_exception();
        late = true;
    } catch (...) {
        failure = std::current_exception();
    }
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    if (cancelled != asio::cancellation_type::none)
        std::rethrow_exception(failure);
    log::error("command failed",
               {{"command", id}, {"guild", guild}, {"action", action}, {"error", describe(failure)}});
    co_return refuse(late ? reasons::too_slow : reasons::failed);
}

command_outcome command_queue::refuse(const queue_refusal& why) const {
    return command_outcome::failure(why.code, why.reason.in(options_.language));
}

/// Writes outcomes: what has come together while the last batch was being written goes in one statement.
awaitable<void> command_queue::finish_loop() {
    for (;;) {
        while (finished_.empty())
            co_await changed_.wait();
        auto batch = std::exchange(finished_, {});
        co_await write(std::move(batch));
    }
}

awaitable<void> command_queue::write(std::vector<finished_command> batch) {
    bool replaced = false;
    // While the database is away there is nothing better to do than to try again; what is held is bounded.
    for (;;) {
        for (auto& one : batch)
            one.claim.attempts = held_.at(one.claim.id).attempts;
        std::exception_ptr failure;
        bool refused = false;
        try {
            const auto written = co_await store_.finish(batch);
            settle(batch, written);
            co_return;
        } catch (const db::unavailable&) {
            failure = std::current_exception();
        } catch (const db::error&) {
            failure = std::current_exception();
            refused = true;
        } catch (...) {
            failure = std::current_exception();
        }
        if (!refused) {
            log::debug("outcomes not written", {{"error", describe(failure)}});
            co_await sleep_for(options_.poll);
        } else if (batch.size() > 1) {
            // One of them is at fault: the others must not wait for it.
            for (auto& one : batch) {
                std::vector<finished_command> single{std::move(one)};
                co_await write(std::move(single));
            }
            co_return;
        } else if (!replaced) {
            log::error("outcome refused", {{"command", batch[0].claim.id}, {"error", describe(failure)}});
            batch[0].outcome = refuse(reasons::failed);
            replaced = true;
        } else {
            // Its lease will end and recovery will see to it.
            settle(batch, {});
            co_return;
        }
    }
}

void command_queue::settle(const std::vector<finished_command>& batch,
                           const std::vector<std::string>& written) {
    for (const auto& one : batch) {
        if (!holds(written, one.claim.id))
            log::warning("command lost to another process", {{"command", one.claim.id}});
        held_.erase(one.claim.id);
    }
    changed_.notify_all();
}

/// Keeps what is ours ours, and frees what belongs to nobody any more.
awaitable<void> command_queue::lease_loop() {
    for (;;) {
        std::exception_ptr failure;
        try {
            co_await renew_leases();
            const auto given_up = refuse(reasons::interrupted);
            const auto recovered = co_await store_.recover(options_.max_attempts, given_up);
            if (recovered > 0) {
                log::warning("commands left behind by another process", {{"count", recovered}});
                on_notification({});
            }
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure)
            log::debug("leases not renewed", {{"error", describe(failure)}});
        co_await sleep_for(options_.heartbeat);
    }
}

awaitable<void> command_queue::renew_leases() {
    if (held_.empty())
        co_return;
    std::vector<std::string> ids;
    for (const auto& [id, state] : held_)
        ids.push_back(id);
    const auto lease_ends = clock::now() + options_.lease;
    const auto ours = co_await store_.extend(ids, options_.lease);
    for (const auto& id : ids) {
        const auto entry = held_.find(id);
        if (entry != held_.end() && holds(ours, id))
            entry->second.lease_ends = lease_ends;
    }
}

/// Finds out whether notifications arrive: behind a pooler in transaction mode LISTEN is lost without a word.
awaitable<void> command_queue::probe_loop() {
    auto last = probe_result::not_sent;
    for (;;) {
        if (!probe_due_)
            co_await probe_wanted_.wait_for(options_.probe_interval);
        probe_due_ = false;
        const auto result = co_await probe();
        notified_ = result == probe_result::arrived;
        // While the database is away the pool has said so.
        if (result == last || result == probe_result::not_sent)
            continue;
        last = result;
        if (notified_) {
            log::info("commands are notified");
        } else {
            log::warning("commands are not notified", {{"poll_ms", options_.poll}});
        }
    }
}

awaitable<command_queue::probe_result> command_queue::probe() {
    const auto number = ++probes_sent_;
    auto text = std::string(probe_prefix) + process_ + ' ' + std::to_string(number);
    try {
        co_await store_.notify(std::move(text));
    } catch (const db::error&) {
        co_return probe_result::not_sent;
    } catch (const deadline_exceeded&) {
        co_return probe_result::not_sent;
    }
    const auto deadline = clock::now() + options_.probe_limit;
    while (probes_seen_ < number) {
        const auto left = deadline - clock::now();
        if (left <= left.zero())
            co_return probe_result::lost;
        co_await probe_seen_.wait_for(left);
    }
    co_return probe_result::arrived;
}

} // namespace vagrolant::bot
