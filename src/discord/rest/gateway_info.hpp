#pragma once

#include "discord/rest/client.hpp"

#include <chrono>
#include <string>

namespace vagrolant::discord {

/// Where the gateway is, and how many sessions may begin. (Discord Docs/Gateway "Get Gateway Bot")
struct gateway_info {
    std::string url;
    /// Shards that Discord recommends.
    int shards = 1;
    int identifies_total = 0;
    int identifies_remaining = 0;
    std::chrono::milliseconds identifies_reset_after{};
    /// Identifies at the same time, every five seconds.
    int max_concurrency = 1;
};

/// Throws what `rest_client::call` and `rest_response::read` throw, as all functions of this folder.
awaitable<gateway_info> get_gateway_info(rest_client& client);

} // namespace vagrolant::discord
