#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace vagrolant::discord {

/// What Discord found wrong with one field of a request.
struct field_error {
    /// "embeds[0].fields[2].name"
    std::string path;
    std::string code;
    std::string message;
};

/// Discord's answer was an error (4xx, or 5xx where repeating did not help).
class rest_error : public std::runtime_error {
public:
    rest_error(int status, int code, std::string message, std::vector<field_error> errors, std::string route);

    /// Reads Discord's error body; whatever is no such body (a proxy's HTML) gives code 0 and "HTTP
    /// <status>".
    static rest_error from_body(int status, std::string_view body, std::string route);

    int status() const { return status_; }
    /// Discord's JSON error code (`json_error`); 0 where there is none.
    int code() const { return code_; }
    const std::string& message() const { return message_; }
    const std::vector<field_error>& errors() const { return errors_; }
    /// "POST /channels/{id}/messages": without ids, and without the tokens of interactions.
    const std::string& route() const { return route_; }

private:
    int status_;
    int code_;
    std::string message_;
    std::vector<field_error> errors_;
    std::string route_;
};

/// A rate limit will not let the request through before its deadline, or too many requests wait already.
/// Nothing was sent.
class rate_limited : public std::runtime_error {
public:
    rate_limited(const std::string& route, std::string_view reason,
                 std::chrono::steady_clock::duration retry_after);

    /// When trying again makes sense.
    std::chrono::steady_clock::duration retry_after() const { return retry_after_; }

private:
    std::chrono::steady_clock::duration retry_after_;
};

/// When its turn came, whoever made the request no longer wanted it. Nothing was sent.
class not_wanted : public std::runtime_error {
public:
    explicit not_wanted(const std::string& route)
        : std::runtime_error(route + ": no longer wanted") {}
};

/// The request succeeded, but the answer's body is not what it should be; `what()` has the field's path.
class malformed_answer : public std::runtime_error {
public:
    malformed_answer(const std::string& route, std::string_view problem)
        : std::runtime_error(route + ": malformed answer: " + std::string(problem)) {}
};

} // namespace vagrolant::discord
