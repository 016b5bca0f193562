#pragma once

#include "bot/refusal.hpp"

#include <cstdint>
#include <exception>

/// What Discord's answers say of a room that could not be made, or come into. Pure.
namespace vagrolant::voice_hubs {

/// Why there is no room.
enum class create_failure : std::uint8_t {
    category_full,
    category_gone,
    guild_full,
    forbidden,
    /// Somebody on a list has left the guild.
    unknown_overwrite,
    /// The bit rate is more than the guild's level allows, or the region is none any more.
    bad_sound,
    bad_name,
    refused,
    /// It may have been made or not.
    unknown,
    not_sent,
};

create_failure classify(const std::exception& failure);
/// Discord's JSON error code; 0 for anything else.
int code_of(const std::exception& failure);
/// For administrators.
bot::refusal why_refused(create_failure failure);

} // namespace vagrolant::voice_hubs
