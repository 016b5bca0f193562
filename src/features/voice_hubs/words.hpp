#pragma once

#include "base/localized.hpp"
#include "features/voice_hubs/model.hpp"

#include <array>
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

/// In the order of the enumeration.
inline constexpr std::array all_modes{
    mode_words{.mode = room_mode::open,
               .id = "open",
               .name = {.fr = "Ouvert", .en = "Open"},
               .meaning = {.fr = "Tous ceux qui ont accès au hub voient le salon et y entrent.",
                           .en = "Everyone with access to the hub sees the room and enters."},
               .emoji = "🔓",
               .color = 0x2ECC71},
    mode_words{.mode = room_mode::closed,
               .id = "closed",
               .name = {.fr = "Fermé", .en = "Closed"},
               .meaning = {.fr = "Tout le monde voit le salon ; seule la liste blanche y entre.",
                           .en = "Everyone sees the room; only the whitelist enters."},
               .emoji = "🔒",
               .color = 0xE67E22},
    mode_words{.mode = room_mode::private_,
               .id = "private",
               .name = {.fr = "Privé", .en = "Private"},
               .meaning = {.fr = "Seule la liste blanche voit le salon et y entre.",
                           .en = "Only the whitelist sees the room and enters."},
               .emoji = "🙈",
               .color = 0x9B59B6},
    mode_words{.mode = room_mode::conference,
               .id = "conference",
               .name = {.fr = "Conférence", .en = "Conference"},
               .meaning = {.fr = "Tout le monde entre ; seuls le propriétaire et la liste blanche parlent.",
                           .en = "Everyone enters; only the owner and the whitelist speak."},
               .emoji = "🎤",
               .color = 0x3498DB},
};

const mode_words& words_of(room_mode mode);
std::optional<room_mode> mode_of(std::string_view id);

/// "sans limite", "5 places".
std::string places(int user_limit, locale language);
/// "64 kbit/s"; 0: that of the hub's channel.
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
