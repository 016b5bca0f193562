#pragma once

#include "async/event.hpp"
#include "async/task_group.hpp"
#include "discord/gateway/options.hpp"
#include "discord/gateway/payloads.hpp"
#include "discord/gateway/shard.hpp"

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <vector>

namespace vagrolant::discord::gateway {

/// The shards of the process. Loop thread only. A service: `run` once, stopped by `close` or by cancellation.
class gateway_client {
public:
    /// `trust` and `sink` outlive the client.
    gateway_client(const asio::any_io_executor& executor, const net::tls_trust& trust, event_sink& sink,
                   gateway_options options);

    /// Keeps every shard connected until `close`. Throws `fatal_close` when Discord refuses for good.
    awaitable<void> run();

    /// Ends every connection; `run` then returns within a few seconds. `resumable` leaves the sessions to the
    /// next process (`resume_points`); otherwise Discord shows the bot as offline at once. Safe to call
    /// again.
    void close(bool resumable);

    /// Where each shard's session stands; to be kept when the process ends.
    std::vector<resume_point> resume_points() const;

    /// Of the last heartbeat, or of the handshake before the first is answered; none before that, or for a
    /// shard of another process.
    std::optional<clock::duration> latency(std::uint32_t shard) const;

    /// True when every shard of the process is.
    bool ready() const;
    /// True when the guild's shard runs in this process and is.
    bool ready(guild_id guild) const;

    /// Has the guild's shard, where it runs in this process and is ready, begin a new session: Discord tells
    /// everything anew. Costs one of the identifies of the day.
    void renew(guild_id guild);

    /// Of all processes together.
    std::uint32_t shard_count() const { return options_.shard_count; }
    /// Those that run here.
    const std::vector<std::uint32_t>& shards() const { return options_.shards; }
    /// (Discord Docs/Gateway, "Sharding")
    std::uint32_t shard_of(guild_id guild) const;

    send_result send(const voice_state_update& what);
    send_result send(const request_guild_members& what);
    send_result send(const request_channel_info& what);
    /// To every shard of the process; the worst result.
    send_result send_presence(const json::object& presence);

private:
    awaitable<void> run_shard(shard& which);
    shard* find(std::uint32_t id) const;
    send_result send_to(guild_id guild, std::string payload);

    gateway_options options_;
    identify_gate gate_;
    std::mt19937_64 random_;
    // In the order of options_.shards.
    std::vector<std::unique_ptr<shard>> shards_;
    task_group tasks_;
    event closing_changed_;
    bool closing_ = false;
    std::exception_ptr fatal_;
};

} // namespace vagrolant::discord::gateway
