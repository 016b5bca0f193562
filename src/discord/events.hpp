#pragma once

#include "discord/model/channel.hpp"
#include "discord/model/guild.hpp"
#include "discord/model/interaction.hpp"
#include "discord/model/member.hpp"
#include "discord/model/role.hpp"
#include "discord/model/user.hpp"
#include "discord/model/voice_state.hpp"
#include "json/reader.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What comes through the gateway, typed. (Discord Docs/Gateway Events)
///
/// Lifetime: `string_view`s and `span`s point into the frame or into buffers of the dispatcher; they are gone
/// when the subscriber returns. Events are delivered at least once, so handlers must bear repetition.
namespace vagrolant::discord::events {

struct ready {
    static constexpr std::string_view name = "READY";
    std::uint32_t shard = 0;
    /// As many as the session was identified with.
    std::uint32_t shard_count = 1;
    discord::user user;
    application_id application;
    /// Guilds of this shard; each follows as GUILD_CREATE.
    std::vector<guild_id> guilds;
};

struct resumed {
    static constexpr std::string_view name = "RESUMED";
    std::uint32_t shard = 0;
};

/// Somebody of a guild and what he plays.
struct playing {
    user_id user;
    std::string game;
};

/// A guild became known after READY, came back after an outage, or was joined: `cache` tells which
/// (`guild_arrival`). With `guild.unavailable` the rest is empty.
struct guild_create {
    static constexpr std::string_view name = "GUILD_CREATE";
    discord::guild guild;
    std::vector<channel> channels;
    std::vector<voice_state> voice_states;
    /// As many as Discord sends: at least the bot and who sits in voice channels.
    std::vector<member> members;
    /// Of those that Discord tells of (with the intent for presences), who plays something.
    std::vector<playing> players;
};

struct guild_update {
    static constexpr std::string_view name = "GUILD_UPDATE";
    discord::guild guild;
};

struct guild_delete {
    static constexpr std::string_view name = "GUILD_DELETE";
    guild_id guild;
    /// An outage; otherwise the bot is no longer in the guild.
    bool unavailable = false;
};

struct guild_role_create {
    static constexpr std::string_view name = "GUILD_ROLE_CREATE";
    guild_id guild;
    discord::role role;
};

struct guild_role_update {
    static constexpr std::string_view name = "GUILD_ROLE_UPDATE";
    guild_id guild;
    discord::role role;
};

struct guild_role_delete {
    static constexpr std::string_view name = "GUILD_ROLE_DELETE";
    guild_id guild;
    role_id role;
};

struct channel_create {
    static constexpr std::string_view name = "CHANNEL_CREATE";
    discord::channel channel;
};

struct channel_update {
    static constexpr std::string_view name = "CHANNEL_UPDATE";
    discord::channel channel;
};

struct channel_delete {
    static constexpr std::string_view name = "CHANNEL_DELETE";
    discord::channel channel;
};

struct voice_state_update {
    static constexpr std::string_view name = "VOICE_STATE_UPDATE";
    guild_id guild;
    /// None: the member left voice.
    channel_id channel;
    user_id user;
    bool bot = false;
    std::string_view session_id;
    std::string_view username;
    std::string_view global_name;
    std::string_view nick;
    /// Without @everyone.
    std::span<const role_id> roles;
    bool deaf = false;
    bool mute = false;
    bool self_deaf = false;
    bool self_mute = false;
    bool self_stream = false;
    bool self_video = false;
    bool suppress = false;
};

struct voice_server_update {
    static constexpr std::string_view name = "VOICE_SERVER_UPDATE";
    guild_id guild;
    /// A secret.
    std::string_view token;
    /// Host and port; empty when the server went away.
    std::string_view endpoint;
};

struct guild_member_add {
    static constexpr std::string_view name = "GUILD_MEMBER_ADD";
    guild_id guild;
    discord::member member;
};

struct guild_member_update {
    static constexpr std::string_view name = "GUILD_MEMBER_UPDATE";
    guild_id guild;
    user_id user;
    bool bot = false;
    std::string_view username;
    std::string_view global_name;
    std::string_view user_avatar;
    std::string_view nick;
    std::string_view avatar;
    std::span<const role_id> roles;
    std::optional<timestamp> joined_at;
    std::optional<timestamp> premium_since;
    std::optional<timestamp> communication_disabled_until;
    bool pending = false;
};

struct guild_member_remove {
    static constexpr std::string_view name = "GUILD_MEMBER_REMOVE";
    guild_id guild;
    discord::user user;
};

struct guild_members_chunk {
    static constexpr std::string_view name = "GUILD_MEMBERS_CHUNK";
    guild_id guild;
    std::vector<member> members;
    /// Where presences were asked for: who of them plays something.
    std::vector<playing> players;
    bool with_presences = false;
    int chunk_index = 0;
    int chunk_count = 1;
    std::string nonce;
};

/// Needs the intent for presences, which is privileged. Of a presence nothing but the game is read.
struct presence_update {
    static constexpr std::string_view name = "PRESENCE_UPDATE";
    guild_id guild;
    user_id user;
    /// The name of the first activity of type 0 ("Playing"); empty when there is none.
    std::string_view game;
};

/// What stands below a voice channel's name; it is no part of the channel.
struct voice_channel_status_update {
    static constexpr std::string_view name = "VOICE_CHANNEL_STATUS_UPDATE";
    guild_id guild;
    channel_id channel;
    /// Empty: none.
    std::string_view status;
};

/// Answers `gateway::request_channel_info`.
struct channel_info {
    static constexpr std::string_view name = "CHANNEL_INFO";
    struct entry {
        channel_id channel;
        std::string status;
        /// Somebody is connected.
        bool in_use = false;
    };
    guild_id guild;
    /// Those that are not among them have no status, and nobody is connected there.
    std::vector<entry> channels;
};

struct message_create {
    static constexpr std::string_view name = "MESSAGE_CREATE";
    message_id message;
    channel_id channel;
    /// None in direct messages.
    guild_id guild;
    user_id author;
    bool author_is_bot = false;
    /// Set when a webhook wrote it; `author` is then no user.
    std::uint64_t webhook = 0;
    std::string_view author_name;
    /// Empty without the message content intent, unless the message concerns the bot.
    std::string_view content;
    int type = 0;
    std::uint64_t flags = 0;
    /// Of the author in the guild.
    std::span<const role_id> author_roles;
    std::size_t attachments = 0;
    std::string_view nonce;
};

struct message_update {
    static constexpr std::string_view name = "MESSAGE_UPDATE";
    message_id message;
    channel_id channel;
    guild_id guild;
    user_id author;
    bool author_is_bot = false;
    std::string_view content;
};

struct message_delete {
    static constexpr std::string_view name = "MESSAGE_DELETE";
    message_id message;
    channel_id channel;
    guild_id guild;
};

struct message_delete_bulk {
    static constexpr std::string_view name = "MESSAGE_DELETE_BULK";
    std::vector<message_id> messages;
    channel_id channel;
    guild_id guild;
};

struct typing_start {
    static constexpr std::string_view name = "TYPING_START";
    channel_id channel;
    guild_id guild;
    user_id user;
};

struct interaction_create {
    static constexpr std::string_view name = "INTERACTION_CREATE";
    discord::interaction interaction;
};

struct user_update {
    static constexpr std::string_view name = "USER_UPDATE";
    discord::user user;
};

/// The answer to a request on the gateway that came too often.
struct rate_limited {
    static constexpr std::string_view name = "RATE_LIMITED";
    int opcode = 0;
    double retry_after_seconds = 0;
    guild_id guild;
    std::string nonce;
};

} // namespace vagrolant::discord::events
