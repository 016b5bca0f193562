#include "async/task_group.hpp"
#include "db/migrations.hpp"
#include "db/pool.hpp"
#include "db/tests/support.hpp"

#include <gmock/gmock.h>

#include <array>

namespace vagrolant::db {
namespace {

using testing::test_database;
using testing::test_loop;

class MigrationsTest : public ::testing::Test {
protected:
    void apply(std::span<const migration> which) { loop.run(migrate(db, which)); }

    std::string refusal(std::span<const migration> which) {
        try {
            apply(which);
        } catch (const misconfigured& error) {
            return error.what();
        }
        return "accepted";
    }

    test_database database;
    test_loop loop;
    pool db{loop.executor(), {.url = database.url(), .connections = 2}};
};

constexpr std::array<migration, 2> two{
    {{1, "0001_one", "CREATE TABLE one (n int)"},
     {2, "0002_two", "CREATE TABLE two (n int); INSERT INTO two VALUES (1)"}}};

TEST_F(MigrationsTest, AreAppliedOnce) {
    apply(std::span(two).first(1));
    apply(two);
    apply(two);
    EXPECT_EQ(database.text("SELECT array_agg(name ORDER BY number)::text FROM vagrolant_migrations"),
              "{0001_one,0002_two}");
    EXPECT_EQ(database.text("SELECT count(*) FROM two"), "1");
}

TEST_F(MigrationsTest, TwoStartersDoNotGetInEachOthersWay) {
    pool other(loop.executor(), {.url = database.url(), .connections = 2});
    task_group tasks(loop.executor());
    int ended = 0;
    const auto start = [&ended](pool& on) -> awaitable<void> {
        co_await migrate(on, two);
        ++ended;
    };
    tasks.spawn("first", start(db));
    tasks.spawn("second", start(other));
    loop.run(tasks.join());
    EXPECT_EQ(ended, 2);
    EXPECT_EQ(database.text("SELECT count(*) FROM two"), "1");
}

TEST_F(MigrationsTest, OneThatFailsLeavesNothing) {
    constexpr std::array<migration, 1> broken{{{1, "0001_broken", "CREATE TABLE half (n int); SELECT 1/0"}}};
    EXPECT_THROW(apply(broken), error);
    EXPECT_EQ(database.text("SELECT to_regclass('half') IS NULL"), "t");
    apply(two);
}

TEST_F(MigrationsTest, ANewerDatabaseIsRefused) {
    apply(two);
    EXPECT_THAT(refusal(std::span(two).first(1)), ::testing::HasSubstr("older than the database"));
}

TEST_F(MigrationsTest, AChangedMigrationIsRefused) {
    apply(two);
    auto changed = two;
    changed[0].sql = "CREATE TABLE one (n bigint)";
    EXPECT_THAT(refusal(changed), ::testing::HasSubstr("0001_one was changed"));
}

TEST_F(MigrationsTest, TheEmbeddedOnesAreNumberedWithoutGaps) {
    int number = 0;
    for (const auto& one : embedded_migrations())
        EXPECT_EQ(one.number, ++number) << one.name;
    EXPECT_GE(number, 3);
    apply(embedded_migrations());
    apply(embedded_migrations());
}

TEST_F(MigrationsTest, ATableThatTheDashboardMadeIsKept) {
    database.exec(R"(CREATE TABLE commands (
        id UUID PRIMARY KEY DEFAULT gen_random_uuid(), guild_id TEXT NOT NULL, action TEXT NOT NULL,
        payload JSONB, status TEXT DEFAULT 'pending', result JSONB,
        created_at TIMESTAMPTZ DEFAULT now(), updated_at TIMESTAMPTZ DEFAULT now());
        INSERT INTO commands (guild_id, action) VALUES ('1', 'lock'))");
    apply(embedded_migrations());
    EXPECT_EQ(database.text("SELECT action || attempts FROM commands"), "lock0");
    database.exec(
        "INSERT INTO commands (guild_id, action, payload, status) VALUES ('1', 'x', NULL, 'pending')");
    EXPECT_EQ(database.text("SELECT string_agg(action, ' ' ORDER BY seq) FROM commands"), "lock x");
}

} // namespace
} // namespace vagrolant::db
