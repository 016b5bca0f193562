#include "bot/command_queue/upkeep.hpp"

#include "async/deadline.hpp"
#include "base/log.hpp"
#include "bot/command_queue/describe.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace vagrolant::bot {
namespace {

using clock = std::chrono::steady_clock;

// Rows of one lane that are refused at one time, and lanes.
constexpr std::size_t refused_at_once = 2'000;
constexpr std::size_t bounded_at_once = 200;
// What nobody claims, as no process runs its shard, waits this much longer than the longest of the lanes lets
// it: whoever may claim it has refused it by then.
constexpr std::chrono::minutes unclaimed_for{5};
constexpr std::chrono::minutes between_expiries{1};
constexpr std::size_t expired_at_once = 1'000;

/// Between half of `time` and all of it, so that processes which started together do not stay together.
std::chrono::milliseconds jittered(std::chrono::milliseconds time) {
    static thread_local std::minstd_rand random(std::random_device{}());
    return std::chrono::milliseconds(
        std::uniform_int_distribution<std::int64_t>(time.count() / 2, time.count())(random));
}

} // namespace

command_upkeep::command_upkeep(command_store& store, const command_queue_options& options,
                               const std::map<std::string, lane>& lanes, const held_commands& held,
                               lane_rates& rates, std::function<void()> freed)
    : store_(store)
    , options_(options)
    , lanes_(lanes)
    , held_(held)
    , rates_(rates)
    , freed_(std::move(freed)) {}

void command_upkeep::start(task_group& tasks) {
    tasks.spawn("commands renewal", renewal_loop());
    tasks.spawn("commands recovery", recovery_loop());
    tasks.spawn("commands bounds", bound_loop());
}

/// Keeps what is ours ours.
awaitable<void> command_upkeep::renewal_loop() {
    for (;;) {
        const auto next = clock::now() + options_.heartbeat;
        std::exception_ptr failure;
        try {
            co_await renew();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure) {
            log::debug("leases not renewed", {{"error", describe(failure)}});
            co_await sleep_for(std::min(options_.poll, options_.heartbeat));
        } else {
            co_await sleep_for(next - clock::now());
        }
    }
}

awaitable<void> command_upkeep::renew() {
    if (held_.empty())
        co_return;
    std::vector<command_claim> claims;
    for (const auto& [id, held] : held_)
        claims.push_back(held->claim);
    const auto lease_ends = clock::now() + options_.lease;
    // A statement that hangs must not take the time of the next attempts.
    const auto result = co_await with_deadline("renewal", options_.lease / 6,
                                               store_.renew(std::move(claims), options_.lease));
    for (const auto& id : result.renewed) {
        const auto held = held_.find(id);
        if (held != held_.end())
            held->second->lease_ends = lease_ends;
    }
    for (const auto& id : result.lost) {
        const auto held = held_.find(id);
        // What has its outcome may just have been written.
        if (held != held_.end() && !held->second->ended)
            held->second->lose();
    }
}

/// Frees what belongs to nobody any more.
awaitable<void> command_upkeep::recovery_loop() {
    for (;;) {
        std::exception_ptr failure;
        std::size_t recovered = 0;
        try {
            recovered = co_await store_.recover(ids_of(held_), options_.max_attempts,
                                                by_language(reasons::interrupted_twice),
                                                by_language(reasons::left_behind));
            co_await expire();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure) {
            // After an outage the others get the time to renew their leases and to write what they have done.
            log::debug("leases not recovered", {{"error", describe(failure)}});
            co_await sleep_for(options_.heartbeat);
            continue;
        }
        if (recovered > 0) {
            log::warning("commands left behind by another process", {{"count", recovered}});
            freed_();
        }
        co_await sleep_for(jittered(options_.heartbeat));
    }
}

/// Ends what nobody will: every row comes to an end.
awaitable<void> command_upkeep::expire() {
    std::chrono::seconds longest{0};
    for (const auto& [name, lane] : lanes_)
        longest = std::max(longest, lane.time_to_live);
    if (longest == longest.zero() || clock::now() < next_expiry_)
        co_return;
    const auto count = co_await store_.expire(longest + unclaimed_for, by_language(reasons::expired),
                                              by_language(reasons::left_behind), expired_at_once);
    // What is left of a long list goes with the next recovery.
    if (count < expired_at_once)
        next_expiry_ = clock::now() + between_expiries;
    if (count > 0)
        log::warning("commands expired, no process claimed them", {{"count", count}});
}

json::object command_upkeep::by_language(const queue_refusal& why, const json::object& facts) const {
    return refusal_by_language(why, options_.language, facts);
}

/// Refuses what a guild has too much of.
awaitable<void> command_upkeep::bound_loop() {
    for (;;) {
        co_await sleep_for(options_.bound_interval);
        auto bounds = slow_lanes();
        if (bounds.empty())
            continue;
        std::exception_ptr failure;
        std::size_t refused = 0;
        try {
            refused = co_await store_.refuse_excess(std::move(bounds), refused_at_once);
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure)
            log::debug("commands not refused", {{"error", describe(failure)}});
        if (refused > 0)
            log::warning("commands refused, too many wait", {{"count", refused}});
    }
}

/// The lanes in which commands pile up: those without a token, and those whose command takes long.
std::vector<lane_bound> command_upkeep::slow_lanes() {
    std::vector<lane_bound> bounds;
    const auto add = [&](std::string guild, const std::string& name) {
        const auto found = lanes_.find(name);
        if (found == lanes_.end() || found->second.max_waiting == 0 || bounds.size() == bounded_at_once)
            return;
        const auto& lane = found->second;
        const json::object facts{{"retryAfter", time_to_work_off(lane, lane.max_waiting).count()}};
        bounds.push_back(
            {std::move(guild), name, lane.max_waiting, by_language(reasons::rate_limited, facts)});
    };
    const auto now = clock::now();
    for (const auto& key : rates_.exhausted(now)) {
        const auto slash = key.rfind('/');
        add(key.substr(0, slash), key.substr(slash + 1));
    }
    for (const auto& [id, held] : held_) {
        if (now - held->begun >= options_.bound_interval)
            add(held->guild, held->lane);
    }
    return bounds;
}

} // namespace vagrolant::bot
