#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>

/// Enumerations as tables, payloads, options and custom ids spell their values.
namespace vagrolant {

/// Each value with its name: what an enumeration's overload of `names_like`, declared beside it, returns (its
/// argument only says which).
template <class Enum>
using enum_names = std::span<const std::pair<Enum, const char*>>;

template <class Enum>
const char* enum_name(Enum value) {
    for (const auto& [one, name] : names_like(value)) {
        if (one == value)
            return name;
    }
    std::unreachable();
}

/// nullopt for what is none of the names.
template <class Enum>
std::optional<Enum> enum_value(std::string_view name) {
    for (const auto& [value, one] : names_like(Enum())) {
        if (one == name)
            return value;
    }
    return std::nullopt;
}

} // namespace vagrolant
