#pragma once

#include <charconv>
#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vagrolant {

/// A Discord id: 64 bits whose upper 42 are milliseconds since 2015-01-01. `Tag` keeps a guild's id from
/// being passed for a user's. Zero means "none". (Discord Docs/Reference "Snowflakes")
template <class Tag>
class snowflake {
public:
    constexpr snowflake() = default;
    constexpr explicit snowflake(std::uint64_t value)
        : value_(value) {}

    /// Decimal digits only, 1 to 2^63-1 (what PostgreSQL's BIGINT also holds); nullopt for anything else.
    static std::optional<snowflake> parse(std::string_view text) {
        std::uint64_t value = 0;
        const auto* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value);
        if (error != std::errc{} || stop != end || value == 0 || value > INT64_MAX || text.front() == '0') {
            return std::nullopt;
        }
        return snowflake(value);
    }

    constexpr std::uint64_t value() const { return value_; }
    constexpr explicit operator bool() const { return value_ != 0; }
    std::string to_string() const { return std::to_string(value_); }

    std::chrono::sys_time<std::chrono::milliseconds> created_at() const {
        return std::chrono::sys_time<std::chrono::milliseconds>(
            std::chrono::milliseconds(static_cast<std::int64_t>(value_ >> 22U) + discord_epoch_ms));
    }

    friend constexpr auto operator<=>(snowflake, snowflake) = default;

    static constexpr std::int64_t discord_epoch_ms = 1'420'070'400'000;

private:
    std::uint64_t value_ = 0;
};

} // namespace vagrolant

template <class Tag>
struct std::hash<vagrolant::snowflake<Tag>> {
    std::size_t operator()(vagrolant::snowflake<Tag> id) const noexcept {
        // The low bits of a snowflake are a counter that is mostly zero: fold the time in.
        return static_cast<std::size_t>(id.value() ^ (id.value() >> 22U));
    }
};
