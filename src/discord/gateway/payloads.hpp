#pragma once

#include "discord/gateway/protocol.hpp"
#include "discord/model/ids.hpp"
#include "json/writer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The messages a client sends (Discord Docs/Gateway Events, "Send Events"), as JSON text.
namespace vagrolant::discord::gateway {

struct identify {
    std::string token;
    std::uint32_t intents = 0;
    std::uint32_t shard = 0;
    std::uint32_t shard_count = 1;
    /// 50 to 250: from so many members on, offline ones are left out of GUILD_CREATE.
    std::uint32_t large_threshold = 50;
    /// As in `presence_update`.
    std::optional<json::object> presence;
};

/// op 4. No channel: leave.
struct voice_state_update {
    guild_id guild;
    std::optional<channel_id> channel;
    bool self_mute = false;
    bool self_deaf = false;
};

/// op 8: by name (`query`; "" with limit 0 is everybody) or, where `users` are given, by id (at most 100).
struct request_guild_members {
    guild_id guild;
    std::string query;
    std::uint32_t limit = 0;
    std::vector<user_id> users;
    bool presences = false;
    /// At most 32 bytes, or Discord drops it.
    std::string nonce;
};

/// op 43: the status of each of its voice channels, and where somebody is connected; the answer is
/// `events::channel_info`.
struct request_channel_info {
    guild_id guild;
};

std::string heartbeat_payload(std::optional<std::uint64_t> sequence);
std::string identify_payload(const identify& what);
std::string resume_payload(std::string_view token, const resume_point& from);
/// op 3. `presence`: since, activities, status, afk.
std::string presence_payload(const json::object& presence);
std::string voice_state_payload(const voice_state_update& what);
std::string request_members_payload(const request_guild_members& what);
std::string request_channel_info_payload(const request_channel_info& what);

} // namespace vagrolant::discord::gateway
