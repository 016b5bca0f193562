#include "bot/command_queue/probe.hpp"

#include "base/log.hpp"
#include "db/error.hpp"

#include <algorithm>
#include <charconv>

namespace vagrolant::bot {
namespace {

constexpr std::string_view prefix = "probe ";

} // namespace

notification_probe::notification_probe(const asio::any_io_executor& loop, command_store& store,
                                       std::string process, probe_options options)
    : store_(store)
    , process_(std::move(process))
    , options_(options)
    , seen_changed_(loop)
    , asked_(loop) {}

void notification_probe::ask() {
    due_ = true;
    asked_.notify_all();
}

bool notification_probe::take(const std::string& payload) {
    if (!payload.starts_with(prefix))
        return false;
    std::string_view rest(payload);
    rest.remove_prefix(prefix.size());
    if (rest.starts_with(process_)) {
        rest.remove_prefix(std::min(rest.size(), process_.size() + 1));
        std::from_chars(rest.data(), rest.data() + rest.size(), seen_);
        seen_changed_.notify_all();
    }
    return true;
}

awaitable<void> notification_probe::run() {
    auto last = result::not_sent;
    for (;;) {
        if (!due_)
            co_await asked_.wait_for(options_.interval);
        due_ = false;
        const auto now = co_await probe();
        arriving_ = now == result::arrived;
        // While the database is away the pool has said so.
        if (now == last || now == result::not_sent)
            continue;
        last = now;
        if (arriving_) {
            log::info("commands are notified");
        } else {
            log::warning("commands are not notified", {{"poll_ms", options_.poll}});
        }
    }
}

awaitable<notification_probe::result> notification_probe::probe() {
    const auto number = ++sent_;
    auto text = std::string(prefix) + process_ + ' ' + std::to_string(number);
    try {
        co_await store_.notify(std::move(text));
    } catch (const db::error&) {
        co_return result::not_sent;
    }
    const bool arrived = co_await seen_changed_.wait_until([&] { return seen_ >= number; }, options_.limit);
    co_return arrived ? result::arrived : result::lost;
}

} // namespace vagrolant::bot
