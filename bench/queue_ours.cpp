// The real command queue with an executor that has nothing to do: what remains is the queue's own time.
//
//   queue_ours postgresql://…
//
// Prints "ready" when notifications arrive. SIGTERM stops it; then it says how many commands began after a
// later one of their guild.
#include "async/task_group.hpp"
#include "base/log.hpp"
#include "bot/command_queue/queue.hpp"
#include "db/migrations.hpp"
#include "db/pool.hpp"
#include "db/session.hpp"
#include "json/reader.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <map>
#include <string>

namespace vagrolant {
namespace {

class idle_executor : public bot::command_executor {
public:
    std::vector<bot::lane> lanes() const override {
        return {{.name = "idle", .actions = {"idle"}, .repeatable = true}};
    }
    std::chrono::milliseconds time_limit(const bot::command& /*which*/) const override {
        return std::chrono::minutes(1);
    }
    awaitable<std::optional<locale>> language_of(std::string /*guild_id*/) const override {
        co_return std::nullopt;
    }
    bool repeatable(const bot::command& /*which*/) const override { return true; }

    awaitable<bot::command_outcome> execute(bot::command which, bot::progress_report) override {
        auto payload = reader_.parse(which.payload.value_or("{}"));
        if (auto number = payload.find("n")) {
            auto& last = last_[which.guild_id];
            const auto mine = number->integer();
            out_of_order_ += mine < last ? 1 : 0;
            last = mine;
        }
        co_return bot::command_outcome::success();
    }

    int out_of_order() const { return out_of_order_; }

private:
    json::reader reader_;
    std::map<std::string, std::int64_t> last_;
    int out_of_order_ = 0;
};

awaitable<void> announce_ready(const bot::command_queue& queue) {
    while (!queue.notified())
        co_await sleep_for(std::chrono::milliseconds(10));
    std::puts("ready");
    std::fflush(stdout);
}

awaitable<void> run_queue(bot::command_queue& queue, db::session& listener) {
    co_await queue.run();
    listener.stop();
}

awaitable<void> serve(db::pool& database, db::session& listener, bot::command_queue& queue,
                      task_group& tasks) {
    co_await database.wait_until_ready();
    co_await db::migrate(database);
    listener.start();
    tasks.spawn("ready", announce_ready(queue));
    tasks.spawn("queue", run_queue(queue, listener));

    asio::signal_set stop(tasks.executor(), SIGTERM, SIGINT);
    co_await stop.async_wait(asio::use_awaitable);
    tasks.stop(asio::cancellation_type::total);
}

int run(const std::string& url) {
    asio::io_context loop(1);
    db::pool database(loop.get_executor(), {.url = url});
    db::session listener(loop.get_executor(), {.url = url});
    idle_executor executor;
    task_group tasks(loop.get_executor());
    bot::command_queue queue(loop.get_executor(), database, listener, executor);
    tasks.spawn("serve", serve(database, listener, queue, tasks));
    loop.run();
    std::printf("out of order %d\n", executor.out_of_order());
    return 0;
}

} // namespace
} // namespace vagrolant

int main(int count, char** arguments) {
    if (count != 2) {
        std::fputs("usage: queue_ours <database url>\n", stderr);
        return 64;
    }
    try {
        vagrolant::log::init(vagrolant::log::level::warning, vagrolant::log::format::text);
        return vagrolant::run(arguments[1]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "queue_ours: %s\n", error.what());
        return 1;
    }
}
