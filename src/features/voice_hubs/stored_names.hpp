#pragma once

#include "features/voice_hubs/model.hpp"

#include <optional>
#include <string_view>

/// The names under which tables know the model's enumerations.
namespace vagrolant::voice_hubs {

/// "open", "closed", "private", "conference".
const char* name_of(room_mode mode);
std::optional<room_mode> mode_from(std::string_view name);

/// "above", "below", "end".
const char* name_of(room_position position);
std::optional<room_position> position_from(std::string_view name);

/// "hub", "category", "template".
const char* name_of(permission_source source);
std::optional<permission_source> permission_source_from(std::string_view name);

/// "keep", "transfer", "remove".
const char* name_of(owner_policy policy);
std::optional<owner_policy> owner_policy_from(std::string_view name);

} // namespace vagrolant::voice_hubs
