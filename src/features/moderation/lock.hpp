#pragma once

#include "bot/feature.hpp"

namespace vagrolant::moderation {

struct lock_request {
    discord::channel_id channel;
};

inline constexpr bot::action_terms lock_terms{
    .name = "lock", .lane = "moderation", .needs = discord::permission::manage_channels};
inline constexpr bot::action_terms unlock_terms{
    .name = "unlock", .lane = "moderation", .needs = discord::permission::manage_channels};

/// Reads the payload of `lock` and `unlock`; throws `bot::refused`.
lock_request read_lock(bot::payload& from);

/// Keeps @everyone from writing (a thread is locked as Discord's own clients lock it). Safe to repeat, also
/// after a crash. The result holds `changed`, and `warnings` where it is not quite as asked.
awaitable<bot::action_result> lock(bot::services& with, bot::action_call call, lock_request request);

/// Puts back what `lock` found. The result is as that of `lock`.
awaitable<bot::action_result> unlock(bot::services& with, bot::action_call call, lock_request request);

/// A job: learns which channels are locked.
awaitable<void> load_locks(bot::services& with);

/// A deleted channel needs no memory.
void on_channel_delete(bot::services& with, const discord::events::channel_delete& event);

} // namespace vagrolant::moderation
