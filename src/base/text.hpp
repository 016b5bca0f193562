#pragma once

#include <cstddef>
#include <string>
#include <string_view>

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

} // namespace vagrolant::text
