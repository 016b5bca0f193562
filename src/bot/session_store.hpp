#pragma once

#include "async/asio.hpp"
#include "db/pool.hpp"
#include "discord/gateway/protocol.hpp"
#include "discord/model/ids.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vagrolant::bot {

/// The gateway sessions of a process that stopped, for the next one to resume.
struct saved_sessions {
    std::vector<discord::gateway::resume_point> shards;
    /// `discord::cache::snapshot()`: Discord does not tell the guilds again to who resumes.
    std::string cache;
};

class session_store {
public:
    /// Discord keeps a lost session for a few minutes; an older one is not worth trying.
    static constexpr std::chrono::seconds resumable_for{180};

    explicit session_store(db::pool& database)
        : database_(database) {}

    /// Replaces what was kept of these shards, all those of the process. Throws the database's errors.
    awaitable<void> save(discord::application_id application, std::vector<std::uint32_t> shards,
                         saved_sessions sessions);

    /// Takes out what was kept of these shards, so that no second process resumes the same sessions; what
    /// processes with other shards keep stays. nullopt when there is nothing, when it is too old, of another
    /// number of shards, or of a process that ran others beside them.
    /// Throws the database's errors.
    awaitable<std::optional<saved_sessions>>
    take(discord::application_id application, std::uint32_t shard_count, std::vector<std::uint32_t> shards);

private:
    db::pool& database_;
};

} // namespace vagrolant::bot
