#pragma once

#include "base/enum_names.hpp"
#include "features/voice_hubs/model.hpp"

/// The names under which tables know the model's enumerations.
namespace vagrolant::voice_hubs {

enum_names<room_mode> names_like(room_mode);
enum_names<room_position> names_like(room_position);
enum_names<permission_source> names_like(permission_source);
enum_names<owner_policy> names_like(owner_policy);

} // namespace vagrolant::voice_hubs
