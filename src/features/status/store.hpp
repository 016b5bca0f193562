#pragma once

#include "db/pool.hpp"

#include <chrono>
#include <optional>

namespace vagrolant::status {

/// How long the database takes to answer; nullopt when it does not.
awaitable<std::optional<std::chrono::steady_clock::duration>> round_trip(db::pool& database);

} // namespace vagrolant::status
