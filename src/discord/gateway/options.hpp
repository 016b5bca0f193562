#pragma once

#include "discord/gateway/identify_gate.hpp"
#include "discord/gateway/inflate.hpp"
#include "discord/gateway/protocol.hpp"
#include "json/writer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vagrolant::discord::gateway {

struct gateway_options {
    std::string token;
    std::uint32_t intents = 0;
    /// `url` and `shards` of GET /gateway/bot (or SHARD_COUNT), and its start limit.
    std::string url;
    std::uint32_t shard_count = 1;
    /// Those of them that this process runs, each below `shard_count`; empty for all.
    std::vector<std::uint32_t> shards;
    session_start_limit start_limit;
    /// What the process before left; a point of another shard count is not used.
    std::vector<resume_point> resume_points;
    /// zlib-stream is fallen back to when zstd-stream turns out not to work, then none.
    gateway::compression compression = gateway::compression::zstd_stream;
    std::uint32_t large_threshold = 50;
    std::optional<json::object> presence;
    /// The largest message taken, inflated.
    std::size_t max_message = std::size_t{16} * 1024 * 1024;
};

/// What became of a command.
enum class send_result : std::uint8_t {
    /// Goes out as soon as the shard is ready and the send limit allows.
    queued,
    /// Over 4096 bytes.
    too_large,
    /// Too many wait already.
    full,
    /// The guild's shard does not run in this process.
    no_such_shard,
};

} // namespace vagrolant::discord::gateway
