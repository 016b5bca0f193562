#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

/// Names of Discord's gateway protocol, version 10 (Discord Docs/Gateway, /Opcodes and Status Codes).
namespace vagrolant::discord::gateway {

using clock = std::chrono::steady_clock;

enum class opcode : std::uint8_t {
    dispatch = 0,
    heartbeat = 1,
    identify = 2,
    presence_update = 3,
    voice_state_update = 4,
    resume = 6,
    reconnect = 7,
    request_guild_members = 8,
    invalid_session = 9,
    hello = 10,
    heartbeat_ack = 11,
    request_channel_info = 43,
};

/// Bits of the identify payload's `intents`.
namespace intent {
inline constexpr std::uint32_t guilds = 1U << 0U;
inline constexpr std::uint32_t guild_members = 1U << 1U;
inline constexpr std::uint32_t guild_moderation = 1U << 2U;
inline constexpr std::uint32_t guild_expressions = 1U << 3U;
inline constexpr std::uint32_t guild_integrations = 1U << 4U;
inline constexpr std::uint32_t guild_webhooks = 1U << 5U;
inline constexpr std::uint32_t guild_invites = 1U << 6U;
inline constexpr std::uint32_t guild_voice_states = 1U << 7U;
inline constexpr std::uint32_t guild_presences = 1U << 8U;
inline constexpr std::uint32_t guild_messages = 1U << 9U;
inline constexpr std::uint32_t guild_message_reactions = 1U << 10U;
inline constexpr std::uint32_t guild_message_typing = 1U << 11U;
inline constexpr std::uint32_t direct_messages = 1U << 12U;
inline constexpr std::uint32_t direct_message_reactions = 1U << 13U;
inline constexpr std::uint32_t direct_message_typing = 1U << 14U;
inline constexpr std::uint32_t message_content = 1U << 15U;
inline constexpr std::uint32_t guild_scheduled_events = 1U << 16U;

/// Those that must also be switched on for the application, with the names the developer portal gives them.
inline constexpr std::array<std::pair<std::uint32_t, std::string_view>, 3> privileged{{
    {guild_members, "Server Members Intent"},
    {guild_presences, "Presence Intent"},
    {message_content, "Message Content Intent"},
}};
} // namespace intent

/// Larger payloads make Discord close with 4002.
inline constexpr std::size_t max_payload_bytes = 4096;

/// What is needed to take up a session where it was left (op 6).
struct resume_point {
    std::uint32_t shard = 0;
    std::uint32_t shard_count = 1;
    std::string session_id;
    std::uint64_t sequence = 0;
    /// `resume_gateway_url` of READY.
    std::string url;

    friend bool operator==(const resume_point&, const resume_point&) = default;
};

} // namespace vagrolant::discord::gateway
