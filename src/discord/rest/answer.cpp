#include "discord/rest/answer.hpp"

#include "base/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cmath>

namespace vagrolant::discord::rest {

namespace {

// Longer waits are not believed.
constexpr double max_seconds = 24 * 3600;

template <class Number>
std::optional<Number> number_in(const net::http_response& response, std::string_view name) {
    const auto found = response.header(name);
    return found ? text::to_number<Number>(*found) : std::nullopt;
}

std::optional<double> seconds_in(const net::http_response& response, std::string_view name) {
    const auto seconds = number_in<double>(response, name);
    return seconds && std::isfinite(*seconds) && *seconds >= 0 ? seconds : std::nullopt;
}

std::optional<duration> as_wait(std::optional<double> seconds) {
    if (!seconds || !std::isfinite(*seconds) || *seconds < 0)
        return std::nullopt;
    return std::chrono::ceil<std::chrono::milliseconds>(
        std::chrono::duration<double>(std::min(*seconds, max_seconds)));
}

} // namespace

limiter_answer read_limits(const net::http_response& response) {
    using enum limiter_answer::scope;
    limiter_answer answer;
    answer.status = response.status;
    answer.bucket = response.header("x-ratelimit-bucket").value_or("");
    answer.limit = number_in<unsigned>(response, "x-ratelimit-limit");
    answer.remaining = number_in<unsigned>(response, "x-ratelimit-remaining");
    answer.reset = seconds_in(response, "x-ratelimit-reset");
    answer.reset_after = as_wait(seconds_in(response, "x-ratelimit-reset-after"));
    if (response.status != 429)
        return answer;

    answer.retry_after = as_wait(seconds_in(response, "retry-after"));
    const auto scope = response.header("x-ratelimit-scope").value_or("");
    if (scope == "shared")
        answer.limited_by = shared;
    if (scope == "global" || response.header("x-ratelimit-global"))
        answer.limited_by = global;

    boost::system::error_code malformed;
    const auto body = boost::json::parse(response.body, malformed);
    if (malformed || !body.is_object()) {
        // Not Discord's limiter but the proxy before it: it limits the whole address.
        answer.limited_by = global;
        return answer;
    }
    if (const auto* wait = body.get_object().if_contains("retry_after"); wait != nullptr && wait->is_number())
        answer.retry_after = as_wait(wait->to_number<double>());
    if (const auto* all = body.get_object().if_contains("global"); all != nullptr && all->is_bool()) {
        if (all->get_bool())
            answer.limited_by = global;
    }
    return answer;
}

} // namespace vagrolant::discord::rest
