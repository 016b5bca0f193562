#pragma once

#include "discord/rest/request.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

/// Decides which request may be sent when. Pure: time is passed in, nothing is sent here.
namespace vagrolant::discord::rest {

using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::steady_clock::duration;

struct limiter_options {
    unsigned requests_per_second = 50;
    /// On their way at the same time; further ones wait here, where they have an order. Urgent ones may be a
    /// few more, so that others that hang do not keep them waiting.
    std::size_t max_in_flight = 64;
    std::size_t urgent_in_flight = 2;
    std::size_t max_waiting = 1000;
    /// 401s, 403s and 429s within ten minutes after which nothing is sent any more; Discord bans the address
    /// at 10,000. (Discord Docs/Rate Limits "Invalid Request Limit")
    std::size_t max_invalid = 5000;
};

/// Wants to be sent.
struct limiter_request {
    rest_route route;
    std::string variant;
    rest_priority priority = rest_priority::normal;
    /// Neither counted for nor stopped by the global limit, nor by a refused token.
    bool exempt = false;
    /// A limit of Discord's that lasts longer than this is not waited for.
    duration limit = duration::max();
    /// Waiting for anything beyond this makes no sense.
    time_point give_up_at = time_point::max();
};

/// What an answer says about limits.
struct limiter_answer {
    enum class scope : std::uint8_t { user, shared, global };

    int status = 0;
    /// X-RateLimit-Bucket; empty where the route has none.
    std::string bucket;
    std::optional<unsigned> limit;
    std::optional<unsigned> remaining;
    /// Seconds since 1970 on Discord's clock: which window this is about.
    std::optional<double> reset;
    std::optional<duration> reset_after;
    /// Of a 429.
    std::optional<duration> retry_after;
    scope limited_by = scope::user;
};

enum class refusal_reason : std::uint8_t { too_long, queue_full, too_many_invalid, token_refused };

struct refusal {
    refusal_reason reason;
    duration retry_after;
};

using ticket = std::uint64_t;

/// A waiting request's fate: sent now, or refused.
struct verdict {
    ticket which;
    std::optional<refusal> refused;
};

class rate_limiter {
public:
    explicit rate_limiter(limiter_options options = {})
        : options_(options) {}

    /// Queues a request; `poll` says when it may go. Refuses at once what could only wait in vain.
    std::expected<ticket, refusal> enqueue(limiter_request request, time_point now);

    /// What may go (count it as sent) and what is refused after all.
    std::vector<verdict> poll(time_point now);

    /// When to `poll` next, if nothing happens before; nullopt when only an answer can change something.
    std::optional<time_point> next_poll(time_point now);

    /// A request that was let go is answered.
    void answered(ticket which, const limiter_answer& answer, time_point now);

    /// Whoever waited or was sent gives up: cancelled, or the connection broke.
    void abandon(ticket which, time_point now);
    /// A request that was let go is not sent after all.
    void withdraw(ticket which, time_point now);

    std::size_t waiting() const { return waiting_.size(); }
    /// Remembered pieces of state; falls back to the number of routes when all is quiet.
    std::size_t footprint() const { return lanes_.size() + buckets_.size() + routes_.size(); }

private:
    static constexpr std::size_t priorities = 4;

    struct waiter {
        ticket which;
        limiter_request request;
    };

    /// Discord's bucket for one major parameter.
    struct bucket {
        unsigned limit = 1;
        /// As far as answers told; what is in flight comes off it.
        unsigned remaining = 1;
        unsigned in_flight = 0;
        /// Sent, but no answer told whether they count; until then they do.
        unsigned lost = 0;
        time_point lost_until;
        /// Its present window: named by the end on Discord's clock, and that end on ours.
        double window = 0;
        time_point resets_at;
        duration length{};
        time_point blocked_until;

        /// Requests that may be sent now.
        unsigned room(time_point now) const {
            const auto free = now >= resets_at ? limit : remaining;
            const auto taken = in_flight + (now < lost_until ? lost : 0);
            return free > taken ? free - taken : 0;
        }
    };

    /// What one route (and variant) with one major parameter has waiting.
    struct lane {
        std::string key;
        std::string route;
        std::string major;
        std::array<std::deque<waiter>, priorities> queues;
        unsigned in_flight = 0;
        /// Of these, those sent before the bucket was known; no bucket counts them.
        unsigned probes = 0;
        /// By limits that are not its bucket's: shared ones, and those that the headers do not show.
        time_point blocked_until;

        const waiter* head() const;
    };

    using place = std::pair<rest_priority, ticket>;
    static place place_of(const waiter& one) { return {one.request.priority, one.which}; }

    struct known_route {
        /// Unset: not known yet. Empty: answers carry no limits.
        std::optional<std::string> hash;
        unsigned limit = 1;
        duration length{};
        time_point used_at;
    };

    struct sent {
        std::string lane;
        /// Empty while the route's bucket was unknown, or where it has none.
        std::string bucket;
        bool exempt = false;
    };

    bucket* bucket_of(const lane& which);
    /// Earliest time that Discord's limits allow a request with `ahead` others before it; nullopt: after an
    /// answer.
    std::optional<time_point> allowed_at(const lane& which, bool exempt, std::size_t ahead, time_point now);
    /// The same for the limits that are kept here: calls a second, and on their way.
    std::optional<time_point> free_at(const waiter& one, time_point now);
    std::size_t waiting_before(const lane& which, rest_priority priority);
    std::optional<refusal> refuse_all(bool exempt, time_point now);
    void refuse_hopeless(time_point now, std::vector<verdict>& out);
    /// Takes `one` out of its lane, and puts the lane where its next one has its turn.
    waiter take(lane& from, const waiter& one);
    void grant(lane& which, time_point now, std::vector<verdict>& out);
    bool learn(const sent& request, const limiter_answer& answer, time_point now);
    void obey(const sent& request, const limiter_answer& answer, time_point now);
    void release(const sent& request, bool counted, time_point now);
    void count_invalid(time_point now);
    void forget_idle(time_point now);

    limiter_options options_;
    // Ordered, so that what happens does not depend on a hash function.
    std::map<std::string, lane> lanes_;
    std::map<std::string, bucket> buckets_;
    std::map<std::string, known_route> routes_;
    std::unordered_map<ticket, sent> sent_;
    /// The lane of each waiting ticket.
    std::unordered_map<ticket, lane*> waiting_;
    /// Lanes in which somebody waits, by who is first in each.
    std::map<place, lane*> turns_;
    std::set<std::pair<time_point, ticket>> patience_;
    /// Resources of whose limits something has been learnt, and whether of all: some may wait in vain.
    std::set<std::string> changed_;
    bool all_changed_ = false;
    std::deque<time_point> recently_sent_;
    std::deque<std::pair<time_point, std::size_t>> invalid_;
    time_point globally_blocked_until_;
    time_point swept_at_;
    bool token_refused_ = false;
    ticket next_ticket_ = 1;
};

} // namespace vagrolant::discord::rest
