#pragma once

#include "async/asio.hpp"
#include "db/pool.hpp"
#include "features/moderation/lock_rules.hpp"

#include <optional>

/// Locked channels in PostgreSQL. Everything throws the database's errors.
namespace vagrolant::moderation {

awaitable<std::optional<lock_memory>> find_lock(db::pool& database, discord::channel_id channel);
/// Replaces what was kept.
awaitable<void> save_lock(db::pool& database, discord::guild_id guild, discord::channel_id channel,
                          lock_memory memory);
awaitable<void> forget_lock(db::pool& database, discord::channel_id channel);

} // namespace vagrolant::moderation
