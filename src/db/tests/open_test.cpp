#include "db/open.hpp"
#include "db/pool.hpp"
#include "db/session.hpp"
#include "db/tests/silent_server.hpp"
#include "db/tests/support.hpp"
#include "db/url.hpp"

#include <optional>

namespace vagrolant::db {
namespace {

using testing::silent_server;
using testing::swallowing_port;
using testing::test_database;
using testing::test_loop;

// Far below what those who connect would wait for.
constexpr std::chrono::seconds at_once{10};

class SilenceTest : public ::testing::TestWithParam<silent_server::stage> {
protected:
    test_loop loop;
    silent_server server{GetParam()};
};

TEST_P(SilenceTest, APoolEnds) {
    std::optional<pool> subject(std::in_place, loop.executor(),
                                pool_options{.url = server.url(), .connections = 3});
    loop.run_until([&] { return server.waiting() == 3; });
    const auto began = std::chrono::steady_clock::now();
    subject.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - began, at_once);
}

TEST_P(SilenceTest, ASessionEnds) {
    std::optional<session> subject(std::in_place, loop.executor(), session_options{.url = server.url()});
    subject->listen("news", [](const std::string&) {});
    subject->start();
    loop.run_until([&] { return server.waiting() == 1; });
    const auto began = std::chrono::steady_clock::now();
    subject.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - began, at_once);
}

INSTANTIATE_TEST_SUITE_P(Stages, SilenceTest,
                         ::testing::Values(silent_server::stage::connected,
                                           silent_server::stage::authenticated, silent_server::stage::ready));

std::string failure_to_open(const std::string& url) {
    cut_handle cut;
    try {
        open(connection_string(url), "SELECT", cut);
    } catch (const unavailable& failure) {
        return failure.what();
    }
    return {};
}

TEST(OpenTest, ASilentServerIsGivenUp) {
    const silent_server server(silent_server::stage::authenticated);
    EXPECT_EQ(failure_to_open(server.url(1)), "the server does not answer");
}

TEST(OpenTest, APortThatSwallowsEverythingIsGivenUp) {
    const swallowing_port nowhere;
    EXPECT_EQ(failure_to_open("postgresql://me@127.0.0.1:" + nowhere.port() + "/x?connect_timeout=1"),
              "the server does not answer");
}

TEST(OpenTest, AnAddressThatSwallowsEverythingLeavesTimeForTheNext) {
    test_database database;
    pqxx::connection direct(database.url());
    const swallowing_port nowhere;
    const std::string host = direct.hostname() == nullptr ? "" : direct.hostname();
    std::string escaped;
    for (const char c : host)
        escaped += c == '/' ? "%2F" : std::string(1, c);
    const auto url = "postgresql://" + std::string(direct.username()) + "@127.0.0.1:" + nowhere.port() + "," +
                     escaped + ":" + direct.port() + "/" + database.name() + "?connect_timeout=1";
    cut_handle cut;
    const auto link = open(connection_string(url), session_settings(std::chrono::seconds(1)), cut);
    EXPECT_EQ(std::string(PQdb(link.get())), database.name());
}

TEST(OpenTest, WhatIsCutBeforeItBeginsEnds) {
    const silent_server server(silent_server::stage::connected);
    cut_handle cut;
    cut.cut();
    const auto began = std::chrono::steady_clock::now();
    EXPECT_THROW(open(connection_string(server.url()), "SELECT 1", cut), unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - began, at_once);
}

} // namespace
} // namespace vagrolant::db
