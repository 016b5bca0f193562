#pragma once

#include "discord/model/permissions.hpp"
#include "json/reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vagrolant::discord {

/// Open: values that Discord adds later are kept as they are.
enum class channel_type : std::uint8_t {
    text = 0,
    dm = 1,
    voice = 2,
    group_dm = 3,
    category = 4,
    announcement = 5,
    announcement_thread = 10,
    public_thread = 11,
    private_thread = 12,
    stage = 13,
    directory = 14,
    forum = 15,
    media = 16,
};

/// Messages can be sent there (threads and the chat of voice channels included).
constexpr bool is_text_like(channel_type type) {
    using enum channel_type;
    return type == text || type == dm || type == voice || type == group_dm || type == announcement ||
           type == announcement_thread || type == public_thread || type == private_thread || type == stage;
}

/// Members can be connected there.
constexpr bool is_voice_like(channel_type type) {
    return type == channel_type::voice || type == channel_type::stage;
}

constexpr bool is_thread(channel_type type) {
    using enum channel_type;
    return type == announcement_thread || type == public_thread || type == private_thread;
}

namespace channel_flags {
/// The bot may not see the channel: only id, type, position and parent mean anything.
/// (Discord Docs/Permissions "Channel obfuscation")
inline constexpr std::uint64_t obfuscated = 1U << 17U;
} // namespace channel_flags

struct channel {
    channel_id id;
    channel_type type = channel_type::text;
    /// None in direct messages.
    guild_id guild;
    /// The category, or a thread's channel.
    channel_id parent;
    int position = 0;
    std::uint64_t flags = 0;
    std::string name;
    std::string topic;
    std::vector<overwrite> overwrites;
    /// Bits per second; voice only.
    int bitrate = 0;
    /// 0 for no limit; voice only.
    int user_limit = 0;
    /// Slow mode, in seconds.
    int rate_limit_per_user = 0;
    /// Empty for automatic.
    std::string rtc_region;
    bool nsfw = false;
    /// Threads only: out of the list, and closed to all who may not manage threads.
    bool archived = false;
    bool locked = false;
    message_id last_message;
    /// What the reader may do there, where Discord says so (resolved data): the person and the bot.
    std::optional<discord::permissions> permissions;
    std::optional<discord::permissions> app_permissions;

    bool obfuscated() const { return (flags & channel_flags::obfuscated) != 0; }
};

channel parse_channel(json::value from);
overwrite parse_overwrite(json::value from);

} // namespace vagrolant::discord
