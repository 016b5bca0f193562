#include "db/pool.hpp"
#include "db/reachability.hpp"
#include "db/session.hpp"
#include "db/tests/support.hpp"

namespace vagrolant::db {
namespace {

TEST(ReachabilityTest, GoneWithTheFirstThatFailsAndBackWithTheLast) {
    const auto shared = std::make_shared<reachability>("host=db");
    reachability::witness pool(shared);
    reachability::witness session(shared);
    EXPECT_TRUE(shared->reachable());
    session.failed("connection refused");
    session.failed("connection refused");
    EXPECT_FALSE(shared->reachable());
    pool.failed("connection refused");
    session.connected();
    EXPECT_FALSE(shared->reachable());
    pool.connected();
    EXPECT_TRUE(shared->reachable());
    pool.connected();
    EXPECT_TRUE(shared->reachable());
}

TEST(ReachabilityTest, WhoIsGoneFailsNoMore) {
    const auto shared = std::make_shared<reachability>("host=db");
    {
        reachability::witness gone(shared);
        gone.failed("connection refused");
        EXPECT_FALSE(shared->reachable());
    }
    EXPECT_TRUE(shared->reachable());
}

TEST(ReachabilityTest, PoolAndSessionTellTheSameOne) {
    testing::test_database database;
    testing::test_loop loop;
    pool db(loop.executor(), {.url = database.url(), .connections = 1});
    loop.run(db.wait_until_ready());
    EXPECT_TRUE(db.reach()->reachable());
    {
        // Port 1 is nobody's.
        session other(loop.executor(),
                      {.url = "postgresql://postgres@127.0.0.1:1/postgres", .reach = db.reach()});
        other.start();
        loop.run_until([&] { return !db.reach()->reachable(); });
    }
    loop.run_until([&] { return db.reach()->reachable(); });
}

} // namespace
} // namespace vagrolant::db
