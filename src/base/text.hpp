#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace vagrolant::text {

/// Number of Unicode code points in valid UTF-8: the unit in which Discord counts its limits.
std::size_t length(std::string_view utf8);

/// The longest prefix of at most `limit` code points; ends with "…" (counted) where something was cut.
std::string truncate(std::string_view utf8, std::size_t limit);

/// Without leading and trailing ASCII white space.
std::string_view trim(std::string_view text);

std::string to_lower_ascii(std::string_view text);

/// True for well-formed UTF-8 (no overlong forms, no surrogates).
bool is_utf8(std::string_view bytes);

/// Bytes other than RFC 3986's unreserved characters (section 2.3) as %XX.
std::string percent_encode(std::string_view bytes);

/// All of `text` as a decimal number; nullopt when it is anything else (a "+" and white space included), or
/// does not fit.
template <class Number>
std::optional<Number> to_number(std::string_view text) {
    Number number{};
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stop != end)
        return std::nullopt;
    return number;
}

} // namespace vagrolant::text
