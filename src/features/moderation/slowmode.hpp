#pragma once

#include "bot/feature.hpp"

namespace vagrolant::moderation {

struct slowmode_request {
    discord::channel_id channel;
    /// 0 to 21600; 0 turns it off.
    int seconds = 0;
};

inline constexpr int max_slowmode = 21'600;

inline constexpr bot::action_terms slowmode_terms{
    .name = "slowmode", .lane = "moderation", .needs = discord::permission::manage_channels};

/// Announcement channels and categories have none. (Discord Docs/Channel "Modify Channel")
constexpr bool has_slowmode(discord::channel_type type) {
    using enum discord::channel_type;
    return type == text || type == voice || type == stage || type == forum || type == media ||
           discord::is_thread(type);
}

/// Reads the payload of `slowmode`; throws `bot::refused`.
slowmode_request read_slowmode(bot::payload& from);

/// Sets it; safe to repeat. The result holds nothing.
awaitable<bot::action_result> slowmode(bot::services& with, bot::action_call call, slowmode_request request);

} // namespace vagrolant::moderation
