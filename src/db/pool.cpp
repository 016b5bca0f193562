#include "db/pool.hpp"

#include "async/backoff.hpp"
#include "base/log.hpp"
#include "db/connection.hpp"
#include "db/url.hpp"

#include <boost/asio/post.hpp>

#include <array>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <thread>

namespace vagrolant::db {
namespace {

constexpr int max_attempts = 3;
constexpr std::chrono::seconds shutdown_grace{1};

/// Why nobody is connected. Kept as a value: an exception object that several threads share is freed by
/// whoever drops it last.
struct outage {
    bool misconfigured = false;
    std::string what;
    std::string sqlstate;

    std::exception_ptr exception() const {
        return misconfigured ? std::make_exception_ptr(db::misconfigured(what, sqlstate))
                             : std::make_exception_ptr(unavailable(what, sqlstate));
    }
};

} // namespace

/// The threads and the queue between them and the loop.
class pool::workers {
public:
    workers(asio::any_io_executor loop, pool_options options)
        : loop_(std::move(loop))
        , options_(std::move(options))
        , connection_string_(connection_string(options_.url))
        , reach_(std::make_shared<reachability>(redacted(options_.url)))
        , witness_(reach_) {
        for (std::size_t i = 0; i < options_.connections; ++i) {
            auto& cut = cuts_.emplace_back();
            threads_.emplace_back([this, &cut] { work(cut); });
        }
    }

    ~workers() {
        {
            std::unique_lock lock(mutex_);
            stopping_ = true;
            ready_.notify_all();
            changed_.notify_all();
            changed_.wait_for(lock, shutdown_grace, [this] { return queue_.empty() && busy_ == 0; });
            queue_.clear();
        }
        for (auto& cut : cuts_)
            cut.cut();
        for (auto& thread : threads_)
            thread.join();
    }

    workers(const workers&) = delete;
    workers& operator=(const workers&) = delete;

    const pool_options& options() const { return options_; }
    const std::shared_ptr<reachability>& reach() const { return reach_; }

    bool up() const {
        const std::scoped_lock lock(mutex_);
        return connected_ > 0;
    }

    void submit(std::chrono::milliseconds limit, shape how, job_body body, job_done done) {
        job fresh{clock::now() + limit, limit, how, std::move(body), std::move(done)};
        {
            const std::scoped_lock lock(mutex_);
            if (queue_.size() < options_.queue_bound && !stopping_) {
                queue_.push_back(std::move(fresh));
                if (connected_ > 0) {
                    ready_.notify_one();
                } else {
                    changed_.notify_all();
                }
                return;
            }
        }
        finish(std::move(fresh), std::make_exception_ptr(unavailable("too many jobs wait for the database")));
    }

private:
    struct job {
        clock::time_point deadline;
        std::chrono::milliseconds limit;
        shape how;
        job_body body;
        job_done done;
    };

    /// A worker's connection; counts as connected while it stands.
    struct line {
        cut_handle& cut;
        backoff pause;
        clock::time_point next_attempt{};
        std::unique_ptr<connection> link;
    };

    void work(cut_handle& cut) {
        line mine{.cut = cut, .pause = {options_.first_retry, options_.last_retry}};
        while (!stopping()) {
            if (!mine.link && clock::now() >= mine.next_attempt)
                connect(mine);
            if (auto next = take(mine)) {
                auto failure = perform(mine, *next);
                finish(std::move(*next), std::move(failure));
                const std::scoped_lock lock(mutex_);
                --busy_;
                changed_.notify_all();
            }
        }
        // What the loop handed over before it stopped is still done.
        while (auto next = take(mine)) {
            auto failure = perform(mine, *next);
            finish(std::move(*next), std::move(failure));
            const std::scoped_lock lock(mutex_);
            --busy_;
            changed_.notify_all();
        }
        disconnect(mine);
    }

    bool stopping() const {
        const std::scoped_lock lock(mutex_);
        return stopping_;
    }

    /// The next job; nullopt when stopping or when it is time to connect. Without a connection a worker takes
    /// jobs only when nobody has one, in order to fail them.
    std::optional<job> take(const line& mine) {
        std::unique_lock lock(mutex_);
        const auto mine_to_take = [this, &mine] {
            return !queue_.empty() && (mine.link || (connected_ == 0 && (outage_ || stopping_)));
        };
        const auto awake = [&] { return stopping_ || mine_to_take(); };
        if (mine.link) {
            ready_.wait(lock, awake);
        } else {
            changed_.wait_until(lock, mine.next_attempt, awake);
        }
        if (!mine_to_take())
            return std::nullopt;
        auto next = std::move(queue_.front());
        queue_.pop_front();
        ++busy_;
        return next;
    }

    void connect(line& mine) {
        try {
            auto fresh = std::make_unique<connection>(connection_string_, options_.deadline, mine.cut);
            mine.cut.attach(fresh->raw().sock());
            mine.link = std::move(fresh);
            mine.pause.reset();
            const std::scoped_lock lock(mutex_);
            ++connected_;
            outage_.reset();
            witness_.connected();
            changed_.notify_all();
        } catch (const error& failure) {
            const auto pause = mine.pause.next();
            mine.next_attempt = clock::now() + pause;
            const std::scoped_lock lock(mutex_);
            // Whoever is stopped while it connects has learnt nothing.
            if (connected_ > 0 || stopping_)
                return;
            witness_.failed(failure.what());
            outage_ = {dynamic_cast<const misconfigured*>(&failure) != nullptr, failure.what(),
                       failure.sqlstate()};
            changed_.notify_all();
        }
    }

    void disconnect(line& mine) {
        if (!mine.link)
            return;
        mine.cut.detach();
        mine.link.reset();
        mine.next_attempt = clock::now();
        const std::scoped_lock lock(mutex_);
        --connected_;
    }

    /// What went wrong, or null.
    std::exception_ptr perform(line& mine, job& work) {
        std::exception_ptr failure;
        for (int attempt = 1; attempt <= max_attempts; ++attempt) {
            if (clock::now() >= work.deadline)
                return std::make_exception_ptr(late());
            if (mine.link && mine.link->stale())
                disconnect(mine);
            if (!mine.link && !stopping())
                connect(mine);
            if (!mine.link)
                return why_not_connected();
            const bool again = try_once(mine, work, failure);
            if (!again)
                return failure;
        }
        return failure;
    }

    std::exception_ptr why_not_connected() const {
        const std::scoped_lock lock(mutex_);
        return outage_.value_or(outage{.what = "the connection was lost"}).exception();
    }

    /// Runs the job in one transaction. True when it left no trace and is worth repeating.
    bool try_once(line& mine, job& work, std::exception_ptr& failure) {
        failure = nullptr;
        bool used = false;
        try {
            if (work.how == shape::single_statement) {
                // What happens to a statement that was sent is not known: no second attempt.
                used = true;
                pqxx::nontransaction statement(mine.link->raw());
                transaction bound(mine.link->raw(), statement, mine.link->prepared());
                work.body(&bound);
                return false;
            }
            pqxx::work on_wire(mine.link->raw());
            transaction bound(mine.link->raw(), on_wire, mine.link->prepared());
            if (work.limit != options_.deadline)
                on_wire.exec("SET LOCAL statement_timeout = " + std::to_string(work.limit.count()));
            try {
                work.body(&bound);
            } catch (...) {
                used = bound.used();
                throw;
            }
            used = true;
            on_wire.commit();
            return false;
        } catch (const pqxx::broken_connection& error) {
            return lost(mine, used, error, failure);
        } catch (const pqxx::in_doubt_error& error) {
            disconnect(mine);
            failure = std::make_exception_ptr(unavailable("lost during COMMIT: " + first_line(error.what())));
            return false;
        } catch (const pqxx::statement_completion_unknown& error) {
            failure = std::make_exception_ptr(unavailable(first_line(error.what())));
            return false;
        } catch (const pqxx::transaction_rollback& error) {
            failure = std::make_exception_ptr(db::error(first_line(error.what()), "40001"));
            return true;
        } catch (const pqxx::sql_error& error) {
            if (!mine.link->raw().is_open())
                return lost(mine, used, error, failure);
            return refused(mine, error, failure);
        } catch (const pqxx::pqxx_exception& error) {
            // libpqxx stumbles over a connection that has just gone in several ways.
            if (!mine.link->raw().is_open())
                return lost(mine, used, error.base(), failure);
            failure = std::make_exception_ptr(db::error(first_line(error.base().what())));
            return false;
        } catch (...) {
            failure = std::current_exception();
            return false;
        }
    }

    bool lost(line& mine, bool used, const std::exception& error, std::exception_ptr& failure) {
        disconnect(mine);
        failure = std::make_exception_ptr(unavailable(first_line(error.what())));
        return !used;
    }

    static bool refused(line& mine, const pqxx::sql_error& error, std::exception_ptr& failure) {
        const auto& state = error.sqlstate();
        if (preparation_failed(mine.link->prepared(), state)) {
            failure = std::make_exception_ptr(db::error(first_line(error.what()), state));
            return true;
        }
        failure = state == "57014" ? std::make_exception_ptr(late())
                                   : std::make_exception_ptr(db::error(first_line(error.what()), state));
        return false;
    }

    void finish(job work, std::exception_ptr failure) {
        // The captures go first: the waiter may rely on that once it has its result.
        work.body = nullptr;
        asio::post(loop_, [done = std::move(work.done), failure = std::move(failure)]() mutable {
            done(std::move(failure));
        });
    }

    asio::any_io_executor loop_;
    pool_options options_;
    std::string connection_string_;
    std::shared_ptr<reachability> reach_;

    mutable std::mutex mutex_;
    /// For workers with a connection: one more job.
    std::condition_variable ready_;
    /// For everybody else: connections, outage, stop, idleness.
    std::condition_variable changed_;
    std::deque<job> queue_;
    std::size_t busy_ = 0;
    std::size_t connected_ = 0;
    /// Empty until an attempt has failed while nobody was connected.
    std::optional<outage> outage_;
    reachability::witness witness_;
    bool stopping_ = false;

    std::list<cut_handle> cuts_;
    std::vector<std::thread> threads_;
};

pool::pool(asio::any_io_executor loop, pool_options options)
    : loop_(loop)
    , workers_(std::make_unique<workers>(std::move(loop), std::move(options))) {}

pool::~pool() = default;

bool pool::up() const {
    return workers_->up();
}

std::shared_ptr<reachability> pool::reach() const {
    return workers_->reach();
}

std::chrono::milliseconds pool::default_deadline() const {
    return workers_->options().deadline;
}

void pool::submit(std::chrono::milliseconds deadline, shape how, job_body body, job_done done) {
    workers_->submit(deadline, how, std::move(body), std::move(done));
}

awaitable<void> pool::wait_until_ready() {
    backoff pause(std::chrono::milliseconds(500), workers_->options().last_retry);
    const auto address = redacted(workers_->options().url);
    for (;;) {
        std::string reason;
        try {
            co_await run([](transaction& database) { database.exec(std::string("SELECT 1")); });
            log::info("database ready", {{"address", address}});
            co_return;
        } catch (const unavailable& failure) {
            reason = failure.what();
        }
        const auto next = pause.next();
        log::info("waiting for the database", {{"address", address}, {"error", reason}, {"retry_ms", next}});
        co_await sleep_for(next);
    }
}

} // namespace vagrolant::db
