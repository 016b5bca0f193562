#include "features/status/commands.hpp"

#include "features/status/rules.hpp"
#include "features/status/store.hpp"

namespace vagrolant::status {

awaitable<void> ping(bot::services& with, discord::interactions::context& context) {
    const auto shard = with.gateway.shard_of(context.guild());
    readings now{.gateway = with.gateway.latency(shard),
                 .rest = with.rest.latency(),
                 .uptime = std::chrono::steady_clock::now() - with.started_at,
                 .version = VAGROLANT_VERSION,
                 .shard = shard,
                 .shard_count = with.gateway.shard_count()};
    now.database = co_await round_trip(with.database);
    co_await context.reply(report(now, context.language(with.config.language)));
}

} // namespace vagrolant::status
