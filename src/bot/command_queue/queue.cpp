#include "bot/command_queue/queue.hpp"

#include "async/deadline.hpp"
#include "base/log.hpp"
#include "bot/command_queue/describe.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace vagrolant::bot {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds lately{30};
constexpr std::chrono::seconds give_back_limit{1};
constexpr std::size_t max_dropped = 1'000;

std::string random_uuid() {
    std::random_device source;
    const auto word = [&source](std::uint32_t keep, std::uint32_t set) { return (source() & keep) | set; };
    return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:04x}{:08x}", word(0xffffffff, 0), word(0xffff, 0),
                       word(0x0fff, 0x4000), word(0x3fff, 0x8000), word(0xffff, 0), word(0xffffffff, 0));
}

std::map<std::string, lane> by_name(std::vector<lane> lanes) {
    std::map<std::string, lane> found;
    for (auto& one : lanes)
        found.emplace(one.name, std::move(one));
    return found;
}

} // namespace

command_queue::command_queue(const asio::any_io_executor& loop, db::pool& database, db::session& listener,
                             command_executor& executor, command_queue_options options)
    : process_(random_uuid())
    , executor_(executor)
    , options_(std::move(options))
    , lanes_(by_name(executor.lanes()))
    , rates_(executor.lanes())
    , store_(database, process_, executor.lanes(), options_.shards)
    , probe_(loop, store_, process_, options_.probe)
    , upkeep_(store_, options_, lanes_, held_, rates_, [this] { wake(); })
    , services_(loop)
    , running_(loop)
    , wake_(loop)
    , changed_(loop) {
    for (const auto& [name, lane] : lanes_) {
        for (const auto& action : lane.actions)
            lane_of_.emplace(action, name);
    }
    store_.use(listener, [this] { return notified(); });
    const std::weak_ptr<int> alive = alive_;
    listener.listen(command_channel, [this, alive](const std::string& payload) {
        if (!alive.expired())
            on_notification(payload);
    });
    listener.on_connected([this, alive] {
        if (alive.expired())
            return;
        // Whatever was notified before is lost: look, and ask again whether notifications arrive.
        probe_.ask();
        wake();
    });
}

void command_queue::on_notification(const std::string& payload) {
    if (!probe_.take(payload))
        wake();
}

void command_queue::wake() {
    woken_ = true;
    empty_rounds_ = 0;
    wake_.cancel();
}

awaitable<void> command_queue::run() {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);

    claiming_ = true;
    services_.spawn("commands claim", claim_loop());
    services_.spawn("commands finish", finish_loop(durable_, true));
    services_.spawn("commands finish repeatable", finish_loop(repeatable_, false));
    upkeep_.start(services_);
    services_.spawn("commands probe", probe_.run());

    // Until it is cancelled.
    asio::steady_timer never(services_.executor(), time_point::max());
    co_await never.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    const bool terminal = (cancelled & asio::cancellation_type::terminal) != asio::cancellation_type::none;

    stopping_ = true;
    wake();
    changed_.notify_all();
    if (!terminal) {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        co_await asio::this_coro::throw_if_cancelled(true);
        try {
            co_await give_back(take_waiting(), false);
            co_await drain();
        } catch (const boost::system::system_error&) {
            log::warning("commands cut off", {{"held", held_.size()}});
        }
    }

    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    running_.stop(asio::cancellation_type::terminal);
    // A copy: what ends may be dropped.
    const auto all = held_;
    for (const auto& [id, held] : all)
        held->cancel();
    services_.stop(asio::cancellation_type::terminal);
    co_await running_.join();
    co_await services_.join();
    co_await give_back(take_waiting(), false);
    std::vector<command_claim> claims;
    for (const auto& [id, held] : held_) {
        if (!held->lost)
            claims.push_back(held->claim);
    }
    co_await give_back(std::move(claims), true);
    held_.clear();
}

/// What waits behind another of its lane is held no more.
std::vector<command_claim> command_queue::take_waiting() {
    std::vector<command_claim> claims;
    std::erase_if(held_, [&](const auto& entry) {
        const auto& held = *entry.second;
        if (held.runs)
            return false;
        if (!held.lost)
            claims.push_back(held.claim);
        return true;
    });
    return claims;
}

/// Returns when nothing is held any more; throws when cancelled.
awaitable<void> command_queue::drain() {
    while (claiming_ || !held_.empty())
        co_await changed_.wait();
}

/// What cannot be given back now is recovered by whoever comes next, once its lease is over.
awaitable<void> command_queue::give_back(std::vector<command_claim> claims, bool begun) {
    if (claims.empty())
        co_return;
    const auto count = claims.size();
    try {
        co_await with_deadline("commands release", give_back_limit, store_.release(std::move(claims), begun));
        log::info("commands given back", {{"count", count}, {"begun", begun}});
    } catch (const std::runtime_error& error) {
        log::warning("commands not given back", {{"count", count}, {"error", error.what()}});
    }
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
            if (unanswered_)
                co_await release_unanswered();
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
            wake_.expires_after(pause());
            co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
        }
    }
    claiming_ = false;
    changed_.notify_all();
}

awaitable<void> command_queue::claim_some() {
    const auto room = options_.max_held - held_.size();
    claim_request asked{.room = std::min(options_.batch, room),
                        .depth = std::clamp<std::size_t>(room / options_.batch, 1, options_.depth),
                        .lease = options_.lease,
                        // Each guild costs some microseconds, and most have something to claim.
                        .reach = options_.batch + options_.batch / 4,
                        .after_guild = after_guild_,
                        .closed = closed_lanes()};
    asked.with_retries =
        std::ranges::none_of(held_, [](const auto& entry) { return entry.second->claim.attempts > 1; });
    // Counted from before the statement, so that it never lasts longer here than in the database.
    const auto lease_ends = clock::now() + options_.lease;
    unanswered_ = true;
    auto got = co_await store_.claim(asked);
    unanswered_ = false;
    if (stopping_) {
        std::vector<command_claim> claims;
        claims.reserve(got.commands.size());
        for (const auto& row : got.commands)
            claims.push_back({row.request.id, row.request.attempts});
        co_await give_back(std::move(claims), false);
        co_return;
    }
    if (!got.commands.empty())
        last_work_ = clock::now();
    if (got.more && may_go_round(asked, got))
        woken_ = true;
    if (!got.next_guild.empty())
        after_guild_ = got.next_guild;
    begin(std::move(got.commands), lease_ends);
}

/// What was claimed without our knowing has not begun: it is given back at once instead of when its lease
/// ends.
awaitable<void> command_queue::release_unanswered() {
    auto begun = ids_of(held_);
    begun.insert(begun.end(), dropped_.begin(), dropped_.end());
    const auto count = co_await store_.release_unheld(std::move(begun));
    unanswered_ = false;
    if (count > 0)
        log::info("commands given back", {{"count", count}, {"begun", false}});
}

/// The walk goes on at once, but when it has come round without finding anything it waits for news.
bool command_queue::may_go_round(const claim_request& asked, const claim_result& got) {
    if (!got.commands.empty())
        empty_rounds_ = 0;
    else if (got.next_guild <= asked.after_guild)
        ++empty_rounds_;
    return empty_rounds_ < 2;
}

std::vector<std::string> command_queue::closed_lanes() {
    const auto now = clock::now();
    auto closed = rates_.exhausted(now);
    next_token_ = rates_.next_token(now);
    // The others' rows are being carried out, and say so in the table.
    for (const auto& [id, held] : held_) {
        if (held->lost)
            closed.push_back(lane_key(held->guild, held->lane));
    }
    return closed;
}

std::chrono::steady_clock::duration command_queue::pause() const {
    const auto now = clock::now();
    const bool busy = now - last_work_ < lately;
    clock::duration time = !notified() && busy ? options_.busy_poll : options_.poll;
    if (next_token_)
        time = std::min(time, *next_token_ - now);
    return std::max(time, clock::duration::zero());
}

const std::string& command_queue::lane_of(const std::string& action) const {
    static const std::string none;
    const auto found = lane_of_.find(action);
    return found == lane_of_.end() ? none : found->second;
}

/// `rows`: those of a lane stand together, in their order.
void command_queue::begin(std::vector<claimed_command> rows, time_point lease_ends) {
    std::vector<std::pair<claimed_command, held_command>> together;
    std::string key;
    for (auto& row : rows) {
        const auto& request = row.request;
        const auto& lane = lane_of(request.action);
        auto held = std::make_shared<holding>(services_.executor(), request, lane, lease_ends);
        const auto [entry, fresh] = held_.try_emplace(request.id, held);
        if (!fresh) {
            // The server had forgotten the claim in a crash. It runs already.
            entry->second->claim.attempts = request.attempts;
            entry->second->lease_ends = lease_ends;
            continue;
        }
        auto mine = lane_key(request.guild_id, lane);
        rates_.take(mine, lane, held->begun);
        if (mine != key && !together.empty())
            running_.spawn("commands", run_lane(std::exchange(together, {})));
        key = std::move(mine);
        together.emplace_back(std::move(row), std::move(held));
    }
    if (!together.empty())
        running_.spawn("commands", run_lane(std::move(together)));
}

awaitable<void> command_queue::run_lane(std::vector<std::pair<claimed_command, held_command>> rows) {
    for (auto& [row, held] : rows) {
        // Given back while it waited behind the others.
        if (!held_.contains(held->claim.id))
            continue;
        if (held->lost || clock::now() >= held->lease_ends) {
            // Somebody else's by now, or soon.
            drop(held->claim.id);
            continue;
        }
        held->begun = clock::now();
        held->runs = true;
        co_await run_one(std::move(row), held);
    }
}

awaitable<void> command_queue::run_one(claimed_command row, held_command held) {
    const bool durable = !executor_.repeatable(row.request);
    auto outcome = co_await carry_out(std::move(row), held);
    held->ended = true;
    if (held->lost && outcome.result.empty()) {
        drop(held->claim.id);
        co_return;
    }
    auto text = text_of(outcome);
    if (!text) {
        const auto language = co_await language_of(held->guild);
        text = storable(std::move(outcome), language);
    }
    auto& ended = durable ? durable_ : repeatable_;
    ended.push_back({held->claim, *std::move(text)});
    changed_.notify_all();
}

/// Whatever the action does, there is an outcome; none where it was cancelled because its claim is lost. Only
/// a cancellation from outside passes through.
awaitable<command_outcome> command_queue::carry_out(claimed_command row, held_command held) {
    const auto guild = row.request.guild_id;
    if (const auto wrong = check_payload(row)) {
        const auto language = co_await language_of(guild);
        co_return refuse(*wrong, language);
    }

    const auto action = row.request.action;
    held->late = held->begun + executor_.time_limit(row.request);
    progress_report reporter = [this, held](json::object progress) {
        return report(held, std::move(progress));
    };
    watch_over(held);
    auto [failure, outcome] = co_await asio::co_spawn(
        services_.executor(), executor_.execute(std::move(row.request), std::move(reporter)),
        asio::bind_cancellation_slot(held->stop.slot(), asio::as_tuple(asio::use_awaitable)));
    held->watch.cancel();
    if (!failure) {
        log::info("command done", {{"command", held->claim.id},
                                   {"guild", guild},
                                   {"action", action},
                                   {"ok", outcome.ok},
                                   {"ms", clock::now() - held->begun}});
        co_return std::move(outcome);
    }
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    if (cancelled != asio::cancellation_type::none)
        std::rethrow_exception(failure);
    if (held->lost) {
        log::warning("command lost while it ran",
                     {{"command", held->claim.id}, {"guild", guild}, {"action", action}});
        co_return command_outcome{};
    }
    log::error("command failed", {{"command", held->claim.id},
                                  {"guild", guild},
                                  {"action", action},
                                  {"error", held->too_slow ? "time limit" : describe(failure)}});
    const auto language = co_await language_of(guild);
    auto refused = refuse(held->too_slow ? reasons::too_slow : reasons::failed, language);
    // What was done before is told, but overwrites nothing.
    refused.result.insert(held->progress.begin(), held->progress.end());
    co_return refused;
}

awaitable<locale> command_queue::language_of(std::string guild) {
    const auto chosen = co_await executor_.language_of(std::move(guild));
    co_return chosen.value_or(options_.language);
}

void command_queue::drop(const std::string& id) {
    if (dropped_.size() == max_dropped)
        dropped_.pop_front();
    dropped_.push_back(id);
    held_.erase(id);
    changed_.notify_all();
    // Its lane may go on.
    wake();
}

awaitable<void> command_queue::report(held_command held, json::object progress) {
    held->progress = progress;
    const bool ours = co_await store_.report(held->claim, std::move(progress));
    if (ours)
        co_return;
    held->lose();
    throw boost::system::system_error(asio::error::operation_aborted);
}

/// Writes outcomes: what has come together while the last batch was being written goes in one statement.
awaitable<void> command_queue::finish_loop(std::vector<finished_command>& ended, bool durable) {
    for (;;) {
        while (ended.empty())
            co_await changed_.wait();
        auto batch = std::exchange(ended, {});
        co_await write(std::move(batch), durable);
    }
}

awaitable<void> command_queue::write(std::vector<finished_command> batch, bool durable) {
    bool replaced = false;
    // While the database is away there is nothing better to do than to try again; what is held is bounded.
    for (;;) {
        std::exception_ptr failure;
        bool refused = false;
        try {
            const auto written = co_await store_.finish(batch, durable);
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
                co_await write(std::move(single), durable);
            }
            co_return;
        } else if (!replaced) {
            log::error("outcome refused", {{"command", batch[0].claim.id}, {"error", describe(failure)}});
            const auto held = held_.find(batch[0].claim.id);
            const auto language = co_await language_of(held == held_.end() ? "" : held->second->guild);
            batch[0].result = json::serialize(refuse(reasons::failed, language).result);
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
    const std::unordered_set<std::string_view> ids(written.begin(), written.end());
    for (const auto& one : batch) {
        if (!ids.contains(one.claim.id))
            log::warning("command lost to another process", {{"command", one.claim.id}});
        held_.erase(one.claim.id);
    }
    changed_.notify_all();
    wake();
}

} // namespace vagrolant::bot
