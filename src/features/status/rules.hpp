#pragma once

#include "base/localized.hpp"
#include "discord/model/message_create.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace vagrolant::status {

using latency = std::optional<std::chrono::steady_clock::duration>;

/// What /ping reports; a latency that is not known, or a part that does not answer, is nullopt.
struct readings {
    latency gateway;
    latency rest;
    latency database;
    std::chrono::steady_clock::duration uptime{};
    std::string version;
    std::uint32_t shard = 0;
    std::uint32_t shard_count = 1;
};

/// "12 ms", "1.4 s".
std::string format_latency(std::chrono::steady_clock::duration time, locale language);

/// The two largest units: "3 d 4 h", "5 min 2 s".
std::string format_uptime(std::chrono::steady_clock::duration time, locale language);

/// The answer to /ping, for the person alone.
discord::message_create report(const readings& now, locale language);

} // namespace vagrolant::status
