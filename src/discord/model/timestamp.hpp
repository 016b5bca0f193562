#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace vagrolant::discord {

using timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// ISO 8601 with an offset or 'Z', as Discord writes it ("2026-02-03T04:05:06.789000+00:00").
std::optional<timestamp> parse_timestamp(std::string_view text);

/// "2026-02-03T04:05:06.789Z"
std::string to_iso8601(timestamp when);

} // namespace vagrolant::discord
