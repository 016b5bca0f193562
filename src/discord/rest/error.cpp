#include "discord/rest/error.hpp"

#include "base/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>

namespace vagrolant::discord {

namespace {

namespace bj = boost::json;

constexpr std::size_t max_message = 500;
constexpr std::size_t max_errors = 25;

std::string text_of(const bj::object& object, std::string_view key) {
    const auto* found = object.if_contains(key);
    if (found == nullptr || !found->is_string())
        return {};
    const auto& text = found->get_string();
    return text::truncate({text.data(), text.size()}, max_message);
}

std::string below(const std::string& path, std::string_view key) {
    const bool index = !key.empty() && std::ranges::all_of(key, [](char c) { return c >= '0' && c <= '9'; });
    if (index)
        return path + '[' + std::string(key) + ']';
    return path.empty() ? std::string(key) : path + '.' + std::string(key);
}

// Discord nests the errors as the request is nested; "_errors" lists what is wrong at one place.
void collect(const bj::value& tree, const std::string& path, std::vector<field_error>& out) {
    if (!tree.is_object())
        return;
    for (const auto& [key, value] : tree.get_object()) {
        if (key != "_errors") {
            collect(value, below(path, {key.data(), key.size()}), out);
            continue;
        }
        if (!value.is_array())
            continue;
        for (const auto& one : value.get_array()) {
            if (one.is_object() && out.size() < max_errors)
                out.push_back(
                    {path, text_of(one.get_object(), "code"), text_of(one.get_object(), "message")});
        }
    }
}

std::string describe(const std::string& route, int status, int code, const std::string& message,
                     const std::vector<field_error>& errors) {
    auto text = route + ": " + std::to_string(status);
    if (code != 0)
        text += " (code " + std::to_string(code) + ")";
    text += ": " + message;
    for (const auto& one : errors)
        text += "; " + (one.path.empty() ? std::string() : one.path + ": ") + one.message;
    return text;
}

std::string describe_wait(std::chrono::steady_clock::duration time) {
    if (time == time.max())
        return {};
    const auto seconds = std::chrono::duration<double>(time).count();
    return ", retry after " + std::to_string(static_cast<long long>(std::ceil(seconds))) + " s";
}

} // namespace

rest_error::rest_error(int status, int code, std::string message, std::vector<field_error> errors,
                       std::string route)
    : std::runtime_error(describe(route, status, code, message, errors))
    , status_(status)
    , code_(code)
    , message_(std::move(message))
    , errors_(std::move(errors))
    , route_(std::move(route)) {}

rest_error rest_error::from_body(int status, std::string_view body, std::string route) {
    boost::system::error_code malformed;
    const auto parsed = bj::parse({body.data(), body.size()}, malformed);
    int code = 0;
    std::string message;
    std::vector<field_error> errors;
    if (!malformed && parsed.is_object()) {
        const auto& object = parsed.get_object();
        if (const auto* number = object.if_contains("code"); number != nullptr && number->is_int64())
            code = static_cast<int>(std::clamp<std::int64_t>(number->get_int64(), 0, 999'999'999));
        message = text_of(object, "message");
        if (const auto* tree = object.if_contains("errors"))
            collect(*tree, {}, errors);
    }
    if (message.empty())
        message = "HTTP " + std::to_string(status);
    return {status, code, std::move(message), std::move(errors), std::move(route)};
}

rate_limited::rate_limited(const std::string& route, std::string_view reason,
                           std::chrono::steady_clock::duration retry_after)
    : std::runtime_error(route + ": " + std::string(reason) + describe_wait(retry_after))
    , retry_after_(retry_after) {}

} // namespace vagrolant::discord
