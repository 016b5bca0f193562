#pragma once

#include "async/asio.hpp"
#include "bot/refusal.hpp"
#include "discord/model/channel.hpp"
#include "discord/model/ids.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <expected>
#include <optional>

/// Channels that the cache does not know (threads), asked of Discord.
namespace vagrolant::bot {

struct services;

/// What Discord has lately refused to tell: who asks for channels at random must not use up the refusals
/// after which Discord shuts the whole bot out (10,000 in 10 minutes, Discord Docs/Rate Limits "Invalid
/// Request Limit"). Pure.
class refused_lookups {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// What is remembered, and for how long.
    static constexpr std::chrono::minutes window{1};
    static constexpr std::size_t per_guild = 10;
    static constexpr std::size_t of_all = 300;

    /// Why the channel is not to be asked for on the guild's behalf: what Discord has just said of it, or
    /// `rate_limited`; nullopt when it may be.
    std::optional<refusal> objection(discord::guild_id guild, discord::channel_id channel, time_point now);

    void note(discord::guild_id guild, discord::channel_id channel, refusal why, time_point now);

private:
    struct entry {
        time_point at;
        discord::guild_id guild;
        discord::channel_id channel;
        refusal why;
    };
    std::deque<entry> entries_;
};

refusal unknown_channel();

/// The guild's channel or thread as Discord tells it. Refuses what is not the guild's (`unknown_channel`) or
/// not to be seen (`missing_permissions`), and what is asked for too often in vain (`rate_limited`); throws
/// Discord's other failures.
awaitable<std::expected<discord::channel, refusal>> look_up_channel(services& with, discord::guild_id guild,
                                                                    discord::channel_id id);

} // namespace vagrolant::bot
