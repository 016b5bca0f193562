#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vagrolant::bot {

/// Whether the system knows the zone by this IANA name ("Europe/Paris", also an old name of it).
bool is_time_zone(std::string_view name);

/// The names that people know, one for each region of the world that has a time of its own ("UTC" included),
/// in the order of the alphabet; empty where the system does not list them.
const std::vector<std::string>& time_zones();

} // namespace vagrolant::bot
