#pragma once

#include "async/asio.hpp"
#include "db/pool.hpp"
#include "features/moderation/lock_rules.hpp"

#include <optional>
#include <unordered_set>

namespace vagrolant::moderation {

/// What locks found, in PostgreSQL. Its methods throw the database's errors.
///
/// Channels are deleted all the time (the rooms of voice hubs), and hardly one of them is locked: which may
/// be is known here, so that the others cost no query. What another process locks after `load`, as may happen
/// while one takes a guild over from the other, is not: deleted, such a channel leaves a row behind, which
/// nobody ever reads again, as its id is not given to another channel. Nothing else relies on it: `find` asks
/// the database.
class lock_store {
public:
    explicit lock_store(db::pool& database)
        : database_(database) {}

    /// Learns which channels are locked; until then any of them may be.
    awaitable<void> load();

    /// False where there is nothing to forget.
    bool may_have(discord::channel_id channel) const { return !loaded_ || locked_.contains(channel); }

    awaitable<std::optional<lock_memory>> find(discord::channel_id channel);
    /// Replaces what was kept.
    awaitable<void> save(discord::guild_id guild, discord::channel_id channel, lock_memory memory);
    awaitable<void> forget(discord::channel_id channel);

private:
    db::pool& database_;
    /// And those that somebody has looked at: he may be about to lock them.
    std::unordered_set<discord::channel_id> locked_;
    bool loaded_ = false;
};

} // namespace vagrolant::moderation
