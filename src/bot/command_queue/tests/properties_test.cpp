// Properties of claim, order, turns and leases that hold whatever several processes do at the same time. Each
// run draws its actions from a seed, which is printed with every failure; VAGROLANT_TEST_SEED runs another.
#include "async/task_group.hpp"
#include "bot/command_queue/queue.hpp"
#include "db/migrations.hpp"
#include "db/tests/support.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <set>

namespace vagrolant::bot {
namespace {

using db::testing::test_database;
using db::testing::test_loop;
using namespace std::chrono_literals;

const std::vector<lane> lanes{{.name = "moderation", .actions = {"purge", "lock"}},
                              {.name = "reads", .actions = {"list"}, .repeatable = true}};
const std::vector<std::string> actions{"purge", "lock", "list", "unknown"};

std::string lane_of(const std::string& action) {
    return action == "unknown" ? "" : action == "list" ? "reads" : "moderation";
}

std::uint32_t seed() {
    const char* chosen = std::getenv("VAGROLANT_TEST_SEED");
    return chosen == nullptr ? 20'261'122U : static_cast<std::uint32_t>(std::strtoul(chosen, nullptr, 10));
}

class dice {
public:
    explicit dice(std::uint32_t seed)
        : random_(seed) {}

    std::size_t below(std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
    }
    bool one_in(std::size_t count) { return below(count) == 0; }

private:
    std::mt19937 random_;
};

class QueuePropertiesTest : public ::testing::Test {
protected:
    void SetUp() override {
        loop.run(db::migrate(pool));
        // What no process may ever see: two rows of a lane being carried out, or, where one process holds
        // several of a lane that is repeatable, another's beside them. Asked after every change.
        database.exec(R"(
CREATE FUNCTION lane_of(action text) RETURNS text IMMUTABLE LANGUAGE sql AS
    $$ SELECT CASE action WHEN 'unknown' THEN '' WHEN 'list' THEN 'reads' ELSE 'moderation' END $$;
CREATE TABLE history (at bigint GENERATED ALWAYS AS IDENTITY, guild text, lane text, seq bigint, attempts int,
    old text, new text);
CREATE FUNCTION remember() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO history (guild, lane, seq, attempts, old, new)
        VALUES (NEW.guild_id, lane_of(NEW.action), NEW.seq, NEW.attempts, OLD.status, NEW.status);
    IF NEW.status = 'processing' AND OLD.status <> 'processing' AND (
        SELECT count(*) FROM commands
        WHERE status = 'processing' AND guild_id = NEW.guild_id AND lane_of(action) = lane_of(NEW.action)
            AND (lane_of(action) <> 'reads' OR id = NEW.id OR claimed_by <> NEW.claimed_by)) > 1
    THEN
        RAISE EXCEPTION 'two at once in % %', NEW.guild_id, lane_of(NEW.action);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER remember AFTER UPDATE ON commands FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION remember())");
    }

    void insert(const std::string& guild, const std::string& action) {
        database.exec("INSERT INTO commands (guild_id, action) VALUES ('" + guild + "', '" + action + "')");
    }

    std::string open() {
        return database.text("SELECT count(*) FROM commands WHERE status IN ('pending', 'processing')");
    }

    /// Each lane's rows were first claimed in the order of their numbers, where nobody gave one back.
    void expect_order() {
        EXPECT_EQ(database.text(R"(
WITH claims AS (SELECT *, lag(seq) OVER (PARTITION BY guild, lane ORDER BY at) AS before
    FROM history WHERE new = 'processing' AND lane <> 'reads')
SELECT count(*) FROM claims WHERE seq < before)"),
                  "0");
    }

    /// Between a row's claim and its end no other row of its lane was claimed.
    void expect_never_side_by_side() {
        EXPECT_EQ(database.text(R"(
WITH running AS (SELECT *, sum(CASE WHEN new = 'processing' THEN 1 ELSE -1 END)
        OVER (PARTITION BY guild, lane ORDER BY at) AS together
    FROM history WHERE (new = 'processing' OR old = 'processing') AND lane <> 'reads')
SELECT count(*) FROM running WHERE together NOT IN (0, 1))"),
                  "0");
    }

    test_database database;
    test_loop loop;
    db::pool pool{loop.executor(), {.url = database.url(), .connections = 6}};
};

/// A process as the store sees one: it claims, renews, finishes, gives back, and sometimes dies.
class fickle_process {
public:
    fickle_process(db::pool& pool, int number, std::uint32_t seed)
        : pool_(pool)
        , number_(number)
        , dice_(seed) {
        reborn();
    }

    awaitable<void> live(const bool& over) {
        while (!over) {
            switch (dice_.below(8)) {
            case 0:
            case 1:
            case 2:
                co_await claim();
                break;
            case 3:
            case 4:
            case 5:
                co_await finish();
                break;
            case 6:
                co_await other_things();
                break;
            default:
                co_await recover();
                break;
            }
        }
        while (!held_.empty())
            co_await finish();
    }

    int crashes = 0;
    std::map<std::string, int> finished;
    int lost = 0;

private:
    void reborn() {
        held_.clear();
        const auto id = fmt::format("{:08x}-0000-4000-8000-{:012x}", number_, ++lives_);
        store_.emplace(pool_, id, lanes);
    }

    awaitable<void> claim() {
        claim_request what{.room = 1 + dice_.below(6),
                           .depth = 1 + dice_.below(4),
                           .lease = lease,
                           .reach = 1 + dice_.below(8)};
        what.after_guild = after_;
        const bool retrying = std::ranges::any_of(held_, [](const auto& one) { return one.attempts > 1; });
        what.with_retries = !retrying;
        const auto got = co_await store_->claim(std::move(what));
        after_ = got.next_guild;
        for (const auto& row : got.commands)
            held_.push_back({row.request.id, row.request.attempts});
    }

    awaitable<void> finish() {
        if (held_.empty())
            co_return;
        std::vector<finished_command> outcomes;
        for (auto count = 1 + dice_.below(held_.size()); count > 0; --count) {
            outcomes.push_back({held_.front(), R"({"ok":true})"});
            held_.erase(held_.begin());
        }
        const auto asked = outcomes.size();
        const bool durable = dice_.one_in(2);
        const auto written = co_await store_->finish(std::move(outcomes), durable);
        for (const auto& id : written)
            ++finished[id];
        lost += static_cast<int>(asked - written.size());
    }

    awaitable<void> other_things() {
        if (dice_.one_in(3)) {
            // kill -9: it remembers nothing.
            ++crashes;
            reborn();
        } else if (dice_.one_in(2)) {
            const auto result = co_await store_->renew(held_, lease);
            std::erase_if(held_, [&](const command_claim& one) {
                return std::ranges::find(result.lost, one.id) != result.lost.end();
            });
        } else {
            auto claims = std::exchange(held_, {});
            const bool begun = dice_.one_in(2);
            co_await store_->release(std::move(claims), begun);
        }
    }

    awaitable<void> recover() {
        std::vector<std::string> ids;
        for (const auto& one : held_)
            ids.push_back(one.id);
        const json::object nothing{{"", json::object{{"ok", false}}}};
        co_await store_->recover(std::move(ids), 1'000'000, nothing, nothing);
    }

    // Some leases run out although their process lives.
    static constexpr std::chrono::milliseconds lease{40};

    db::pool& pool_;
    int number_;
    dice dice_;
    int lives_ = 0;
    std::optional<command_store> store_;
    std::vector<command_claim> held_;
    std::string after_;
};

TEST_F(QueuePropertiesTest, SeveralProcessesThatClaimFinishReleaseAndDie) {
    SCOPED_TRACE(testing::Message() << "seed " << seed());
    dice random(seed());
    constexpr int total = 150;
    for (int i = 0; i < total; ++i)
        insert(std::to_string(random.below(8)), actions[random.below(actions.size())]);
    std::list<fickle_process> processes;
    task_group tasks(loop.executor());
    bool over = false;
    for (int i = 0; i < 4; ++i) {
        auto& one = processes.emplace_back(pool, i, seed() + static_cast<std::uint32_t>(i));
        tasks.spawn("process", one.live(over));
    }
    loop.run_until([&] { return open() == "0"; });
    over = true;
    loop.run(tasks.join());
    EXPECT_EQ(database.text("SELECT count(*) FROM commands WHERE status = 'done'"), std::to_string(total));
    EXPECT_EQ(database.text("SELECT count(*) FROM command_audit"), std::to_string(total));
    EXPECT_EQ(database.text("SELECT count(DISTINCT command_id) FROM command_audit"), std::to_string(total));
    expect_never_side_by_side();
    // Fencing: of all that believed they had finished a row, exactly one was right.
    std::map<std::string, int> finished;
    int crashes = 0;
    for (const auto& one : processes) {
        crashes += one.crashes;
        for (const auto& [id, count] : one.finished)
            finished[id] += count;
    }
    EXPECT_EQ(finished.size(), static_cast<std::size_t>(total));
    EXPECT_TRUE(std::ranges::all_of(finished, [](const auto& entry) { return entry.second == 1; }));
    EXPECT_GT(crashes, 0);
}

/// Takes as many turns of the loop as the dice say.
class slow_executor : public command_executor {
public:
    slow_executor(const asio::any_io_executor& loop, std::uint32_t seed)
        : loop_(loop)
        , dice_(seed) {}

    std::vector<bot::lane> lanes() const override { return bot::lanes; }
    std::chrono::milliseconds time_limit(const command& /*which*/) const override {
        return std::chrono::minutes(1);
    }
    awaitable<std::optional<locale>> language_of(std::string /*guild_id*/) const override {
        co_return std::nullopt;
    }
    bool repeatable(const command& which) const override { return which.action == "list"; }

    awaitable<command_outcome> execute(command which, progress_report) override {
        auto& running = at_once[which.guild_id + lane_of(which.action)];
        most_at_once = std::max(most_at_once, ++running);
        order[which.guild_id + lane_of(which.action)].push_back(which.id);
        struct leave {
            int& count;
            ~leave() { --count; }
        } const on_leaving{running};
        if (const auto time = dice_.below(4); time > 0)
            co_await sleep_for(std::chrono::milliseconds(time));
        co_return command_outcome::success();
    }

    // Of all processes of the test.
    static inline std::map<std::string, int> at_once;
    static inline std::map<std::string, std::vector<std::string>> order;
    static inline int most_at_once = 0;

private:
    asio::any_io_executor loop_;
    dice dice_;
};

struct bot_process {
    bot_process(const asio::any_io_executor& loop, const std::string& url, std::uint32_t seed,
                const command_queue_options& options)
        : pool(loop, {.url = url, .connections = 2})
        , listener(loop, {.url = url})
        , executor(loop, seed)
        , queue(loop, pool, listener, executor, options)
        , tasks(loop) {
        listener.start();
        tasks.spawn("queue", queue.run());
    }

    db::pool pool;
    db::session listener;
    slow_executor executor;
    command_queue queue;
    task_group tasks;
};

TEST_F(QueuePropertiesTest, SeveralQueuesThatComeAndGoKeepEveryLaneInOrder) {
    SCOPED_TRACE(testing::Message() << "seed " << seed());
    dice random(seed());
    slow_executor::order.clear();
    std::list<bot_process> processes;
    const command_queue_options options{.poll = 20ms, .max_held = 12, .batch = 4, .depth = 3};
    const auto add = [&] {
        processes.emplace_back(loop.executor(), database.url(),
                               static_cast<std::uint32_t>(random.below(1'000'000)), options);
    };
    for (int i = 0; i < 3; ++i)
        add();
    constexpr int total = 150;
    for (int i = 0; i < total; ++i) {
        // Half of all by one guild.
        insert(random.one_in(2) ? "0" : std::to_string(1 + random.below(6)),
               actions[random.below(actions.size())]);
        if (random.one_in(60)) {
            // A restart; what runs is finished.
            auto& leaving = processes.front();
            leaving.tasks.stop(asio::cancellation_type::total);
            loop.run(leaving.tasks.join());
            processes.pop_front();
            add();
        }
    }
    loop.run_until([&] { return open() == "0"; });
    for (auto& one : processes) {
        one.tasks.stop(asio::cancellation_type::total);
        loop.run(one.tasks.join());
    }
    EXPECT_EQ(database.text("SELECT count(*) FROM commands WHERE status = 'done' AND attempts = 1"),
              std::to_string(total));
    EXPECT_EQ(slow_executor::most_at_once, 1);
    expect_never_side_by_side();
    expect_order();
    for (const auto& [lane, ids] : slow_executor::order) {
        EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size()) << lane;
        std::vector<int> places;
        for (const auto& id : ids)
            places.push_back(std::stoi(database.text("SELECT seq FROM commands WHERE id = '" + id + "'")));
        EXPECT_TRUE(std::ranges::is_sorted(places)) << lane;
    }
}

TEST_F(QueuePropertiesTest, NobodyStarvesBesideAFlood) {
    SCOPED_TRACE(testing::Message() << "seed " << seed());
    dice random(seed());
    constexpr int guilds = 10;
    database.exec("INSERT INTO commands (guild_id, action) SELECT '5', 'lock' FROM generate_series(1, 300)");
    for (int guild = 0; guild < guilds; ++guild) {
        for (auto count = 1 + random.below(6); count > 0; --count)
            insert(std::to_string(guild), "lock");
    }
    command_store store{pool, "aaaaaaaa-0000-4000-8000-000000000000", lanes};
    std::vector<std::string> turns;
    const auto work = [&]() -> awaitable<void> {
        std::string after;
        for (int i = 0; i < 60; ++i) {
            claim_request what{.room = 1 + random.below(3), .lease = 30s, .after_guild = after};
            const auto got = co_await store.claim(std::move(what));
            after = got.next_guild;
            std::vector<finished_command> outcomes;
            for (const auto& row : got.commands) {
                outcomes.push_back({{row.request.id, row.request.attempts}, R"({"ok":true})"});
                turns.push_back(row.request.guild_id);
            }
            co_await store.finish(std::move(outcomes), false);
        }
    };
    loop.run(work());
    EXPECT_EQ(database.text("SELECT count(*) FROM commands WHERE status = 'pending' AND guild_id <> '5'"),
              "0");
    // All of them wait from the beginning: between two turns of one guild nobody else has two.
    std::map<std::string, std::size_t> last;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        const auto before = last.find(turns[i]);
        if (before != last.end()) {
            const std::vector<std::string> between(turns.begin() +
                                                       static_cast<std::ptrdiff_t>(before->second) + 1,
                                                   turns.begin() + static_cast<std::ptrdiff_t>(i));
            EXPECT_EQ(std::set<std::string>(between.begin(), between.end()).size(), between.size())
                << "turn " << i;
        }
        last[turns[i]] = i;
    }
}

} // namespace
} // namespace vagrolant::bot
