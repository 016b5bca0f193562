#pragma once

#include "base/localized.hpp"
#include "features/voice_hubs/model.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// How rooms and hubs are spoken of: to people, in custom ids, in payloads.
namespace vagrolant::voice_hubs {

struct mode_words {
    room_mode mode;
    /// In custom ids and payloads.
    std::string_view id;
    localized name;
    /// Who sees, who enters, who speaks: one sentence.
    localized meaning;
    std::string_view emoji;
    /// 0xRRGGBB
    std::uint32_t color;
};

const mode_words& words_of(room_mode mode);
std::optional<room_mode> mode_of(std::string_view id);

/// "sans limite", "5 places".
std::string places(int user_limit, locale language);
/// "64 kbit/s"; 0: "celui du hub".
std::string bitrate_text(int bitrate, locale language);
/// "automatique", or the region's id.
std::string region_text(std::string_view region, locale language);
/// "90 s", "2 min", "1 h".
std::string duration_text(std::chrono::seconds time);

/// Mentions of Discord's, drawn by its clients.
std::string mention(channel_id channel);
std::string mention(user_id user);
std::string mention(const subject& whom);
/// "dans 3 minutes", kept up to date by the client.
std::string relative(time_point when);
/// "14:32:05", in the reader's own time zone.
std::string clock_time(time_point when);

/// Text of people's inside ours: markdown and mentions mean nothing.
std::string plain(std::string_view name);

} // namespace vagrolant::voice_hubs
