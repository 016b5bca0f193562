// The clock of the latency bench: inserts one command a second for each contender and says how long it took
// until the notification that it is done came. A client of its own, and a lean one, so that what is compared
// is the queues and not a runtime that wakes up.
//
//   queue_clock <seconds> <seed> (<name> <database url> <insert> <before id> <after id>)…
//
// <insert> is prepared once; its only parameter is the text <before id> + a new id + <after id>. Prints a
// line for each command: the contender's name, a tab, milliseconds. Each second is cut into as many slots as
// there are contenders, which are dealt anew each time; within its slot a contender inserts at a random
// moment, so that nobody's own rhythm helps or harms him.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <libpq-fe.h>
#include <memory>
#include <numeric>
#include <poll.h>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::chrono::seconds patience{30};
/// The first commands warm caches and prepare statements; they are not counted.
constexpr int warm_up = 3;

std::string id_of(std::uint64_t number) {
    char text[37];
    std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012llx",
                  static_cast<unsigned long long>(number));
    return text;
}

class contender {
public:
    contender(std::string name, const char* url, const char* insert, std::string before, std::string after)
        : name_(std::move(name))
        , before_(std::move(before))
        , after_(std::move(after))
        , link_(PQconnectdb(url), &PQfinish) {
        check(PQexec(link_.get(), "LISTEN bench_done"));
        check(PQprepare(link_.get(), "insert", insert, 0, nullptr));
    }

    int socket() const { return PQsocket(link_.get()); }
    bool waiting() const { return waiting_; }
    bool late() const { return waiting_ && clock_type::now() - began_ > patience; }
    const std::string& name() const { return name_; }

    bool counted() const { return counted_; }

    void insert(std::uint64_t number, bool counted) {
        counted_ = counted;
        id_ = id_of(number);
        const auto parameter = before_ + id_ + after_;
        const char* values[] = {parameter.c_str()};
        waiting_ = true;
        began_ = clock_type::now();
        if (PQsendQueryPrepared(link_.get(), "insert", 1, values, nullptr, nullptr, 0) == 0)
            fail();
    }

    /// Reads what has come; the milliseconds when the command is done, otherwise negative.
    double read() {
        if (PQconsumeInput(link_.get()) == 0)
            fail();
        while (PQisBusy(link_.get()) == 0) {
            PGresult* result = PQgetResult(link_.get());
            if (result == nullptr)
                break;
            check(result);
        }
        double took = -1;
        while (PGnotify* news = PQnotifies(link_.get())) {
            if (waiting_ && id_ == news->extra) {
                took = std::chrono::duration<double, std::milli>(clock_type::now() - began_).count();
                waiting_ = false;
            }
            PQfreemem(news);
        }
        return took;
    }

private:
    void check(PGresult* result) {
        const std::unique_ptr<PGresult, decltype(&PQclear)> owned(result, &PQclear);
        const auto status = PQresultStatus(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            fail();
    }
    [[noreturn]] void fail() { throw std::runtime_error(name_ + ": " + PQerrorMessage(link_.get())); }

    std::string name_;
    std::string before_;
    std::string after_;
    std::unique_ptr<PGconn, decltype(&PQfinish)> link_;
    std::string id_;
    bool waiting_ = false;
    bool counted_ = false;
    clock_type::time_point began_;
};

/// Reads from all until `until`.
void listen(std::vector<contender>& all, clock_type::time_point until) {
    for (;;) {
        std::vector<pollfd> sockets;
        for (const auto& one : all)
            sockets.push_back({.fd = one.socket(), .events = POLLIN, .revents = 0});
        const auto left = until - clock_type::now();
        if (left <= left.zero())
            return;
        const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
        const timespec limit{.tv_sec = nanoseconds / 1'000'000'000, .tv_nsec = nanoseconds % 1'000'000'000};
        ::ppoll(sockets.data(), sockets.size(), &limit, nullptr);
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (all[i].late())
                throw std::runtime_error(all[i].name() + ": a command was not done in time");
            if (sockets[i].revents == 0)
                continue;
            const double took = all[i].read();
            if (took >= 0 && all[i].counted())
                std::printf("%s\t%.3f\n", all[i].name().c_str(), took);
        }
    }
}

void run(int count, char** arguments) {
    const int seconds = std::atoi(arguments[1]);
    std::mt19937_64 random(std::strtoull(arguments[2], nullptr, 10));
    std::vector<contender> all;
    for (int i = 3; i + 4 < count; i += 5)
        all.emplace_back(arguments[i], arguments[i + 1], arguments[i + 2], arguments[i + 3],
                         arguments[i + 4]);

    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), 0U);
    const auto slot = std::chrono::nanoseconds(std::chrono::seconds(1)) / static_cast<int>(all.size());
    std::uniform_int_distribution<std::chrono::nanoseconds::rep> within(0, slot.count() - 1);
    std::uint64_t number = 0;
    auto second = clock_type::now();
    for (int i = -warm_up; i < seconds; ++i, second += std::chrono::seconds(1)) {
        std::shuffle(order.begin(), order.end(), random);
        auto at = second;
        for (const auto which : order) {
            listen(all, at + std::chrono::nanoseconds(within(random)));
            at += slot;
            // Who is slow misses his turn.
            if (!all[which].waiting())
                all[which].insert(++number, i >= 0);
        }
    }
    listen(all, second);
    const auto end = clock_type::now() + patience;
    while (std::ranges::any_of(all, &contender::waiting) && clock_type::now() < end)
        listen(all, clock_type::now() + std::chrono::milliseconds(50));
}

} // namespace

int main(int count, char** arguments) {
    if (count < 8) {
        std::fputs("usage: queue_clock <seconds> <seed> (<name> <url> <insert> <before id> <after id>)...\n",
                   stderr);
        return 64;
    }
    try {
        run(count, arguments);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "queue_clock: %s\n", error.what());
        return 1;
    }
}
