#include "async/event.hpp"
#include "async/task_group.hpp"
#include "bot/command_queue/retention.hpp"
#include "bot/config.hpp"
#include "db/migrations.hpp"
#include "db/tests/support.hpp"

#include <gmock/gmock.h>

namespace vagrolant::bot {
namespace {

using db::testing::test_database;
using db::testing::test_loop;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

class RetentionTest : public ::testing::Test {
protected:
    void SetUp() override { loop.run(db::migrate(pool)); }

    std::size_t sweep(retention& which) {
        std::size_t count = 0;
        const auto work = [&]() -> awaitable<void> { count = co_await which.sweep(); };
        loop.run(work());
        return count;
    }

    void insert(const std::string& status, int days, int count = 1) {
        database.exec("INSERT INTO commands (guild_id, action, status, finished_at) SELECT '1', '" + status +
                      std::to_string(days) + "', '" + status + "', now() - interval '" +
                      std::to_string(days) + " days' FROM generate_series(1, " + std::to_string(count) + ")");
    }

    std::string left() {
        return database.text("SELECT coalesce(string_agg(action, ' ' ORDER BY action), '') FROM commands");
    }

    test_database database;
    test_loop loop;
    db::pool pool{loop.executor(), {.url = database.url(), .connections = 2}};
};

TEST_F(RetentionTest, DeletesWhatIsOldAndOver) {
    for (const auto* status : {"done", "error", "pending", "processing"}) {
        for (const int days : {6, 8, 29, 31})
            insert(status, days);
    }
    database.exec(
        "INSERT INTO command_audit (guild_id, source, action, ok, created_at) SELECT '1', 'slash', 'x', "
        "true, now() - n * interval '1 day' FROM generate_series(85, 95) n");
    retention rules(pool, {.pause = 0ms});
    EXPECT_EQ(sweep(rules), 4U + 6U);
    EXPECT_EQ(left(), "done6 error29 error6 error8 pending29 pending31 pending6 pending8 processing29 "
                      "processing31 processing6 processing8");
    EXPECT_EQ(database.text("SELECT count(*) FROM command_audit"), "5");
    EXPECT_EQ(sweep(rules), 0U);
}

TEST_F(RetentionTest, ZeroKeepsForEver) {
    const auto kept = [this](retention_options options) {
        database.exec("TRUNCATE commands, command_audit");
        insert("done", 3'000);
        insert("error", 3'000);
        database.exec("INSERT INTO command_audit (guild_id, source, action, ok, created_at) "
                      "VALUES ('1', 'slash', 'x', true, now() - interval '3000 days')");
        options.pause = 0ms;
        retention rules(pool, options);
        sweep(rules);
        return left() + " audit" + database.text("SELECT count(*) FROM command_audit");
    };
    EXPECT_EQ(kept({}), " audit0");
    EXPECT_EQ(kept({.done = for_ever}), "done3000 audit0");
    EXPECT_EQ(kept({.error = for_ever}), "error3000 audit0");
    EXPECT_EQ(kept({.audit = for_ever}), " audit1");
    EXPECT_EQ(kept({.done = for_ever, .error = for_ever, .audit = for_ever}), "done3000 error3000 audit1");
}

TEST_F(RetentionTest, TheConfigurationSaysHowManyDays) {
    const auto set_to = [](const char* done, const char* error, const char* audit) {
        const auto read = read_config({{"BOT_TOKEN", "a.b.c"},
                                       {"DATABASE_URL", "postgresql://u:p@db/v"},
                                       {"RETENTION_DONE_DAYS", done},
                                       {"RETENTION_ERROR_DAYS", error},
                                       {"AUDIT_RETENTION_DAYS", audit}});
        return retention_options_of(read.value());
    };
    const auto two = set_to("2", "3", "4");
    EXPECT_EQ(two.done, 48h);
    EXPECT_EQ(two.error, 72h);
    EXPECT_EQ(two.audit, 96h);
    const auto usual = set_to("", "", "");
    EXPECT_EQ(usual.done, 7 * 24h);
    EXPECT_EQ(usual.error, 30 * 24h);
    EXPECT_EQ(usual.audit, 90 * 24h);
    const auto none = set_to("0", "0", "0");
    for (const auto kept : {none.done, none.error, none.audit})
        EXPECT_EQ(kept, for_ever);

    insert("done", 1);
    insert("done", 3);
    insert("error", 2);
    insert("error", 4);
    insert("error", 3'000);
    auto options = set_to("2", "0", "0");
    options.pause = 0ms;
    retention rules(pool, options);
    EXPECT_EQ(sweep(rules), 1U);
    EXPECT_EQ(left(), "done1 error2 error3000 error4");
}

TEST_F(RetentionTest, RowsThatOnlyKnowTheContractsColumnsAreOldByTheirUpdate) {
    database.exec("INSERT INTO commands (guild_id, action, status, updated_at) VALUES "
                  "('1', 'old', 'done', now() - interval '8 days'), ('1', 'new', 'done', now())");
    retention rules(pool, {.pause = 0ms});
    EXPECT_EQ(sweep(rules), 1U);
    EXPECT_EQ(left(), "new");
}

TEST_F(RetentionTest, GoesThroughEveryPageInBatches) {
    insert("done", 8, 3'000);
    insert("done", 1, 1);
    retention rules(pool, {.pages = 3, .pause = 0ms});
    EXPECT_EQ(sweep(rules), 3'000U);
    EXPECT_EQ(left(), "done1");
}

TEST_F(RetentionTest, ABatchReadsItsOwnPagesOnly) {
    insert("done", 1, 3'000);
    database.exec("SET enable_seqscan = off");
    std::string plan;
    for (const auto& row :
         database.exec("EXPLAIN DELETE FROM commands WHERE ctid >= format('(%s,0)', 3)::tid AND "
                       "ctid < format('(%s,0)', 6)::tid AND status IN ('done', 'error')"))
        plan += row[0].as<std::string>() + "\n";
    EXPECT_THAT(plan, HasSubstr("Tid Range Scan"));
    EXPECT_THAT(plan, Not(HasSubstr("Seq Scan")));
}

TEST_F(RetentionTest, SweepsByItselfUntilItIsStopped) {
    insert("done", 8);
    retention rules(pool, {.interval = 20ms, .pause = 0ms});
    task_group tasks(loop.executor());
    tasks.spawn("retention", rules.run());
    loop.run_until([&] { return left().empty(); });
    insert("done", 9);
    loop.run_until([&] { return left().empty(); });
    tasks.stop(asio::cancellation_type::total);
    loop.run(tasks.join());
}

} // namespace
} // namespace vagrolant::bot
