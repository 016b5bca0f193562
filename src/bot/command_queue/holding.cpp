#include "bot/command_queue/holding.hpp"

#include <algorithm>
#include <utility>

namespace vagrolant::bot {

using clock = std::chrono::steady_clock;

holding::holding(const asio::any_io_executor& loop, const command& which, std::string where, time_point until)
    : claim{which.id, which.attempts}
    , guild(which.guild_id)
    , lane(std::move(where))
    , begun(clock::now())
    , lease_ends(until)
    , watch(loop) {}

void holding::lose() {
    lost = true;
    cancel();
}

void holding::cancel() {
    stop.emit(asio::cancellation_type::terminal);
}

void watch_over(held_command which) {
    auto& timer = which->watch;
    timer.expires_at(std::min(which->late, which->lease_ends));
    timer.async_wait([which = std::move(which)](const boost::system::error_code& cancelled) {
        if (cancelled || which->ended)
            return;
        const auto now = clock::now();
        if (now >= which->late) {
            which->too_slow = true;
            which->cancel();
        } else if (now >= which->lease_ends) {
            which->lose();
        } else { // renewed
            watch_over(which);
        }
    });
}

std::vector<std::string> ids_of(const held_commands& all) {
    std::vector<std::string> ids;
    ids.reserve(all.size());
    for (const auto& [id, held] : all)
        ids.push_back(id);
    return ids;
}

} // namespace vagrolant::bot
