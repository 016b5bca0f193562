#pragma once

#include "async/event.hpp"
#include "async/task_group.hpp"
#include "bot/actions.hpp"
#include "bot/command_queue/queue.hpp"
#include "bot/command_queue/retention.hpp"
#include "bot/config.hpp"
#include "bot/feature.hpp"
#include "bot/replies.hpp"
#include "bot/session_store.hpp"
#include "db/session.hpp"
#include "discord/interactions/router.hpp"
#include "discord/rest/interactions.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <vector>

namespace vagrolant::bot {

/// Discord refuses the bot for good: `what()` says what to change and where.
class refused_for_good : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The bot from start to stop. Loop thread only.
class application {
public:
    /// `config` and `features` outlive the application.
    application(const asio::any_io_executor& loop, const bot::config& config, const registry& features);

    /// Starts, serves until `request_stop`, shuts down: when it returns or throws, nothing runs any more.
    ///
    /// Throws `refused_for_good` (bad token, disallowed intents…), `db::misconfigured`, and whatever else
    /// makes going on impossible.
    awaitable<void> run();

    /// Asks `run` to end: what is under way has ten seconds, and the gateway session stays resumable.
    void request_stop();

private:
    awaitable<void> start();
    awaitable<void> start_database();
    awaitable<void> introduce();
    awaitable<void> take_sessions(std::uint32_t shard_count, std::vector<std::uint32_t> shards);
    db::session* session_at_hand();
    void connect_features();
    awaitable<void> register_commands();
    awaitable<void> go_online();
    awaitable<void> keep_gateway();
    awaitable<void> shut_down();
    awaitable<void> save_sessions(std::chrono::steady_clock::duration limit);

    // In the order in which they depend on each other.
    asio::any_io_executor loop_;
    const bot::config& config_;
    const registry& features_;
    const std::chrono::steady_clock::time_point started_at_ = std::chrono::steady_clock::now();

    discord::net::tls_trust trust_;
    db::pool database_;
    db::session listener_;
    guild_settings_store settings_;
    session_store sessions_;

    task_group rest_tasks_;
    discord::rest_client rest_;
    discord::rest_responder responder_;
    discord::dispatcher events_;
    discord::cache cache_;

    // Features' work and interactions; the queue; the gateway.
    task_group tasks_;
    task_group queue_tasks_;
    task_group gateway_tasks_;

    replies words_;
    discord::interactions::router router_;

    discord::application_id application_;
    saved_sessions saved_;
    std::optional<discord::gateway::gateway_client> gateway_;
    std::optional<services> services_;
    std::optional<action_executor> executor_;
    std::optional<command_queue> queue_;
    retention retention_;

    event changed_;
    asio::cancellation_signal starting_;
    bool stop_requested_ = false;
    bool gateway_ended_ = false;
    std::exception_ptr gateway_failure_;
};

} // namespace vagrolant::bot
