#include "discord/gateway/client.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <numeric>

namespace vagrolant::discord::gateway {

gateway_client::gateway_client(const asio::any_io_executor& executor, const net::tls_trust& trust,
                               event_sink& sink, gateway_options options)
    : options_(std::move(options))
    , gate_(options_.start_limit, clock::now())
    , random_(std::random_device{}())
    , tasks_(executor)
    , closing_changed_(executor) {
    options_.shard_count = std::max(options_.shard_count, 1U);
    if (options_.shards.empty()) {
        options_.shards.resize(options_.shard_count);
        std::iota(options_.shards.begin(), options_.shards.end(), 0U);
    }
    const auto random = [this] { return std::uniform_real_distribution<double>(0, 1)(random_); };
    for (const auto id : options_.shards) {
        const auto left = std::ranges::find_if(options_.resume_points, [&](const resume_point& point) {
            return point.shard == id && point.shard_count == options_.shard_count;
        });
        const auto resume = left == options_.resume_points.end() ? std::nullopt : std::optional(*left);
        shards_.push_back(
            std::make_unique<shard>(executor, trust, sink, gate_, options_, id, resume, random));
    }
}

awaitable<void> gateway_client::run() {
    // After a cancellation the shards are still waited for.
    co_await asio::this_coro::throw_if_cancelled(false);
    for (const auto& one : shards_)
        tasks_.spawn("gateway shard", run_shard(*one));
    try {
        co_await tasks_.join();
    } catch (const boost::system::system_error&) {
        tasks_.stop(asio::cancellation_type::terminal);
    }
    co_await tasks_.join();
    if (fatal_)
        std::rethrow_exception(fatal_);
}

awaitable<void> gateway_client::run_shard(shard& which) {
    // A shard with a new session would only hold an idle connection before its identify's turn. The turn goes
    // by the shard's number, so that processes that start together keep the limit they share.
    if (!which.resume()) {
        const auto turn = which.id() / std::max(options_.start_limit.max_concurrency, 1U);
        const auto from = clock::now() + turn * identify_gate::interval;
        for (auto now = clock::now(); now < from && !closing_; now = clock::now())
            co_await closing_changed_.wait_for(from - now);
    }
    if (closing_)
        co_return;
    std::exception_ptr failure;
    try {
        co_await which.run();
    } catch (...) {
        failure = std::current_exception();
    }
    if (!failure)
        co_return;
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    if (cancelled != asio::cancellation_type::none)
        std::rethrow_exception(failure);
    // Refused for good, or failed as nobody foresaw: no shard stays away silently while the others go on.
    if (!fatal_)
        fatal_ = failure;
    close(true);
}

void gateway_client::close(bool resumable) {
    closing_ = true;
    closing_changed_.notify_all();
    for (const auto& one : shards_)
        one->stop(resumable);
}

std::vector<resume_point> gateway_client::resume_points() const {
    std::vector<resume_point> points;
    for (const auto& one : shards_) {
        if (one->resume())
            points.push_back(*one->resume());
    }
    return points;
}

std::optional<clock::duration> gateway_client::latency(std::uint32_t shard) const {
    const auto* found = find(shard);
    return found == nullptr ? std::nullopt : found->latency();
}

bool gateway_client::ready() const {
    return std::ranges::all_of(shards_, [](const auto& one) { return one->ready(); });
}

bool gateway_client::ready(guild_id guild) const {
    const auto* which = find(shard_of(guild));
    return which != nullptr && which->ready();
}

void gateway_client::renew(guild_id guild) {
    if (auto* which = find(shard_of(guild)))
        which->renew();
}

std::uint32_t gateway_client::shard_of(guild_id guild) const {
    return discord::shard_of(guild, options_.shard_count);
}

send_result gateway_client::send(const voice_state_update& what) {
    return send_to(what.guild, voice_state_payload(what));
}

send_result gateway_client::send(const request_guild_members& what) {
    return send_to(what.guild, request_members_payload(what));
}

send_result gateway_client::send(const request_channel_info& what) {
    return send_to(what.guild, request_channel_info_payload(what));
}

send_result gateway_client::send_presence(const json::object& presence) {
    auto worst = send_result::queued;
    for (const auto& one : shards_)
        worst = std::max(worst, one->send(presence_payload(presence)));
    return worst;
}

send_result gateway_client::send_to(guild_id guild, std::string payload) {
    auto* which = find(shard_of(guild));
    return which == nullptr ? send_result::no_such_shard : which->send(std::move(payload));
}

shard* gateway_client::find(std::uint32_t id) const {
    const auto found = std::ranges::find(shards_, id, [](const auto& one) { return one->id(); });
    return found == shards_.end() ? nullptr : found->get();
}

} // namespace vagrolant::discord::gateway
