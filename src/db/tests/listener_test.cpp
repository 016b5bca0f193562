#include "db/session.hpp"
#include "db/tests/support.hpp"

#include <vector>

namespace vagrolant::db {
namespace {

using testing::test_database;
using testing::test_loop;

class ListenerTest : public ::testing::Test {
protected:
    session_options options() {
        return {.url = database.url(), .first_retry = std::chrono::milliseconds(10)};
    }

    void start(session& subject) {
        subject.listen("news", [this](const std::string& payload) { news.push_back(payload); });
        subject.listen("Other \"channel\"", [this](const std::string& payload) { other.push_back(payload); });
        subject.on_connected([this] { ++connections; });
        subject.start();
        loop.run_until([this] { return connections > 0; });
    }

    test_database database;
    test_loop loop;
    std::vector<std::string> news;
    std::vector<std::string> other;
    int connections = 0;
};

TEST_F(ListenerTest, DeliversInOrder) {
    session subject(loop.executor(), options());
    start(subject);
    database.exec("NOTIFY news, 'one'; NOTIFY news, 'two'; NOTIFY \"Other \"\"channel\"\"\"");
    loop.run_until([&] { return news.size() == 2 && other.size() == 1; });
    EXPECT_EQ(news, (std::vector<std::string>{"one", "two"}));
}

TEST_F(ListenerTest, ComesBackAndSaysSo) {
    session subject(loop.executor(), options());
    start(subject);
    database.cut_connections();
    loop.run_until([&] { return connections == 2; });
    database.exec("NOTIFY news, 'again'");
    loop.run_until([&] { return news.size() == 1; });
    EXPECT_EQ(news[0], "again");
}

TEST_F(ListenerTest, AHeartbeatKeepsAnIdleConnection) {
    // Before what stands in between forgets a silent connection, commonly after five minutes.
    EXPECT_EQ(session_options().heartbeat, std::chrono::minutes(4));
    auto quick = options();
    quick.heartbeat = std::chrono::milliseconds(1);
    session subject(loop.executor(), quick);
    start(subject);
    // The heartbeat is the one statement that the listener sends by itself.
    loop.run_until([&] {
        return database.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                             "application_name = 'vagrolant' AND query = 'SELECT 1'") == "1";
    });
    database.exec("NOTIFY news, 'alive'");
    loop.run_until([&] { return !news.empty(); });
    EXPECT_EQ(connections, 1);
}

TEST_F(ListenerTest, NobodyIsCalledOnceItIsGone) {
    {
        session subject(loop.executor(), options());
        start(subject);
        database.exec("NOTIFY news, 'late'");
    }
    bool turned = false;
    loop.run([](bool& done) -> awaitable<void> {
        done = true;
        co_return;
    }(turned));
    EXPECT_TRUE(news.empty());
}

TEST_F(ListenerTest, StopsWhileNobodyAnswers) {
    const auto began = std::chrono::steady_clock::now();
    {
        session subject(loop.executor(), {.url = "postgresql://postgres@127.0.0.1:1/x",
                                          .first_retry = std::chrono::minutes(1),
                                          .last_retry = std::chrono::minutes(1)});
        subject.start();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
}

} // namespace
} // namespace vagrolant::db
