#include "discord/rest/client.hpp"

#include "async/backoff.hpp"
#include "async/deadline.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "discord/net/http.hpp"
#include "discord/rest/answer.hpp"
#include "discord/rest/encoding.hpp"
#include "discord/rest/rate_limiter.hpp"

#include <algorithm>
#include <random>
#include <unordered_map>

namespace vagrolant::discord {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

constexpr auto connect_limit = 10s;
constexpr clock::duration max_retry_delay = 5s;
constexpr std::size_t max_audit_reason = 512;
constexpr auto say_again_after = 1min;

net::url checked_base(const rest_options& options) {
    auto base = net::parse_url(options.base_url);
    if (!base || base->target.contains('?'))
        throw std::invalid_argument("REST base URL: not an absolute http(s) address");
    if (!options.user_agent.starts_with("DiscordBot ("))
        throw std::invalid_argument("REST user agent: must be \"DiscordBot (url, version)\"");
    while (base->target.ends_with('/'))
        base->target.pop_back();
    return *base;
}

bool is_repeatable(const rest_request& request) {
    using enum http_method;
    return request.repeatable.value_or(request.method == get || request.method == put ||
                                       request.method == del);
}

std::string_view describe(rest::refusal_reason reason) {
    using enum rest::refusal_reason;
    switch (reason) {
    case too_long:
        return "rate limit lasts longer than this may take";
    case queue_full:
        return "too many requests wait already";
    case too_many_invalid:
        return "too many refused requests lately, stopped before Discord bans this address";
    case token_refused:
        return "Discord refused the token, nothing more is sent";
    }
    return "";
}

std::string_view describe(rest::limiter_answer::scope scope) {
    using enum rest::limiter_answer::scope;
    switch (scope) {
    case user:
        return "user";
    case shared:
        return "shared";
    case global:
        return "global";
    }
    return "";
}

} // namespace

struct rest_client::state {
    state(const asio::any_io_executor& executor_, connector connect, rest_options given)
        : options(std::move(given))
        , base(checked_base(options))
        , executor(executor_)
        , pool(executor_, std::move(connect), {.max_connections = options.max_connections})
        , limiter({.requests_per_second = options.requests_per_second,
                   .max_in_flight = options.max_connections,
                   .max_waiting = options.max_waiting})
        , limits_changed(executor_) {}

    /// Tells those whose turn it is.
    void pump();
    awaitable<void> keep_time();
    /// What all attempts of a call share.
    struct pace {
        clock::duration limit;
        clock::time_point give_up_at;
        /// Set when it is first sent.
        std::optional<clock::time_point> deadline;

        clock::duration left() const { return deadline ? *deadline - clock::now() : limit; }
    };
    awaitable<rest_response> attempt(rest_request request, rest_route route);
    awaitable<net::http_response> send(const rest_request& request, const rest_route& route, pace& pace,
                                       int number);
    void say_that_many_wait();
    net::http_request to_http(const rest_request& request) const;
    /// Before repetition number `attempt`.
    clock::duration delay(int attempt);
    void note_latency(clock::duration took);

    rest_options options;
    net::url base;
    asio::any_io_executor executor;
    net::http_pool pool;
    rest::rate_limiter limiter;
    std::unordered_map<rest::ticket, permit*> permits;
    event limits_changed;
    std::optional<clock::time_point> said_at;
    std::optional<clock::duration> latency;
    rest_counters counters;
    std::minstd_rand random{std::random_device{}()};
};

/// A request's turn: waits for it, and gives it back however the request ends.
class rest_client::permit {
public:
    permit(state& client, const rest_request& request, const rest_route& route, const state::pace& pace)
        : client_(client)
        , route_(route.name)
        , turn_(client.executor) {
        const auto queued = client.limiter.enqueue({.route = route,
                                                    .variant = request.variant,
                                                    .priority = request.priority,
                                                    .exempt = request.by_interaction_token,
                                                    .limit = pace.left(),
                                                    .give_up_at = pace.give_up_at},
                                                   clock::now());
        if (!queued)
            refuse(queued.error());
        ticket_ = *queued;
        client_.permits.emplace(ticket_, this);
    }
    ~permit() {
        client_.permits.erase(ticket_);
        if (open_)
            client_.limiter.abandon(ticket_, clock::now());
        client_.pump();
    }
    permit(const permit&) = delete;
    permit& operator=(const permit&) = delete;

    awaitable<void> wait() {
        client_.pump();
        if (!verdict_)
            client_.say_that_many_wait();
        while (!verdict_)
            co_await turn_.wait();
        if (verdict_->refused) {
            open_ = false;
            refuse(*verdict_->refused);
        }
    }

    void decide(const rest::verdict& verdict) {
        verdict_ = verdict;
        turn_.notify_all();
    }

    /// It is not sent after all.
    void withdraw() {
        open_ = false;
        client_.limiter.withdraw(ticket_, clock::now());
    }

    void answered(const rest::limiter_answer& answer) {
        open_ = false;
        client_.limiter.answered(ticket_, answer, clock::now());
    }

private:
    [[noreturn]] void refuse(const rest::refusal& refusal) {
        ++client_.counters.refused;
        if (refusal.reason == rest::refusal_reason::token_refused)
            throw rest_error(401, 0, std::string(describe(refusal.reason)), {}, route_);
        throw rate_limited(route_, describe(refusal.reason), refusal.retry_after);
    }

    state& client_;
    std::string route_;
    event turn_;
    rest::ticket ticket_ = 0;
    std::optional<rest::verdict> verdict_;
    bool open_ = true;
};

void rest_client::state::pump() {
    for (const auto& verdict : limiter.poll(clock::now())) {
        if (const auto found = permits.find(verdict.which); found != permits.end())
            found->second->decide(verdict);
    }
    limits_changed.notify_all();
}

awaitable<void> rest_client::state::keep_time() {
    while (true) {
        const auto now = clock::now();
        const auto next = limiter.next_poll(now);
        if (!next) {
            co_await limits_changed.wait();
            continue;
        }
        const bool changed = co_await limits_changed.wait_for(std::max(*next - now, clock::duration::zero()));
        if (!changed)
            pump();
    }
}

awaitable<rest_response> rest_client::state::attempt(rest_request request, rest_route route) {
    const bool repeatable = is_repeatable(request);
    const auto limit = request.limit > request.limit.zero() ? request.limit : options.limit;
    // An answer to an interaction waits for none of the limits here, and soon nobody would take it.
    const auto patience = request.by_interaction_token ? clock::duration::zero() : options.patience;
    state::pace pace{.limit = limit, .give_up_at = clock::now() + limit + patience, .deadline = {}};
    for (int number = 1;; ++number) {
        const bool last = number >= options.max_attempts;
        const auto pause = delay(number);
        const bool time_left = pause < pace.left();
        bool wait = true;
        try {
            auto response = co_await send(request, route, pace, number);
            if (response.status >= 200 && response.status < 300)
                co_return rest_response{response.status, std::move(response.body), route.name};
            if (response.status == 429) {
                if (last) {
                    const auto wanted = rest::read_limits(response).retry_after.value_or(1s);
                    throw rate_limited(route.name, "still limited after several attempts", wanted);
                }
                // The limiter knows until when.
                wait = false;
            } else if (response.status < 500 || !repeatable || last || !time_left) {
                throw rest_error::from_body(response.status, response.body, route.name);
            }
        } catch (const net::not_sent&) {
            if (last || !time_left)
                throw;
        } catch (const net::network_error&) {
            if (!repeatable || last || !time_left)
                throw;
        }
        if (wait)
            co_await sleep_for(pause);
    }
}

awaitable<net::http_response> rest_client::state::send(const rest_request& request, const rest_route& route,
                                                       pace& pace, int number) {
    permit turn(*this, request, route, pace);
    co_await turn.wait();
    if (request.still_wanted && !request.still_wanted()) {
        turn.withdraw();
        throw not_wanted(route.name);
    }

    const auto started = clock::now();
    if (!pace.deadline)
        pace.deadline = started + pace.limit;
    ++counters.sent;
    if (number > 1) {
        ++counters.repeated;
        log::debug("REST request repeated", {{"route", route.name}, {"attempt", number}});
    }
    auto exchange =
        pool.exchange(to_http(request), is_repeatable(request), request.priority == rest_priority::urgent);
    auto response = co_await with_deadline(route.name, pace.left(), std::move(exchange));
    note_latency(clock::now() - started);

    const auto limits = rest::read_limits(response);
    turn.answered(limits);
    if (limits.status == 429) {
        ++counters.limited;
        log::warning("REST rate limit", {{"route", route.name},
                                         {"scope", describe(limits.limited_by)},
                                         {"retry_after_ms", limits.retry_after.value_or(0s)}});
    } else if (limits.status == 401 && !request.by_interaction_token) {
        log::error("REST token refused, nothing more is sent", {{"route", route.name}});
    }
    co_return response;
}

void rest_client::state::say_that_many_wait() {
    const auto now = clock::now();
    if (limiter.waiting() <= options.requests_per_second || (said_at && now - *said_at < say_again_after))
        return;
    said_at = now;
    log::info("REST requests wait for their turn", {{"waiting", limiter.waiting()}});
}

net::http_request rest_client::state::to_http(const rest_request& request) const {
    net::http_request out;
    out.method = to_string(request.method);
    out.host = net::host_header(base.endpoint);
    out.target = base.target + request.path;
    out.headers = {{"User-Agent", options.user_agent}, {"Accept", "application/json"}};
    if (!request.by_interaction_token)
        out.headers.emplace_back("Authorization", "Bot " + options.token);
    if (!request.audit_reason.empty()) {
        const auto reason = text::truncate(request.audit_reason, max_audit_reason);
        out.headers.emplace_back("X-Audit-Log-Reason", text::percent_encode(reason));
    }
    const auto payload = request.body ? json::serialize(*request.body) : std::string();
    if (!request.files.empty()) {
        auto form = rest::encode_multipart(payload.empty() ? "{}" : payload, request.files);
        out.headers.emplace_back("Content-Type", std::move(form.content_type));
        out.body = std::move(form.body);
    } else if (!payload.empty()) {
        out.headers.emplace_back("Content-Type", "application/json");
        out.body = payload;
    }
    return out;
}

clock::duration rest_client::state::delay(int attempt) {
    std::uniform_real_distribution<double> any(0, 1);
    return backoff_pause<clock::duration>(attempt, options.retry_delay, max_retry_delay, any(random));
}

void rest_client::state::note_latency(clock::duration took) {
    constexpr double weight = 0.2;
    if (!latency)
        latency = took;
    else
        *latency += std::chrono::duration_cast<clock::duration>((took - *latency) * weight);
}

// The other constructor takes it by value, but not before the connector here has read it.
// NOLINTBEGIN(performance-unnecessary-value-param)
rest_client::rest_client(const asio::any_io_executor& executor, task_group& tasks,
                         const net::tls_trust& trust, rest_options options)
    : rest_client(
          executor, tasks,
          [endpoint = checked_base(options).endpoint, &trust] {
              return net::connect(endpoint, trust, connect_limit);
          },
          options) {}
// NOLINTEND(performance-unnecessary-value-param)

rest_client::rest_client(const asio::any_io_executor& executor, task_group& tasks, connector connect,
                         rest_options options)
    : state_(std::make_unique<state>(executor, std::move(connect), std::move(options))) {
    log::mask(state_->options.token);
    tasks.spawn("rest limits", state_->keep_time());
}

rest_client::~rest_client() = default;

awaitable<rest_response> rest_client::call(rest_request request) {
    auto route = route_of(request.method, request.path);
    try {
        co_return co_await state_->attempt(std::move(request), std::move(route));
    } catch (...) {
        ++state_->counters.failed;
        throw;
    }
}

std::optional<clock::duration> rest_client::latency() const {
    return state_->latency;
}

const rest_counters& rest_client::counters() const {
    return state_->counters;
}

} // namespace vagrolant::discord
