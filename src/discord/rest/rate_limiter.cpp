#include "discord/rest/rate_limiter.hpp"

#include <algorithm>
#include <utility>

namespace vagrolant::discord::rest {

using namespace std::chrono_literals;

namespace {

// Discord's second, and what two requests may differ by in their time on the way: else the first ones of one
// second arrive in the one before.
constexpr duration global_window = 1050ms;
constexpr duration invalid_window = 10min;
constexpr duration invalid_bin = 10s;
constexpr duration sweep_every = 1min;
constexpr duration route_memory = 1h;
// Two answers speak of the same window when its end differs by less (it travels as a decimal fraction).
constexpr double same_window_seconds = 0.01;

std::string join(const std::string& left, const std::string& right) {
    return left + '\n' + right;
}

} // namespace

const rate_limiter::waiter* rate_limiter::lane::head() const {
    for (const auto& queue : queues) {
        if (!queue.empty())
            return &queue.front();
    }
    return nullptr;
}

std::expected<ticket, refusal> rate_limiter::enqueue(limiter_request request, time_point now) {
    if (now - swept_at_ >= sweep_every)
        forget_idle(now);
    if (const auto refused = refuse_all(request.exempt, now))
        return std::unexpected(*refused);
    // However much waits already, there is room for somebody who looks at it right now.
    const auto places = options_.max_waiting * (request.priority == rest_priority::urgent ? 2 : 1);
    if (waiting_.size() >= places)
        return std::unexpected(refusal{refusal_reason::queue_full, global_window});

    auto route = request.variant.empty() ? request.route.name : request.route.name + ' ' + request.variant;
    auto key = join(route, request.route.major);
    routes_[route].used_at = now;
    auto& lane = lanes_[key];
    lane.key = std::move(key);
    lane.route = std::move(route);
    lane.major = request.route.major;

    const auto ahead = waiting_before(lane, request.priority);
    const auto allowed = allowed_at(lane, request.exempt, ahead, now);
    if (allowed && *allowed - now > request.limit)
        return std::unexpected(refusal{refusal_reason::too_long, *allowed - now});

    const auto which = next_ticket_++;
    if (const auto* first = lane.head())
        turns_.erase(place_of(*first));
    patience_.emplace(request.give_up_at, which);
    lane.queues.at(static_cast<std::size_t>(request.priority)).push_back({which, std::move(request)});
    turns_.emplace(place_of(*lane.head()), &lane);
    waiting_.emplace(which, &lane);
    return which;
}

std::vector<verdict> rate_limiter::poll(time_point now) {
    std::vector<verdict> out;
    refuse_hopeless(now, out);
    // Whoever is let go only takes from those behind: one look at each, in order, is enough.
    for (auto turn = turns_.begin(); turn != turns_.end();) {
        const auto [order, lane] = *turn;
        const auto& first = *lane->head();
        const auto free = free_at(first, now);
        // Nor is there a place for those of less importance.
        if (!free)
            break;
        if (*free == now && allowed_at(*lane, first.request.exempt, 0, now) == now)
            grant(*lane, now, out);
        turn = turns_.upper_bound(order);
    }
    return out;
}

std::optional<time_point> rate_limiter::next_poll(time_point now) {
    std::optional<time_point> next;
    const auto note = [&next](time_point when) { next = next ? std::min(*next, when) : when; };
    for (const auto& [order, lane] : turns_) {
        const auto& first = *lane->head();
        const auto free = free_at(first, now);
        if (!free)
            break;
        if (*free > now) {
            // Nobody who is not exempt goes earlier.
            note(*free);
        } else if (const auto allowed = allowed_at(*lane, first.request.exempt, 0, now)) {
            note(*allowed);
        }
    }
    if (!patience_.empty() && patience_.begin()->first != time_point::max())
        note(patience_.begin()->first);
    return next;
}

void rate_limiter::answered(ticket which, const limiter_answer& answer, time_point now) {
    const auto found = sent_.find(which);
    if (found == sent_.end())
        return;
    const auto request = std::move(found->second);
    sent_.erase(found);

    const bool counted = learn(request, answer, now);
    release(request, counted, now);
    if (answer.status == 429)
        obey(request, answer, now);
    const bool shared = answer.status == 429 && answer.limited_by == limiter_answer::scope::shared;
    if (answer.status == 401 || answer.status == 403 || (answer.status == 429 && !shared))
        count_invalid(now);
    if (answer.status == 401 && !request.exempt)
        token_refused_ = true;
    // These stop everything, perhaps.
    all_changed_ = all_changed_ || answer.status == 401 || answer.status == 403 || answer.status == 429;
}

void rate_limiter::abandon(ticket which, time_point now) {
    if (const auto found = sent_.find(which); found != sent_.end()) {
        release(found->second, false, now);
        sent_.erase(found);
        return;
    }
    const auto found = waiting_.find(which);
    if (found == waiting_.end())
        return;
    auto& lane = *found->second;
    for (const auto& queue : lane.queues) {
        const auto one = std::ranges::find(queue, which, &waiter::which);
        if (one == queue.end())
            continue;
        take(lane, *one);
        return;
    }
}

void rate_limiter::withdraw(ticket which, time_point now) {
    const auto found = sent_.find(which);
    if (found == sent_.end())
        return;
    release(found->second, true, now);
    sent_.erase(found);
}

rate_limiter::waiter rate_limiter::take(lane& from, const waiter& one) {
    turns_.erase(place_of(*from.head()));
    patience_.erase({one.request.give_up_at, one.which});
    waiting_.erase(one.which);
    auto& queue = from.queues.at(static_cast<std::size_t>(one.request.priority));
    const auto where = std::ranges::find(queue, one.which, &waiter::which);
    auto taken = std::move(*where);
    queue.erase(where);
    if (const auto* next = from.head())
        turns_.emplace(place_of(*next), &from);
    return taken;
}

rate_limiter::bucket* rate_limiter::bucket_of(const lane& which) {
    const auto& route = routes_[which.route];
    if (!route.hash || route.hash->empty())
        return nullptr;
    const auto [found, added] = buckets_.try_emplace(join(*route.hash, which.major));
    auto& bucket = found->second;
    if (added) {
        bucket.limit = bucket.remaining = route.limit;
        bucket.length = route.length;
    }
    return &bucket;
}

std::optional<time_point> rate_limiter::allowed_at(const lane& which, bool exempt, std::size_t ahead,
                                                   time_point now) {
    auto ready = std::max(now, which.blocked_until);
    if (!exempt)
        ready = std::max(ready, globally_blocked_until_);
    const auto* bucket = bucket_of(which);
    const bool unlimited = bucket == nullptr && routes_[which.route].hash;
    if (unlimited)
        return ready;
    // One request finds out what the bucket of an unknown route is, and how full.
    if (which.probes > 0 || (bucket == nullptr && ahead > 0))
        return ready > now ? std::optional(ready) : std::nullopt;
    if (bucket == nullptr)
        return ready;
    ready = std::max(ready, bucket->blocked_until);
    const auto room = bucket->room(now);
    if (ahead < room)
        return ready;
    const auto opens_at = now < bucket->resets_at ? bucket->resets_at : bucket->lost_until;
    if (opens_at <= now)
        return ahead > 0 ? std::optional(ready) : std::nullopt;
    const auto further_windows = (ahead - room) / std::max(1U, bucket->limit);
    return std::max(ready, opens_at) + bucket->length * static_cast<std::int64_t>(further_windows);
}

std::size_t rate_limiter::waiting_before(const lane& which, rest_priority priority) {
    const auto* bucket = bucket_of(which);
    std::size_t count = 0;
    for (const auto& [order, other] : turns_) {
        const bool shared = other == &which ||
                            (bucket != nullptr && other->major == which.major && bucket_of(*other) == bucket);
        if (!shared)
            continue;
        for (std::size_t index = 0; index <= static_cast<std::size_t>(priority); ++index)
            count += other->queues.at(index).size();
    }
    return count;
}

std::optional<time_point> rate_limiter::free_at(const waiter& one, time_point now) {
    const bool urgent = one.request.priority == rest_priority::urgent;
    if (sent_.size() >= options_.max_in_flight + (urgent ? options_.urgent_in_flight : 0))
        return std::nullopt;
    if (one.request.exempt)
        return now;
    while (!recently_sent_.empty() && now - recently_sent_.front() >= global_window)
        recently_sent_.pop_front();
    return recently_sent_.size() < options_.requests_per_second ? now
                                                                : recently_sent_.front() + global_window;
}

std::optional<refusal> rate_limiter::refuse_all(bool exempt, time_point now) {
    if (token_refused_ && !exempt)
        return refusal{refusal_reason::token_refused, duration::max()};
    while (!invalid_.empty() && now - invalid_.front().first >= invalid_window)
        invalid_.pop_front();
    std::size_t invalid = 0;
    for (const auto& [time, count] : invalid_)
        invalid += count;
    if (invalid < options_.max_invalid)
        return std::nullopt;
    return refusal{refusal_reason::too_many_invalid, invalid_.front().first + invalid_window - now};
}

void rate_limiter::refuse_hopeless(time_point now, std::vector<verdict>& out) {
    while (!patience_.empty() && patience_.begin()->first <= now) {
        const auto which = patience_.begin()->second;
        abandon(which, now);
        out.push_back({which, refusal{refusal_reason::too_long, global_window}});
    }
    const bool all_changed = std::exchange(all_changed_, false);
    const auto changed = std::exchange(changed_, {});
    if (!all_changed && changed.empty())
        return;
    std::vector<ticket> hopeless;
    for (const auto& [order, lane] : turns_) {
        if (!all_changed && !changed.contains(lane->major))
            continue;
        const bool exempt = lane->head()->request.exempt;
        const auto all = refuse_all(exempt, now);
        const auto allowed = allowed_at(*lane, exempt, 0, now);
        if (!all && (!allowed || *allowed <= now))
            continue;
        for (const auto& queue : lane->queues) {
            for (const auto& one : queue) {
                if (!all && *allowed - now <= one.request.limit)
                    continue;
                out.push_back({one.which, all ? *all : refusal{refusal_reason::too_long, *allowed - now}});
                hopeless.push_back(one.which);
            }
        }
    }
    for (const auto which : hopeless)
        abandon(which, now);
}

void rate_limiter::grant(lane& which, time_point now, std::vector<verdict>& out) {
    const auto taken = take(which, *which.head());
    const auto id = taken.which;
    const bool exempt = taken.request.exempt;

    ++which.in_flight;
    if (!exempt)
        recently_sent_.push_back(now);
    sent request{which.key, {}, exempt};
    if (auto* bucket = bucket_of(which)) {
        if (now >= bucket->resets_at) {
            // The first request opens a window; how long it really is the answer will say.
            bucket->remaining = bucket->limit;
            bucket->resets_at = now + bucket->length;
        }
        ++bucket->in_flight;
        request.bucket = join(*routes_[which.route].hash, which.major);
    } else {
        ++which.probes;
    }
    sent_.emplace(id, std::move(request));
    out.push_back({id, std::nullopt});
}

/// True when the answer told how many requests its bucket has left.
bool rate_limiter::learn(const sent& request, const limiter_answer& answer, time_point now) {
    const auto& lane = lanes_.at(request.lane);
    auto& route = routes_[lane.route];
    if (answer.bucket.empty()) {
        if (!route.hash && answer.status < 500 && answer.status != 429)
            route.hash = "";
        return false;
    }
    route.hash = answer.bucket;
    auto& bucket = *bucket_of(lane);
    if (answer.limit)
        route.limit = bucket.limit = std::max(1U, *answer.limit);
    if (!answer.remaining || !answer.reset_after)
        return false;

    const auto resets_at = now + *answer.reset_after;
    const auto window =
        answer.reset ? *answer.reset : std::chrono::duration<double>(resets_at.time_since_epoch()).count();
    route.length = bucket.length = std::max(bucket.length, *answer.reset_after);
    if (window > bucket.window + same_window_seconds) {
        bucket.window = window;
        bucket.remaining = *answer.remaining;
        bucket.resets_at = resets_at;
    } else if (window >= bucket.window - same_window_seconds) {
        // Answers may overtake each other: the lower count is the later one. The network only adds to the
        // time that is left.
        bucket.remaining = std::min(bucket.remaining, *answer.remaining);
        bucket.resets_at = std::min(bucket.resets_at, resets_at);
    }
    return true;
}

void rate_limiter::obey(const sent& request, const limiter_answer& answer, time_point now) {
    using enum limiter_answer::scope;
    const auto wait = answer.retry_after.value_or(answer.reset_after.value_or(1s));
    const auto until = now + wait;
    auto& lane = lanes_.at(request.lane);
    if (answer.limited_by == global && !request.exempt) {
        globally_blocked_until_ = std::max(globally_blocked_until_, until);
        return;
    }
    // A limit that the bucket's headers do not explain (a channel's new names) holds for this lane alone.
    const bool unexplained =
        answer.remaining.value_or(0) > 0 || (answer.reset_after && wait > *answer.reset_after + 1s);
    auto* bucket = bucket_of(lane);
    if (answer.limited_by != user || bucket == nullptr || unexplained) {
        lane.blocked_until = std::max(lane.blocked_until, until);
    } else {
        bucket->remaining = 0;
        bucket->resets_at = until;
        bucket->blocked_until = until;
    }
}

void rate_limiter::release(const sent& request, bool counted, time_point now) {
    auto& lane = lanes_.at(request.lane);
    changed_.insert(lane.major);
    --lane.in_flight;
    auto* bucket = bucket_of(lane);
    if (request.bucket.empty()) {
        --lane.probes;
    } else if (const auto found = buckets_.find(request.bucket); found != buckets_.end()) {
        bucket = &found->second;
        --bucket->in_flight;
    }
    if (counted || bucket == nullptr)
        return;
    // Discord may have counted it, in a window that may have begun as late as now.
    bucket->lost = (now < bucket->lost_until ? bucket->lost : 0) + 1;
    bucket->lost_until = now + bucket->length;
}

void rate_limiter::count_invalid(time_point now) {
    if (invalid_.empty() || now - invalid_.back().first >= invalid_bin)
        invalid_.emplace_back(now, 0);
    ++invalid_.back().second;
}

void rate_limiter::forget_idle(time_point now) {
    swept_at_ = now;
    std::erase_if(lanes_, [now](const auto& entry) {
        const auto& lane = entry.second;
        return lane.head() == nullptr && lane.in_flight == 0 && lane.blocked_until <= now;
    });
    std::erase_if(buckets_, [now](const auto& entry) {
        const auto& bucket = entry.second;
        return bucket.in_flight == 0 &&
               std::max({bucket.resets_at, bucket.blocked_until, bucket.lost_until}) <= now;
    });
    std::erase_if(routes_, [now](const auto& entry) { return now - entry.second.used_at >= route_memory; });
}

} // namespace vagrolant::discord::rest
