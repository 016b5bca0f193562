#include "discord/gateway/payloads.hpp"

namespace vagrolant::discord::gateway {

namespace {

std::string payload(opcode op, json::any data) {
    json::object message;
    message["op"] = static_cast<std::uint32_t>(op);
    message["d"] = std::move(data);
    return json::serialize(message);
}

} // namespace

std::string heartbeat_payload(std::optional<std::uint64_t> sequence) {
    return payload(opcode::heartbeat, sequence ? json::any(*sequence) : json::any(nullptr));
}

std::string identify_payload(const identify& what) {
    json::object data;
    data["token"] = what.token;
    data["intents"] = what.intents;
    data["properties"] = json::object{{"os", "linux"}, {"browser", "vagrolant"}, {"device", "vagrolant"}};
    data["shard"] = json::array{what.shard, what.shard_count};
    data["large_threshold"] = what.large_threshold;
    if (what.presence)
        data["presence"] = *what.presence;
    return payload(opcode::identify, std::move(data));
}

std::string resume_payload(std::string_view token, const resume_point& from) {
    json::object data;
    data["token"] = token;
    data["session_id"] = from.session_id;
    data["seq"] = from.sequence;
    return payload(opcode::resume, std::move(data));
}

std::string presence_payload(const json::object& presence) {
    return payload(opcode::presence_update, presence);
}

std::string voice_state_payload(const voice_state_update& what) {
    json::object data;
    data["guild_id"] = json::id(what.guild);
    data["channel_id"] = what.channel ? json::id(*what.channel) : json::any(nullptr);
    data["self_mute"] = what.self_mute;
    data["self_deaf"] = what.self_deaf;
    return payload(opcode::voice_state_update, std::move(data));
}

std::string request_members_payload(const request_guild_members& what) {
    json::object data;
    data["guild_id"] = json::id(what.guild);
    if (what.users.empty()) {
        data["query"] = what.query;
        data["limit"] = what.limit;
    } else {
        json::array ids;
        for (const auto user : what.users)
            ids.push_back(json::id(user));
        data["user_ids"] = std::move(ids);
        data["limit"] = what.users.size();
    }
    data["presences"] = what.presences;
    if (!what.nonce.empty())
        data["nonce"] = what.nonce;
    return payload(opcode::request_guild_members, std::move(data));
}

std::string request_channel_info_payload(const request_channel_info& what) {
    json::object data;
    data["guild_id"] = json::id(what.guild);
    data["fields"] = json::array{"status", "voice_start_time"};
    return payload(opcode::request_channel_info, std::move(data));
}

} // namespace vagrolant::discord::gateway
