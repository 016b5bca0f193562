#pragma once

#include "features/voice_hubs/model.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <utility>

/// The names under which tables know the model's enumerations.
namespace vagrolant::voice_hubs {

template <class Enum>
using stored_names = std::span<const std::pair<Enum, const char*>>;

// One table for each enumeration; the value says which.
stored_names<room_mode> names_like(room_mode);
stored_names<room_position> names_like(room_position);
stored_names<permission_source> names_like(permission_source);
stored_names<owner_policy> names_like(owner_policy);

template <class Enum>
const char* name_of(Enum value) {
    for (const auto& [one, name] : names_like(value)) {
        if (one == value)
            return name;
    }
    std::unreachable();
}

template <class Enum>
std::optional<Enum> value_named(std::string_view name) {
    for (const auto& [value, one] : names_like(Enum())) {
        if (one == name)
            return value;
    }
    return std::nullopt;
}

} // namespace vagrolant::voice_hubs
