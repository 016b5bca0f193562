#pragma once

#include "bot/refusal.hpp"
#include "bot/warning.hpp"
#include "discord/model/channel.hpp"

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vagrolant::moderation {

/// What an overwrite says of some permissions: each is allowed, denied, or left to the roles.
struct stance {
    /// The channel has such an overwrite, be it an empty one.
    bool exists = false;
    discord::permissions allow;
    discord::permissions deny;

    friend bool operator==(const stance&, const stance&) = default;
};

/// What a lock found of the permissions that it touched.
struct remembered {
    discord::permissions touched;
    stance before;

    friend bool operator==(const remembered&, const remembered&) = default;
};

/// What an unlock puts back.
struct lock_memory {
    remembered everyone;
    remembered own;

    friend bool operator==(const lock_memory&, const lock_memory&) = default;
};

/// A channel and who the bot is there.
struct lock_scene {
    discord::guild_id guild;
    discord::channel_type type = discord::channel_type::text;
    std::string name;
    std::span<const discord::overwrite> overwrites;
    discord::permission_subject self;
    /// What the bot may do in the guild.
    discord::permissions base;
    /// What it may do in the category; in the guild, where the channel is in none.
    discord::permissions around;
};

/// One overwrite as it is to become: put where it is set, removed where it is not.
struct overwrite_change {
    std::uint64_t id = 0;
    std::optional<discord::overwrite> to;

    friend bool operator==(const overwrite_change&, const overwrite_change&) = default;
};

struct lock_plan {
    /// To be kept before anything is changed.
    lock_memory memory;
    /// In order; none where nothing has to change.
    std::vector<overwrite_change> changes;
    std::vector<bot::warning> warnings;
};

/// The permissions that a lock takes from @everyone: writing, and in text channels and forums what has to do
/// with threads. Nothing for channels that cannot be locked so.
discord::permissions lockable(discord::channel_type type);

/// What a lock changes. The bot gives itself first what it would lose, then @everyone is denied. What it does
/// not hold it can neither give nor deny: refused when it is SEND_MESSAGES, else a warning. (Discord
/// Docs/Channel "Edit Channel Permissions")
///
/// `memory`: of an earlier lock that was not undone. It stays, but for permissions that somebody has changed
/// since: there the latest wish counts as what was before.
std::expected<lock_plan, bot::refusal> plan_lock(const lock_scene& where,
                                                 const std::optional<lock_memory>& memory);

struct unlock_plan {
    /// In order: @everyone, then the bot itself.
    std::vector<overwrite_change> changes;
    std::vector<bot::warning> warnings;
};

/// What undoes the lock: each permission gets back what it was, unless somebody has changed it since, whose
/// wish then stands. An overwrite that the lock made and that has become empty goes.
///
/// Without a memory only what keeps @everyone from writing goes, with a warning.
std::expected<unlock_plan, bot::refusal> plan_unlock(const lock_scene& where,
                                                     const std::optional<lock_memory>& memory);

} // namespace vagrolant::moderation
