#include "db/migrations.hpp"
#include "db/tests/support.hpp"
#include "discord/rest/error.hpp"
#include "discord/rest/error_codes.hpp"
#include "features/voice_hubs/silences.hpp"

#include <gmock/gmock.h>

#include <deque>
#include <functional>

namespace vagrolant::voice_hubs {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr member_key who{guild_id(5), user_id(2)};
constexpr channel_id room_channel(60);
constexpr channel_id elsewhere(61);

/// One member, and a Discord that does as it is told.
class one_in_voice : public voice_people {
public:
    time_point time{1'800'000'000'000ms};
    bool current = true;
    bool allowed = true;
    std::optional<voice_case> seen;
    /// What becomes of the next calls; none left: they are carried out.
    std::deque<std::function<awaitable<void>()>> answers;

    std::vector<bool> calls;
    std::vector<time_point> again;

    time_point now() const override { return time; }
    bool is_current(guild_id) const override { return current; }
    std::optional<voice_case> voice_of(member_key) const override { return seen; }
    bool may_mute(member_key, channel_id, bool) override { return allowed; }
    awaitable<void> mute(member_key, bool mute) override {
        calls.push_back(mute);
        if (answers.empty())
            co_return;
        const auto answer = std::move(answers.front());
        answers.pop_front();
        co_await answer();
    }
    void settle_at(time_point when, member_key) override { again.push_back(when); }

    void refuse(int status, int code) {
        answers.emplace_back([status, code]() -> awaitable<void> {
            throw discord::rest_error(status, code, "refused", {}, "PATCH /guilds/{id}/members/{id}");
            co_return;
        });
    }
};

class silences_test : public testing::Test {
protected:
    void SetUp() override { loop.run(db::migrate(pool)); }

    void TearDown() override {
        tasks.stop(asio::cancellation_type::terminal);
        loop.run(tasks.join());
    }

    void settle() {
        all.settle(who);
        loop.run(tasks.join());
    }
    /// An event shows him so.
    void show(bool muted) {
        people.seen->muted = muted;
        if (all.shown(who, people.seen->room, muted))
            settle();
    }
    /// A conference has muted him.
    void silence_him() {
        people.seen = voice_case{.room = room_channel, .may_speak = false};
        settle();
        show(true);
        ASSERT_THAT(people.calls, ElementsAre(true));
        people.calls.clear();
    }
    std::string rows_left() { return database.text("SELECT count(*) FROM voice_silences"); }

    db::testing::test_database database;
    db::testing::test_loop loop;
    db::pool pool{loop.executor(), {.url = database.url(), .connections = 2}};
    task_group tasks{loop.executor()};
    store rows{pool};
    one_in_voice people;
    silences all{rows, tasks, people};
};

TEST_F(silences_test, the_row_is_there_before_discord_is_asked) {
    people.seen = voice_case{.room = room_channel, .may_speak = false};
    std::string rows_meanwhile;
    people.answers.emplace_back([&]() -> awaitable<void> {
        rows_meanwhile = rows_left();
        co_return;
    });
    settle();
    EXPECT_THAT(people.calls, ElementsAre(true));
    EXPECT_EQ(rows_meanwhile, "1");
}

TEST_F(silences_test, who_may_speak_again_is_unmuted_and_the_row_goes) {
    silence_him();
    settle();
    EXPECT_THAT(people.calls, IsEmpty());
    people.seen->may_speak = true;
    settle();
    EXPECT_THAT(people.calls, ElementsAre(false));
    EXPECT_EQ(rows_left(), "0");
    // The event of it is no news.
    show(false);
    EXPECT_THAT(people.calls, ElementsAre(false));
}

TEST_F(silences_test, whom_a_moderator_unmutes_stays_heard_in_this_room) {
    silence_him();
    show(false);
    settle();
    EXPECT_THAT(people.calls, IsEmpty());
    EXPECT_EQ(rows_left(), "0");
    // Another conference asks for silence anew.
    people.seen->room = elsewhere;
    show(false);
    settle();
    EXPECT_THAT(people.calls, ElementsAre(true));
}

TEST_F(silences_test, whom_a_moderator_has_muted_stays_so) {
    people.seen = voice_case{.room = room_channel, .may_speak = false, .muted = true};
    settle();
    people.seen->may_speak = true;
    settle();
    EXPECT_THAT(people.calls, IsEmpty());
    EXPECT_EQ(rows_left(), "0");
}

TEST_F(silences_test, what_a_former_process_did_is_undone_wherever_he_is) {
    const silence stored{.guild = who.guild, .user = who.user, .channel = room_channel};
    loop.run(rows.put_silence(stored));
    all.load(std::span(&stored, 1));
    settle();
    // Not connected he cannot be unmuted.
    EXPECT_THAT(people.calls, IsEmpty());
    EXPECT_EQ(rows_left(), "1");
    people.seen = voice_case{.muted = true};
    all.settle_all(guild_id(6));
    loop.run(tasks.join());
    EXPECT_THAT(people.calls, IsEmpty());
    all.settle_all(who.guild);
    loop.run(tasks.join());
    EXPECT_THAT(people.calls, ElementsAre(false));
    EXPECT_EQ(rows_left(), "0");
}

TEST_F(silences_test, who_goes_before_he_is_muted_leaves_no_row) {
    people.seen = voice_case{.room = room_channel, .may_speak = false};
    people.current = false;
    settle();
    EXPECT_EQ(rows_left(), "0");
    people.current = true;
    // He goes while the row is being written.
    all.settle(who);
    people.seen.reset();
    loop.run(tasks.join());
    EXPECT_THAT(people.calls, IsEmpty());
    EXPECT_EQ(rows_left(), "0");
}

TEST_F(silences_test, a_call_without_an_answer_is_made_again_later) {
    people.seen = voice_case{.room = room_channel, .may_speak = false};
    people.refuse(502, 0);
    settle();
    EXPECT_THAT(people.calls, ElementsAre(true));
    EXPECT_THAT(people.again, ElementsAre(people.time + 5s));
    EXPECT_EQ(rows_left(), "1");
    people.time += 5s;
    settle();
    EXPECT_THAT(people.calls, ElementsAre(true, true));
}

TEST_F(silences_test, a_limit_is_waited_out) {
    people.seen = voice_case{.room = room_channel, .may_speak = false};
    people.answers.emplace_back([]() -> awaitable<void> {
        throw discord::rate_limited("PATCH /guilds/{id}/members/{id}", "too many", 7s);
        co_return;
    });
    settle();
    EXPECT_THAT(people.again, ElementsAre(people.time + 7s));
}

TEST_F(silences_test, a_refusal_holds_for_the_guild_until_it_may_be_otherwise) {
    people.seen = voice_case{.room = room_channel, .may_speak = false};
    people.refuse(403, 50013);
    settle();
    people.time += 1min;
    settle();
    EXPECT_THAT(people.calls, ElementsAre(true));
    EXPECT_TRUE(all.forget_refusal(who.guild));
    EXPECT_FALSE(all.forget_refusal(who.guild));
    people.refuse(403, 50013);
    settle();
    EXPECT_THAT(people.calls, ElementsAre(true, true));
    people.time += 5min;
    all.sweep();
    EXPECT_FALSE(all.forget_refusal(who.guild));
    settle();
    EXPECT_THAT(people.calls, ElementsAre(true, true, true));
}

TEST_F(silences_test, nothing_is_written_where_the_bot_may_not_mute) {
    people.seen = voice_case{.room = room_channel, .may_speak = false};
    people.allowed = false;
    settle();
    EXPECT_THAT(people.calls, IsEmpty());
    EXPECT_EQ(rows_left(), "0");
}

TEST_F(silences_test, who_has_left_the_guild_is_forgotten) {
    silence_him();
    people.seen->may_speak = true;
    people.refuse(404, discord::json_error::unknown_member);
    settle();
    EXPECT_THAT(people.calls, ElementsAre(false));
    EXPECT_EQ(rows_left(), "0");
}

TEST_F(silences_test, who_is_not_connected_any_more_is_unmuted_when_he_is_back) {
    silence_him();
    people.seen->may_speak = true;
    people.refuse(400, discord::json_error::target_user_not_connected_to_voice);
    settle();
    EXPECT_EQ(rows_left(), "1");
    EXPECT_THAT(people.again, IsEmpty());
    people.seen = voice_case{.muted = true};
    settle();
    EXPECT_THAT(people.calls, ElementsAre(false, false));
    EXPECT_EQ(rows_left(), "0");
}

TEST_F(silences_test, an_unmute_never_overtakes_the_mute_before_it) {
    people.seen = voice_case{.room = room_channel, .may_speak = false};
    event go_on(loop.executor());
    event asked(loop.executor());
    people.answers.emplace_back([&]() -> awaitable<void> {
        asked.notify_all();
        co_await go_on.wait();
    });
    loop.run([&]() -> awaitable<void> {
        all.settle(who);
        co_await asked.wait();
        people.seen->may_speak = true;
        // However often it is asked for meanwhile.
        for (int i = 0; i < 5; ++i)
            all.settle(who);
        EXPECT_THAT(people.calls, ElementsAre(true));
        go_on.notify_all();
        co_await tasks.join();
    }());
    EXPECT_THAT(people.calls, ElementsAre(true, false));
    EXPECT_EQ(rows_left(), "0");
}

} // namespace
} // namespace vagrolant::voice_hubs
