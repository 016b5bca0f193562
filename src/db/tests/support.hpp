#pragma once

#include "async/asio.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <unistd.h>

// libpqxx 6.4 loses the result of a statement during which the connection broke: connection_base::make_result
// asks for the client's encoding, which throws, before anything owns it. Two kilobytes a lost connection.
extern "C" __attribute__((used)) inline const char* __lsan_default_suppressions() {
    return "leak:libpqxx-6.4.so\n";
}

/// For tests that need PostgreSQL: VAGROLANT_TEST_DATABASE_URL names a server where they may create
/// databases.
namespace vagrolant::db::testing {

inline std::string server_url() {
    const char* url = std::getenv("VAGROLANT_TEST_DATABASE_URL");
    if (url == nullptr) {
        throw std::runtime_error(
            "VAGROLANT_TEST_DATABASE_URL is not set; scripts/postgres.sh start <dir> --fast "
            "prints one");
    }
    return url;
}

/// A database of one's own, dropped at the end.
class test_database {
public:
    test_database() {
        static int count = 0;
        name_ = "vagrolant_test_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
        administer("CREATE DATABASE " + name_);
        const auto base = server_url();
        const auto slash = base.find('/', base.find("//") + 2);
        const auto query = base.find('?');
        url_ = base.substr(0, slash) + "/" + name_ + (query == std::string::npos ? "" : base.substr(query));
        connection_.emplace(url_);
    }

    ~test_database() {
        connection_.reset();
        administer("DROP DATABASE " + name_ + " WITH (FORCE)");
    }

    test_database(const test_database&) = delete;
    test_database& operator=(const test_database&) = delete;

    const std::string& url() const { return url_; }
    const std::string& name() const { return name_; }

    /// Runs `sql` at once, on a connection of the test's own.
    pqxx::result exec(const std::string& sql) {
        pqxx::nontransaction statement(*connection_);
        return statement.exec(sql);
    }

    std::string text(const std::string& sql) { return exec(sql)[0][0].as<std::string>(); }

    /// From now on the database's clock, of connections that are made afterwards, is `by` (an interval) off:
    /// what statements call now() is found here before it is found among PostgreSQL's own.
    void set_clock_off(const std::string& by) {
        for (const std::string clock : {"now", "clock_timestamp"}) {
            exec("CREATE FUNCTION public." + clock +
                 "() RETURNS timestamptz LANGUAGE sql AS $$ SELECT pg_catalog." + clock + "() + interval '" +
                 by + "' $$");
        }
        exec("ALTER DATABASE " + name_ + " SET search_path = public, pg_catalog");
        connection_.emplace(url_);
    }

    /// Ends every connection of the program under test, and returns when they have ended.
    void cut_connections() {
        exec(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()");
    }

private:
    static void administer(const std::string& sql) {
        pqxx::connection server(server_url());
        pqxx::nontransaction(server).exec(sql);
    }

    std::string name_;
    std::string url_;
    std::optional<pqxx::connection> connection_;
};

/// The loop of a test. Whatever is awaited must come within `limit`.
class test_loop {
public:
    static constexpr std::chrono::seconds limit{20};

    asio::any_io_executor executor() { return context_.get_executor(); }

    /// Runs the loop until `work` has ended; throws what it throws.
    void run(awaitable<void> work) {
        struct result {
            bool ended = false;
            std::exception_ptr failure;
        };
        // Shared: when the test gives up, the coroutine is still there.
        const auto state = std::make_shared<result>();
        asio::co_spawn(context_, std::move(work), [state](std::exception_ptr error) {
            state->ended = true;
            state->failure = error;
        });
        run_until([&] { return state->ended; });
        if (state->failure)
            std::rethrow_exception(state->failure);
    }

    /// Runs the loop, one handler at a time, until `done()`.
    template <class Condition>
    void run_until(Condition done) {
        const auto give_up = std::chrono::steady_clock::now() + limit;
        context_.restart();
        while (!done()) {
            if (std::chrono::steady_clock::now() > give_up)
                throw std::runtime_error("what the test waits for has not happened");
            context_.run_one_for(std::chrono::milliseconds(100));
            context_.restart();
        }
    }

private:
    asio::io_context context_;
};

} // namespace vagrolant::db::testing
