#pragma once

#include "features/voice_hubs/model.hpp"

#include <span>

/// Discord takes two names for a channel in ten minutes, which no header says (Discord API Docs issue 1900).
namespace vagrolant::voice_hubs {

inline constexpr std::size_t names_per_window = 2;
inline constexpr std::chrono::minutes rename_window{10};
/// Discord's clock and ours may differ a little, and its window begins when it takes the name.
inline constexpr std::chrono::seconds rename_margin{2};
/// A game may follow its launcher, and friends come together: what changes within it is one name.
inline constexpr std::chrono::seconds rename_settling{5};

/// When the next name may be sent, given when the last ones were taken (newest last): `now`, or later.
time_point next_rename(std::span<const time_point> taken, time_point now);

/// When a name that nobody asked for (what the template gives now) may be sent: after a while in which it may
/// change once more, and only so that one of the two names of any ten minutes is left to people.
time_point next_automatic_rename(std::span<const time_point> taken, time_point now);

/// Notes that Discord has taken a name; keeps as many as matter.
void note_rename(std::vector<time_point>& taken, time_point now);

} // namespace vagrolant::voice_hubs
