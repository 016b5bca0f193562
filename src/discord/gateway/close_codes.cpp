#include "discord/gateway/close_codes.hpp"

#include "discord/gateway/protocol.hpp"

namespace vagrolant::discord::gateway {

close_verdict judge_close(std::optional<std::uint16_t> code) {
    if (!code)
        return {recovery::resume, "connection lost"};
    switch (*code) {
    case 1000:
        return {recovery::resume, "closed"};
    case 1001:
        return {recovery::resume, "going away"};
    case 1002:
        return {recovery::resume, "WebSocket protocol error"};
    case 1009:
        return {recovery::resume, "message too big"};
    case 4000:
        return {recovery::resume, "unknown error"};
    case 4001:
        return {recovery::resume, "unknown opcode"};
    case 4002:
        return {recovery::resume, "payload not understood or too large"};
    // The page says "reconnect"; that a new session is needed follows from its text.
    case 4003:
        return {recovery::identify, "not authenticated"};
    case 4004:
        return {recovery::fatal, "authentication failed"};
    case 4005:
        return {recovery::resume, "already authenticated"};
    case 4007:
        return {recovery::identify, "invalid sequence"};
    case 4008:
        return {recovery::resume, "rate limited"};
    case 4009:
        return {recovery::identify, "session timed out"};
    case 4010:
        return {recovery::fatal, "invalid shard"};
    case 4011:
        return {recovery::fatal, "sharding required"};
    case 4012:
        return {recovery::fatal, "invalid API version"};
    case 4013:
        return {recovery::fatal, "invalid intents"};
    case 4014:
        return {recovery::fatal, "disallowed intents"};
    default:
        return {recovery::resume, "closed by the server"};
    }
}

std::string remedy(std::uint16_t code, std::uint32_t intents) {
    switch (code) {
    case 4004:
        return "Discord refuses the bot token. Set BOT_TOKEN to the token of your application: "
               "https://discord.com/developers/applications, your application, page \"Bot\", \"Reset "
               "Token\".";
    case 4010:
        return "Discord refuses the shard's number. Set SHARD_COUNT to 0, so that Discord says how many "
               "shards "
               "there are.";
    case 4011:
        return "The bot is in too many servers for this number of shards. Set SHARD_COUNT to 0 (ask Discord) "
               "or "
               "higher.";
    case 4012:
        return "Discord no longer speaks version 10 of its gateway. Install a newer version of this program.";
    case 4013:
        return "Discord does not know the intents asked for (" + std::to_string(intents) +
               "). Install a newer version of this program.";
    case 4014: {
        std::string wanted;
        for (const auto& [bit, name] : intent::privileged) {
            if ((intents & bit) == 0)
                continue;
            if (!wanted.empty())
                wanted += ", ";
            wanted += name;
        }
        if (wanted.empty())
            wanted = "the intents asked for (" + std::to_string(intents) + ")";
        return "Discord does not allow this application: " + wanted +
               ". Switch it on at https://discord.com/developers/applications, your application, page "
               "\"Bot\", "
               "\"Privileged Gateway Intents\".";
    }
    default:
        return "Discord closed the connection for good (code " + std::to_string(code) + ").";
    }
}

} // namespace vagrolant::discord::gateway
