#include "db/listener.hpp"

#include "base/log.hpp"
#include "db/backoff.hpp"
#include "db/connection.hpp"
#include "db/url.hpp"

#include <boost/asio/post.hpp>

#include <atomic>
#include <list>
#include <map>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace vagrolant::db {
namespace {

constexpr std::chrono::seconds statement_timeout{10};

/// The callbacks, on the loop's side. Posted work outlives the listener by holding this; `closed` then keeps
/// it from calling anybody.
struct subscribers {
    std::map<std::string, listener::notified> channels;
    listener::connected connected;
    bool closed = false;
};

class receiver : public pqxx::notification_receiver {
public:
    receiver(pqxx::connection& link, const std::string& channel, asio::any_io_executor loop,
             std::shared_ptr<subscribers> who)
        : pqxx::notification_receiver(link, channel)
        , loop_(std::move(loop))
        , who_(std::move(who)) {}

    void operator()(const std::string& payload, int /*backend*/) override {
        asio::post(loop_, [who = who_, channel = channel(), payload] {
            if (!who->closed)
                who->channels.at(channel)(payload);
        });
    }

private:
    asio::any_io_executor loop_;
    std::shared_ptr<subscribers> who_;
};

} // namespace

class listener::session {
public:
    session(asio::any_io_executor loop, listener_options options)
        : loop_(std::move(loop))
        , options_(std::move(options))
        , connection_string_(connection_string(options_.url))
        , stop_signal_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (stop_signal_ < 0)
            throw std::system_error(errno, std::generic_category(), "eventfd");
    }

    ~session() {
        who->closed = true;
        stopping_ = true;
        ::eventfd_write(stop_signal_, 1);
        cut_.cut();
        if (thread_.joinable())
            thread_.join();
        ::close(stop_signal_);
    }

    session(const session&) = delete;
    session& operator=(const session&) = delete;

    void start() {
        thread_ = std::thread([this] { run(); });
    }

    const std::shared_ptr<subscribers> who = std::make_shared<subscribers>();

private:
    void run() {
        backoff pause(options_.first_retry, options_.last_retry);
        bool lost = false;
        while (!stopping_) {
            try {
                connection link(connection_string_, statement_timeout);
                cut_.attach(link.raw().sock());
                // Before the connection closes its socket, whose number may then be another's.
                const auto detach = [](cut_handle* cut) { cut->detach(); };
                const std::unique_ptr<cut_handle, decltype(detach)> attached(&cut_, detach);
                std::list<receiver> receivers;
                for (const auto& [channel, callback] : who->channels)
                    receivers.emplace_back(link.raw(), channel, loop_, who);
                log::debug("listening for notifications");
                if (lost)
                    log::info("notifications are back");
                lost = false;
                pause.reset();
                asio::post(loop_, [subscribed = who] {
                    if (!subscribed->closed && subscribed->connected)
                        subscribed->connected();
                });
                receive(link.raw());
            } catch (const std::exception& failure) {
                if (!lost && !stopping_)
                    log::warning("notifications lost", {{"error", failure.what()}});
                lost = true;
            }
            wait(-1, pause.next());
        }
    }

    /// Until stopped; throws when the connection is lost.
    void receive(pqxx::connection& link) {
        while (!stopping_) {
            // Notifications may have come in with the answer to a statement: asked before each wait.
            link.get_notifs();
            const bool readable = wait(link.sock(), options_.heartbeat);
            if (!readable && !stopping_) {
                pqxx::nontransaction heartbeat(link);
                heartbeat.exec("SELECT 1");
            }
        }
    }

    /// True when `socket` (-1: none) can be read; false when `limit` has passed or the listener stops.
    bool wait(int socket, std::chrono::milliseconds limit) const {
        pollfd watched[2] = {{.fd = stop_signal_, .events = POLLIN, .revents = 0},
                             {.fd = socket, .events = POLLIN, .revents = 0}};
        ::poll(watched, 2, static_cast<int>(limit.count()));
        return watched[1].revents != 0;
    }

    asio::any_io_executor loop_;
    listener_options options_;
    std::string connection_string_;
    int stop_signal_;
    std::atomic<bool> stopping_ = false;
    cut_handle cut_;
    std::thread thread_;
};

listener::listener(asio::any_io_executor loop, listener_options options)
    : session_(std::make_unique<session>(std::move(loop), std::move(options))) {}

listener::~listener() = default;

void listener::listen(std::string channel, notified callback) {
    session_->who->channels.emplace(std::move(channel), std::move(callback));
}

void listener::on_connected(connected callback) {
    session_->who->connected = std::move(callback);
}

void listener::start() {
    session_->start();
}

} // namespace vagrolant::db
