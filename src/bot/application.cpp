#include "bot/application.hpp"

#include "async/backoff.hpp"
#include "async/deadline.hpp"
#include "base/log.hpp"
#include "bot/exposure.hpp"
#include "db/migrations.hpp"
#include "discord/interactions/command_set.hpp"
#include "discord/rest/commands.hpp"
#include "discord/rest/gateway_info.hpp"
#include "discord/rest/identity.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <numeric>

namespace vagrolant::bot {

namespace {

using namespace std::chrono_literals;
namespace intent = discord::gateway::intent;

// Ten seconds in all, even when the database hangs: draining, two times giving commands back (1 s each, in
// the queue), a second to save the sessions, and the pool's own one. Saving has what the others leave.
constexpr auto drain_limit = 6s;
constexpr auto saved_after = 8s;
constexpr auto least_to_save = 1s;
constexpr int max_start_attempts = 20;

std::uint32_t intents_of(const config& config) {
    auto wanted = intent::guilds | intent::guild_voice_states;
    if (config.enable_presences)
        wanted |= intent::guild_presences;
    return wanted;
}

discord::gateway::session_start_limit start_limit_of(const discord::gateway_info& info) {
    return {.total = static_cast<std::uint32_t>(std::max(info.identifies_total, 0)),
            .remaining = static_cast<std::uint32_t>(std::max(info.identifies_remaining, 0)),
            .reset_after = info.identifies_reset_after,
            .max_concurrency = static_cast<std::uint32_t>(std::max(info.max_concurrency, 1))};
}

discord::rest_options rest_options_of(const config& config) {
    return {.base_url = config.discord_api_url,
            .token = config.bot_token,
            .user_agent = "DiscordBot (https://github.com/vagrolant/vagrolant, " VAGROLANT_VERSION ")",
            // As many as the global limit can need while answers take a second, within reason.
            .max_connections = std::clamp(config.requests_per_second, 64U, 256U),
            .requests_per_second = config.requests_per_second};
}

std::vector<std::uint32_t> own_shards(const config& config, std::uint32_t shard_count) {
    if (!config.shards.empty())
        return config.shards;
    std::vector<std::uint32_t> all(shard_count);
    std::iota(all.begin(), all.end(), 0U);
    return all;
}

// nullopt for all, whose guilds need not be told from others'.
std::optional<shard_choice> shards_of(const config& config) {
    if (config.shards.empty())
        return std::nullopt;
    return shard_choice{.count = static_cast<int>(config.shard_count.value_or(1)),
                        .shards = {config.shards.begin(), config.shards.end()}};
}

// Whether trying again can help; throws `refused_for_good` when Discord does not know the token.
bool is_passing(const std::exception& failure) {
    if (const auto* rest = dynamic_cast<const discord::rest_error*>(&failure)) {
        if (rest->status() == 401) {
            throw refused_for_good(
                "Discord does not accept BOT_TOKEN. Take a new one in the developer portal "
                "(https://discord.com/developers/applications, your application, Bot, Reset "
                "Token) and set BOT_TOKEN to it.");
        }
        return rest->status() >= 500;
    }
    return dynamic_cast<const discord::net::network_error*>(&failure) != nullptr ||
           dynamic_cast<const discord::rate_limited*>(&failure) != nullptr ||
           dynamic_cast<const discord::malformed_answer*>(&failure) != nullptr ||
           dynamic_cast<const deadline_exceeded*>(&failure) != nullptr;
}

// Awaits `attempt()` until it succeeds, with pauses from 1 s to 30 s; a passing failure of Discord's must not
// end a process that is only just starting.
template <class Attempt>
auto keep_trying(std::string_view what, Attempt attempt) -> decltype(attempt()) {
    backoff pause(1s, 30s);
    for (int tries = 1;; ++tries) {
        try {
            co_return co_await attempt();
        } catch (const std::exception& failure) {
            if (!is_passing(failure) || tries == max_start_attempts)
                throw;
            log::warning("discord does not answer",
                         {{"step", what}, {"attempt", tries}, {"error", failure.what()}});
        }
        co_await sleep_for(pause.next());
    }
}

} // namespace

application::application(const asio::any_io_executor& loop, const bot::config& config,
                         const registry& features)
    : loop_(loop)
    , config_(config)
    , features_(features)
    , trust_(config.discord_ca_file)
    , database_(loop, {.url = config.database_url})
    , listener_(loop, {.url = config.database_url, .reach = database_.reach()})
    , settings_(database_, {.language = config.language, .time_zone = config.time_zone})
    , sessions_(database_)
    , rest_tasks_(loop)
    , rest_(loop, rest_tasks_, trust_, rest_options_of(config))
    , responder_(rest_)
    , cache_(events_)
    , tasks_(loop)
    , queue_tasks_(loop)
    , gateway_tasks_(loop)
    , words_(config.language)
    , router_(tasks_, responder_, words_)
    , retention_(database_, retention_options_of(config))
    , changed_(loop) {}

void application::request_stop() {
    stop_requested_ = true;
    starting_.emit(asio::cancellation_type::terminal);
    changed_.notify_all();
}

awaitable<void> application::run() {
    std::exception_ptr failure;
    try {
        co_await asio::co_spawn(loop_, start(),
                                asio::bind_cancellation_slot(starting_.slot(), asio::use_awaitable));
        while (!stop_requested_ && !gateway_ended_)
            co_await changed_.wait();
    } catch (...) {
        failure = std::current_exception();
    }
    co_await shut_down();
    if (gateway_failure_)
        std::rethrow_exception(gateway_failure_);
    if (failure && !stop_requested_)
        std::rethrow_exception(failure);
}

awaitable<void> application::start() {
    co_await start_database();
    co_await introduce();
    connect_features();
    co_await register_commands();
    co_await go_online();
    log::info(
        "ready",
        {{"guilds", cache_.guild_count()},
         {"shards", gateway_->shards().size()},
         {"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - started_at_).count()}});
}

awaitable<void> application::start_database() {
    co_await database_.wait_until_ready();
    co_await db::migrate(database_);
    if (co_await may_write_commands(database_, anonymous_role)) {
        log::warning(
            "everybody may write commands",
            {{"role", anonymous_role}, {"missing", "row-level security"}, {"see", "docs/supabase.md"}});
    }
}

awaitable<void> application::introduce() {
    const auto self =
        co_await keep_trying("application", [this] { return discord::get_current_application(rest_); });
    const auto info =
        co_await keep_trying("gateway address", [this] { return discord::get_gateway_info(rest_); });
    application_ = self.id;
    const auto shard_count =
        config_.shard_count.value_or(static_cast<std::uint32_t>(std::max(info.shards, 1)));
    const auto shards = own_shards(config_, shard_count);
    log::info(
        "discord answers",
        {{"application", self.id}, {"name", self.name}, {"shards", shard_count}, {"own", shards.size()}});
    co_await take_sessions(shard_count, shards);
    discord::gateway::gateway_options options{.token = config_.bot_token,
                                              .intents = intents_of(config_),
                                              .url = info.url,
                                              .shard_count = shard_count,
                                              .shards = shards,
                                              .start_limit = start_limit_of(info),
                                              .resume_points = saved_.shards,
                                              .compression = config_.compression};
    gateway_.emplace(loop_, trust_, events_, std::move(options));
}

awaitable<void> application::take_sessions(std::uint32_t shard_count, std::vector<std::uint32_t> shards) {
    auto saved = co_await sessions_.take(application_, shard_count, std::move(shards));
    if (!saved)
        co_return;
    try {
        json::reader reader;
        cache_.restore(reader.parse(saved->cache));
        saved_ = *std::move(saved);
        log::info("gateway sessions to resume",
                  {{"shards", saved_.shards.size()}, {"guilds", cache_.guild_count()}});
    } catch (const json::parse_error& error) {
        log::warning("saved gateway sessions not usable", {{"error", error.what()}});
    }
}

db::session* application::session_at_hand() {
    return queue_ && queue_->notified() && listener_.up() && listener_.idle() ? &listener_ : nullptr;
}

void application::connect_features() {
    services_.emplace(services{.config = config_,
                               .rest = rest_,
                               .gateway = *gateway_,
                               .cache = cache_,
                               .database = database_,
                               .settings = settings_,
                               .tasks = tasks_,
                               .started_at = started_at_,
                               .session_at_hand = [this] { return session_at_hand(); }});
    features_.install(*services_, router_, events_);
    events_.on<discord::events::interaction_create>(
        [this](const discord::events::interaction_create& event) { router_.accept(event.interaction); });
    events_.on<discord::events::ready>([this](const auto&) { changed_.notify_all(); });
    events_.on<discord::events::resumed>([this](const auto&) { changed_.notify_all(); });
    executor_.emplace(*services_, features_, events_);
    queue_.emplace(loop_, database_, listener_, *executor_,
                   command_queue_options{.language = config_.language,
                                         .shards = shards_of(config_),
                                         .lease = config_.command_lease,
                                         .heartbeat = std::chrono::milliseconds(config_.command_lease) / 3});
    listener_.listen(guild_settings_channel, [this](const std::string& guild) {
        if (const auto id = discord::guild_id::parse(guild))
            settings_.forget(*id);
    });
    listener_.start();
}

awaitable<void> application::register_commands() {
    const discord::interactions::command_store store{
        .fetch = [this] { return discord::get_commands(rest_, application_); },
        .overwrite =
            [this](json::array all) {
                return discord::overwrite_commands(rest_, application_, std::move(all));
            }};
    const auto outcome = co_await keep_trying("commands", [this, &store] {
        return discord::interactions::register_commands(features_.commands(), store);
    });
    log::info("commands registered",
              {{"count", features_.commands().size()},
               {"changed", outcome == discord::interactions::registration::overwritten}});
}

awaitable<void> application::go_online() {
    gateway_tasks_.spawn("gateway", keep_gateway());
    while (!gateway_->ready() && !gateway_ended_)
        co_await changed_.wait();
    if (gateway_ended_)
        co_return;
    queue_tasks_.spawn("command queue", queue_->run());
    tasks_.spawn("retention", retention_.run());
    features_.start_jobs(*services_);
}

awaitable<void> application::keep_gateway() {
    try {
        co_await gateway_->run();
    } catch (const discord::gateway::fatal_close& error) {
        gateway_failure_ = std::make_exception_ptr(refused_for_good(error.what()));
    } catch (...) {
        gateway_failure_ = std::current_exception();
    }
    gateway_ended_ = true;
    changed_.notify_all();
}

// The gateway closes before the work is drained: what happens from now on is then replayed to the next
// process instead of reaching handlers that may be cut off.
awaitable<void> application::shut_down() {
    log::info("stopping", {{"commands", queue_ ? queue_->held() : 0}, {"interactions", router_.active()}});
    const auto begin = std::chrono::steady_clock::now();
    const auto deadline = begin + drain_limit;
    queue_tasks_.stop(asio::cancellation_type::total);
    if (gateway_)
        gateway_->close(true);
    tasks_.stop(asio::cancellation_type::total);
    for (auto* group : {&queue_tasks_, &tasks_, &gateway_tasks_}) {
        const auto left = std::max(deadline - std::chrono::steady_clock::now(), 0ns);
        const bool drained = co_await group->join_for(left);
        if (!drained)
            log::warning("work cut off", {{"tasks", group->size()}});
        group->stop(asio::cancellation_type::terminal);
    }
    for (auto* group : {&queue_tasks_, &tasks_, &gateway_tasks_})
        co_await group->join();
    const auto left = begin + saved_after - std::chrono::steady_clock::now();
    co_await save_sessions(std::max<std::chrono::steady_clock::duration>(left, least_to_save));
    rest_tasks_.stop(asio::cancellation_type::terminal);
    co_await rest_tasks_.join();
    listener_.stop();
    log::info("stopped");
}

awaitable<void> application::save_sessions(std::chrono::steady_clock::duration limit) {
    if (!gateway_)
        co_return;
    saved_sessions now{.shards = gateway_->resume_points(), .cache = json::serialize(cache_.snapshot())};
    const auto count = now.shards.size();
    if (count == 0)
        co_return;
    try {
        auto saving = sessions_.save(application_, gateway_->shards(), std::move(now));
        co_await with_deadline("saving gateway sessions", limit, std::move(saving));
        log::info("gateway sessions saved", {{"shards", count}});
    } catch (const std::exception& error) {
        log::warning("gateway sessions not saved", {{"error", error.what()}});
    }
}

} // namespace vagrolant::bot
