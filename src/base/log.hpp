#pragma once

#include "base/snowflake.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

/// One line per event: `log::info("gateway ready", {{"shard", 0}, {"guilds", 12}})` prints
/// `… info    gateway ready shard=0 guilds=12`, or the same as one JSON object. Never tokens, never message
/// content.
namespace vagrolant::log {

enum class level { debug, info, warning, error, off };
enum class format { text, json };

class field {
public:
    field(std::string_view key, std::string value)
        : key_(key)
        , value_(std::move(value)) {}
    field(std::string_view key, std::string_view value)
        : key_(key)
        , value_(std::string(value)) {}
    field(std::string_view key, const char* value)
        : key_(key)
        , value_(std::string(value)) {}
    field(std::string_view key, std::same_as<bool> auto value)
        : key_(key)
        , value_(value) {}
    field(std::string_view key, std::integral auto value)
        requires(!std::same_as<decltype(value), bool>)
        : key_(key)
        , value_(static_cast<std::int64_t>(value)) {}
    field(std::string_view key, std::floating_point auto value)
        : key_(key)
        , value_(static_cast<double>(value)) {}
    template <class Tag>
    field(std::string_view key, snowflake<Tag> id)
        : key_(key)
        , value_(id.to_string()) {}
    template <class Rep, class Period>
    field(std::string_view key, std::chrono::duration<Rep, Period> time)
        : key_(key)
        , value_(std::chrono::duration<double, std::milli>(time).count()) {}

    std::string_view key() const { return key_; }
    const std::variant<std::string, std::int64_t, double, bool>& value() const { return value_; }

private:
    std::string_view key_;
    std::variant<std::string, std::int64_t, double, bool> value_;
};

using fields = std::initializer_list<field>;

/// To be called once, before the first line; until then lines go to standard error as text from `info` on.
void init(level minimum, format layout);

/// Writes what is pending and ends logging; later lines are lost.
void shut_down();

/// From now on `secret` is printed as `***` wherever it turns up, percent-encoded too: the net below the rule
/// that nobody logs one. One of less than 8 characters only where it is a word of its own, as others may hold
/// it by chance.
void mask(std::string secret);

bool enabled(level at);
void write(level at, std::string_view event, fields details);

inline void debug(std::string_view event, fields details = {}) {
    write(level::debug, event, details);
}
inline void info(std::string_view event, fields details = {}) {
    write(level::info, event, details);
}
inline void warning(std::string_view event, fields details = {}) {
    write(level::warning, event, details);
}
inline void error(std::string_view event, fields details = {}) {
    write(level::error, event, details);
}

/// The text that `write` would print after time and level; secrets masked.
std::string render(format layout, level at, std::string_view event, fields details);

} // namespace vagrolant::log
