#include "db/session.hpp"

#include "async/backoff.hpp"
#include "async/event.hpp"
#include "base/log.hpp"
#include "db/connection.hpp"
#include "db/error.hpp"
#include "db/url.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>

#include <deque>
#include <exception>
#include <map>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace vagrolant::db {
namespace {

using clock = std::chrono::steady_clock;
constexpr int max_attempts = 3;
/// The server ends a statement at the deadline; who says nothing for so much longer is gone.
constexpr std::chrono::seconds silence{1};

struct attempt {
    libpq_connection link;
    std::string failure;
};

/// Connects and says `first`. Blocks until `cut`, or for some seconds at the worst.
attempt try_to_open(const std::string& connection_string, const std::string& first, cut_handle& cut) {
    try {
        auto link = open(connection_string, first, cut);
        if (PQsetnonblocking(link.get(), 1) != 0)
            return {.failure = first_line(PQerrorMessage(link.get()))};
        return {.link = std::move(link)};
    } catch (const error& failure) {
        return {.failure = failure.what()};
    }
}

std::string in_quotes(std::string_view identifier) {
    std::string quoted = "\"";
    for (const char letter : identifier)
        quoted += letter == '"' ? std::string(2, letter) : std::string(1, letter);
    return quoted + '"';
}

std::string sqlstate_of(const PGresult* result) {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return state == nullptr ? std::string() : std::string(state);
}

} // namespace

/// All of it; also held by its coroutine, which ends a turn of the loop after the session.
class session::link : public std::enable_shared_from_this<link> {
public:
    struct request {
        request(const asio::any_io_executor& loop, statement what, std::vector<parameter> values)
            : which(what)
            , parameters(std::move(values))
            , finished(loop) {}

        /// At the latest when `finished` expires.
        void end() {
            is_finished = true;
            finished.cancel();
        }

        statement which;
        std::vector<parameter> parameters;
        int attempts = 1;
        bool preparing = false;
        bool abandoned = false;
        asio::steady_timer finished;
        bool is_finished = false;
        rows result;
        std::exception_ptr failure;
    };

    link(asio::any_io_executor loop, session_options options)
        : options(std::move(options))
        , loop_(std::move(loop))
        , connection_string_(connection_string(this->options.url))
        , witness_(this->options.reach ? this->options.reach
                                       : std::make_shared<reachability>(redacted(this->options.url)))
        , attempted_(loop_)
        , heart_(loop_) {}

    void start() {
        asio::co_spawn(loop_, run(shared_from_this()),
                       asio::bind_cancellation_slot(stop_.slot(),
                                                    [self = shared_from_this()](const std::exception_ptr&) {
                                                        self->disconnect("closed");
                                                    }));
    }

    void stop() {
        closed_ = true;
        stop_.emit(asio::cancellation_type::terminal);
        cut_.cut();
    }

    void join() {
        if (connector_.joinable())
            connector_.join();
    }

    bool up() const { return connection_ != nullptr; }
    bool idle() const { return up() && !running_ && waiting_.empty(); }

    std::shared_ptr<request> submit(statement which, std::vector<parameter> parameters) {
        if (!up())
            throw unavailable("the connection was lost");
        if (waiting_.size() >= options.queue_bound)
            throw unavailable("too many statements wait for the database");
        waiting_.push_back(std::make_shared<request>(loop_, which, std::move(parameters)));
        auto mine = waiting_.back();
        next();
        return mine;
    }

    void give_up(request& which) {
        which.abandoned = true;
        if (running_.get() == &which)
            cut();
    }

    const session_options options;
    std::map<std::string, notified> channels;
    connected on_connected;

private:
    static awaitable<void> run(std::shared_ptr<link> self) {
        backoff pause(self->options.first_retry, self->options.last_retry);
        while (!self->closed_) {
            auto reason = co_await self->connect();
            if (reason.empty()) {
                log::debug("listening for notifications");
                self->witness_.connected();
                pause.reset();
                if (self->on_connected)
                    self->on_connected();
                reason = co_await self->receive();
                self->disconnect(reason);
                log::debug("notifications lost", {{"error", reason}});
            } else if (!self->closed_) {
                self->witness_.failed(reason);
            }
            if (self->closed_)
                co_return;
            co_await sleep_for(pause.next());
        }
    }

    /// Returns why not, or nothing.
    awaitable<std::string> connect() {
        attempt_.reset();
        auto first = session_settings(options.deadline);
        for (const auto& [channel, callback] : channels)
            first += "; LISTEN " + in_quotes(channel);
        connector_ = std::thread([this, first] {
            auto made = try_to_open(connection_string_, first, cut_);
            asio::post(loop_, [self = shared_from_this(), made = std::move(made)]() mutable {
                self->attempt_ = std::move(made);
                self->attempted_.notify_all();
            });
        });
        while (!attempt_)
            co_await attempted_.wait();
        connector_.join();
        connection_ = std::move(attempt_->link);
        if (!connection_)
            co_return attempt_->failure;
        // A copy of the socket's number: libpq closes its own.
        socket_.emplace(loop_, ::dup(PQsocket(connection_.get())));
        co_return std::string();
    }

    /// Until the connection is lost; returns why.
    awaitable<std::string> receive() {
        beat();
        while (take_in()) {
            const auto [error] = co_await socket_->async_wait(asio::posix::descriptor_base::wait_read,
                                                              asio::as_tuple(asio::use_awaitable));
            if (closed_)
                co_return std::string("closed");
            if (error) // cancelled
                throw boost::system::system_error(error);
        }
        co_return silent_ ? std::string("the server does not answer")
                          : first_line(PQerrorMessage(connection_.get()));
    }

    /// A statement now and then; a server that does not answer it is gone.
    void beat() {
        heart_.expires_after(options.heartbeat);
        heart_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
            if (error)
                return;
            if (self->idle())
                self->ask_for_life();
            self->beat();
        });
    }

    void ask_for_life() {
        const auto mine = submit({"", "SELECT 1"}, {});
        mine->finished.expires_after(options.deadline + silence);
        mine->finished.async_wait([self = shared_from_this(), mine](const boost::system::error_code&) {
            if (mine->is_finished)
                return;
            self->silent_ = true;
            self->give_up(*mine);
        });
    }

    /// Reads what has come, and hands out notifications and results. False when the connection is lost.
    bool take_in() {
        auto* link = connection_.get();
        if (PQconsumeInput(link) == 0)
            return false;
        flush();
        hand_out_notifications();
        while (running_ && PQisBusy(link) == 0) {
            libpq_result result(PQgetResult(link));
            if (PQstatus(link) == CONNECTION_BAD)
                return false;
            // One result, then the end of the statement.
            if (result) {
                last_ = std::move(result);
            } else {
                complete(std::move(last_));
            }
        }
        hand_out_notifications();
        return !closed_;
    }

    void hand_out_notifications() {
        while (!closed_) {
            const std::unique_ptr<PGnotify, decltype(&PQfreemem)> news(PQnotifies(connection_.get()),
                                                                       &PQfreemem);
            if (!news)
                return;
            if (const auto found = channels.find(news->relname); found != channels.end())
                found->second(news->extra);
        }
    }

    /// Sends the next statement unless one is under way.
    void next() {
        while (!running_ && !waiting_.empty()) {
            auto first = std::move(waiting_.front());
            waiting_.pop_front();
            if (first->abandoned)
                continue;
            running_ = std::move(first);
            send(*running_);
        }
    }

    void send(request& what) {
        auto* link = connection_.get();
        const bool named = *what.which.name != '\0' && prepared_.usable;
        what.preparing = named && !prepared_.names.contains(what.which.name);
        int sent = 0;
        if (what.preparing) {
            sent = PQsendPrepare(link, what.which.name, what.which.sql, 0, nullptr);
        } else {
            std::vector<const char*> values;
            values.reserve(what.parameters.size());
            for (const auto& one : what.parameters)
                values.push_back(one ? one->c_str() : nullptr);
            const int count = static_cast<int>(values.size());
            sent = named
                       ? PQsendQueryPrepared(link, what.which.name, count, values.data(), nullptr, nullptr, 0)
                       : PQsendQueryParams(link, what.which.sql, count, nullptr, values.data(), nullptr,
                                           nullptr, 0);
        }
        if (sent == 0) {
            cut();
        } else {
            flush();
        }
    }

    void flush() {
        const int left = PQflush(connection_.get());
        if (left < 0)
            cut();
        if (left <= 0 || writing_)
            return;
        writing_ = true;
        socket_->async_wait(asio::posix::descriptor_base::wait_write,
                            [self = shared_from_this()](const boost::system::error_code& error) {
                                if (error)
                                    return;
                                self->writing_ = false;
                                self->flush();
                            });
    }

    /// The server has said the last about the statement that runs.
    void complete(libpq_result result) {
        auto& mine = *running_;
        const auto status = PQresultStatus(result.get());
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
            if (mine.preparing) {
                prepared_.names.insert(mine.which.name);
                send(mine);
                return;
            }
            mine.result = rows(result.release());
        } else if (again(mine, sqlstate_of(result.get()))) {
            send(mine);
            return;
        } else {
            mine.failure = failure_of(result.get());
        }
        std::exchange(running_, nullptr)->end();
        next();
    }

    /// Whether a statement that was refused so, and has left no trace, is worth repeating.
    bool again(request& what, const std::string& state) {
        if (preparation_failed(prepared_, state))
            return true;
        const bool rolled_back = state == "40001" || state == "40P01";
        return rolled_back && what.attempts++ < max_attempts;
    }

    static std::exception_ptr failure_of(const PGresult* result) {
        const auto state = sqlstate_of(result);
        const auto reason = first_line(PQresultErrorMessage(result));
        if (state == "57014")
            return std::make_exception_ptr(late());
        // The server, or the connection, is going.
        if (state.empty() || state.starts_with("57P") || state.starts_with("08"))
            return std::make_exception_ptr(unavailable(reason, state));
        return std::make_exception_ptr(error(reason, state));
    }

    /// Lets `receive` find that the connection is lost.
    void cut() { ::shutdown(PQsocket(connection_.get()), SHUT_RDWR); }

    void disconnect(const std::string& reason) {
        socket_.reset();
        last_.reset();
        connection_.reset();
        heart_.cancel();
        silent_ = false;
        prepared_ = {};
        writing_ = false;
        auto left = std::exchange(waiting_, {});
        if (running_)
            left.push_front(std::exchange(running_, nullptr));
        for (const auto& one : left) {
            one->failure = std::make_exception_ptr(unavailable(reason));
            one->end();
        }
    }

    asio::any_io_executor loop_;
    std::string connection_string_;
    reachability::witness witness_;
    asio::cancellation_signal stop_;
    bool closed_ = false;

    std::thread connector_;
    cut_handle cut_;
    std::optional<attempt> attempt_;
    event attempted_;

    libpq_connection connection_;
    std::optional<asio::posix::stream_descriptor> socket_;
    prepared_statements prepared_;
    bool writing_ = false;

    std::deque<std::shared_ptr<request>> waiting_;
    std::shared_ptr<request> running_;
    asio::steady_timer heart_;
    bool silent_ = false;
    libpq_result last_;
};

session::session(asio::any_io_executor loop, session_options options)
    : link_(std::make_shared<link>(std::move(loop), std::move(options))) {}

session::~session() {
    link_->stop();
    link_->join();
}

void session::listen(std::string channel, notified callback) {
    link_->channels.emplace(std::move(channel), std::move(callback));
}

void session::on_connected(connected callback) {
    link_->on_connected = std::move(callback);
}

void session::start() {
    link_->start();
}

void session::stop() {
    link_->stop();
}

bool session::up() const {
    return link_->up();
}

bool session::idle() const {
    return link_->idle();
}

awaitable<rows> session::exec(statement which, std::vector<parameter> parameters) {
    const auto link = link_;
    const auto mine = link->submit(which, std::move(parameters));
    mine->finished.expires_after(link->options.deadline + silence);
    const auto [ended] = co_await mine->finished.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!mine->is_finished) {
        if (ended) // cancelled
            throw boost::system::system_error(ended);
        link->give_up(*mine);
        throw late();
    }
    if (mine->failure)
        std::rethrow_exception(mine->failure);
    co_return std::move(mine->result);
}

} // namespace vagrolant::db
