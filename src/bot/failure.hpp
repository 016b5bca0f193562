#pragma once

#include "bot/refusal.hpp"

#include <exception>

namespace vagrolant::bot {

/// What a person is told about a failure of Discord's, the network's or the database's: what it was in plain
/// words, nothing of our insides. nullopt for anything else (a mistake of ours).
std::optional<refusal> explain(const std::exception& cause);

} // namespace vagrolant::bot
