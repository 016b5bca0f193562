#include "discord/model/timestamp.hpp"

#include <fmt/format.h>

namespace vagrolant::discord {

namespace {

// Reads exactly `digits` digits at the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits)
        return std::nullopt;
    int number = 0;
    for (const char c : text.substr(0, digits)) {
        if (c < '0' || c > '9')
            return std::nullopt;
        number = number * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return number;
}

bool take(std::string_view& text, char expected) {
    if (!text.starts_with(expected))
        return false;
    text.remove_prefix(1);
    return true;
}

// ".789000" as milliseconds; 0 where there is no fraction.
std::optional<std::chrono::milliseconds> take_fraction(std::string_view& text) {
    if (!take(text, '.'))
        return std::chrono::milliseconds(0);
    int milliseconds = 0;
    int weight = 100;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
        milliseconds += (text[digits] - '0') * weight;
        weight /= 10;
    }
    text.remove_prefix(digits);
    if (digits == 0)
        return std::nullopt;
    return std::chrono::milliseconds(milliseconds);
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
    if (take(text, 'Z'))
        return std::chrono::minutes(0);
    const bool minus = text.starts_with('-');
    if (!minus && !text.starts_with('+'))
        return std::nullopt;
    text.remove_prefix(1);
    const auto hours = take_number(text, 2);
    if (!hours || !take(text, ':'))
        return std::nullopt;
    const auto minutes = take_number(text, 2);
    if (!minutes)
        return std::nullopt;
    const std::chrono::minutes offset(*hours * 60 + *minutes);
    return minus ? -offset : offset;
}

} // namespace

std::optional<timestamp> parse_timestamp(std::string_view text) {
    const auto year = take_number(text, 4);
    if (!year || !take(text, '-'))
        return std::nullopt;
    const auto month = take_number(text, 2);
    if (!month || !take(text, '-'))
        return std::nullopt;
    const auto day = take_number(text, 2);
    if (!day || !take(text, 'T'))
        return std::nullopt;
    const auto hour = take_number(text, 2);
    if (!hour || !take(text, ':'))
        return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || !take(text, ':'))
        return std::nullopt;
    const auto second = take_number(text, 2);
    if (!second)
        return std::nullopt;
    const auto fraction = take_fraction(text);
    if (!fraction)
        return std::nullopt;
    const auto offset = take_offset(text);
    if (!offset || !text.empty())
        return std::nullopt;

    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60)
        return std::nullopt;
    return timestamp(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
           std::chrono::minutes(*minute) + std::chrono::seconds(*second) + *fraction - *offset;
}

std::string to_iso8601(timestamp when) {
    const auto day = std::chrono::floor<std::chrono::days>(when);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(when - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time.hours().count(), time.minutes().count(), time.seconds().count(),
                       time.subseconds().count());
}

} // namespace vagrolant::discord
