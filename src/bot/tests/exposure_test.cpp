#include "bot/exposure.hpp"
#include "db/migrations.hpp"
#include "db/tests/support.hpp"

#include <gtest/gtest.h>

namespace vagrolant::bot {
namespace {

class exposure_test : public testing::Test {
protected:
    // Roles belong to the whole server: one of this test's own.
    void SetUp() override {
        loop.run(db::migrate(pool));
        role = "role_of_" + database.text("SELECT current_database()");
        database.exec("CREATE ROLE " + role);
    }
    void TearDown() override { database.exec("DROP OWNED BY " + role + "; DROP ROLE " + role); }

    bool open(const std::string& whom) {
        bool answer = false;
        const auto ask = [&]() -> awaitable<void> { answer = co_await may_write_commands(pool, whom); };
        loop.run(ask());
        return answer;
    }

    db::testing::test_database database;
    db::testing::test_loop loop;
    db::pool pool{loop.executor(), {.url = database.url(), .connections = 1}};
    std::string role;
};

TEST_F(exposure_test, a_table_is_open_to_whom_a_privilege_lets_in_and_no_policy_keeps_out) {
    EXPECT_FALSE(open("nobody of this name"));
    EXPECT_FALSE(open(role));
    for (const std::string privilege : {"INSERT", "UPDATE (status)", "DELETE"}) {
        database.exec("GRANT " + privilege + " ON commands TO " + role);
        EXPECT_TRUE(open(role)) << privilege;
        database.exec("REVOKE ALL ON commands FROM " + role);
        EXPECT_FALSE(open(role));
    }
    database.exec("GRANT SELECT ON commands TO " + role);
    EXPECT_FALSE(open(role));
    database.exec("GRANT ALL ON commands TO " + role);
    EXPECT_TRUE(open(role));
    database.exec("ALTER TABLE commands ENABLE ROW LEVEL SECURITY");
    EXPECT_FALSE(open(role));
}

} // namespace
} // namespace vagrolant::bot
