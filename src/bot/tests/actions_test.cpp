#include "bot/actions.hpp"
#include "bot/tests/services_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace vagrolant::bot {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr auto guild_here = "41771983423143937";
constexpr auto guild_away = "41771983423143938";

struct empty_request {};

empty_request read_nothing(payload&) {
    return {};
}

empty_request read_channel(payload& from) {
    from.id<discord::channel_id>("channelId");
    return {};
}

awaitable<action_result> succeed(services&, action_call call, empty_request) {
    co_return json::object{{"guild", json::id(call.guild)}};
}

awaitable<action_result> refuse(services&, action_call, empty_request) {
    co_return std::unexpected(refusal{.code = "busy",
                                      .reason = localized{.fr = "Occupé.", .en = "Busy."},
                                      .retry_after = std::chrono::milliseconds(1500)});
}

awaitable<action_result> fail_at_discord(services&, action_call, empty_request) {
    throw discord::rest_error(403, 50013, "Missing Permissions", {}, "POST /x");
    co_return json::object{};
}

awaitable<action_result> have_a_bug(services&, action_call, empty_request) {
    throw std::logic_error("a bug");
    co_return json::object{};
}

class action_executor_test : public services_fixture {
protected:
    void SetUp() override {
        services_fixture::SetUp();
        features.action(make_action({.name = "succeed", .lane = "a"}, read_nothing, succeed));
        features.action(
            make_action({.name = "once", .lane = "b", .time_to_live = 10min, .repeatable_for = 2min},
                        read_nothing, succeed));
        features.action(make_action({.name = "counted",
                                     .lane = "b",
                                     .repeatable_for = 0s,
                                     .so_far =
                                         [](const json::object& progress) {
                                             const auto count = progress.at("deleted").to_number<int>();
                                             return say({.fr = "{} supprimés", .en = "{} deleted"}, count);
                                         }},
                                    read_nothing, succeed));
        features.action(make_action({.name = "channel", .lane = "b"}, read_channel, succeed));
        features.action(make_action({.name = "refuse", .lane = "b"}, read_nothing, refuse));
        features.action(make_action({.name = "fail", .lane = "b"}, read_nothing, fail_at_discord));
        features.action(make_action({.name = "bug", .lane = "b"}, read_nothing, have_a_bug));
        come_online(R"([{"id": "41771983423143937", "unavailable": true},
                        {"id": "41771983423143938", "unavailable": true}])");
        arrive(guild_here);
    }

    void arrive(std::string_view guild) {
        dispatch("GUILD_CREATE", R"({"id": ")" + std::string(guild) + R"(", "name": "G", "owner_id": "2",
            "preferred_locale": "fr", "roles": [], "channels": [], "members": [], "voice_states": [], "features": [],
            "member_count": 1, "premium_tier": 0, "mfa_level": 0})");
    }

    command_outcome execute(command which) {
        command_outcome outcome;
        const auto work = [&]() -> awaitable<void> {
            outcome = co_await executor.execute(std::move(which), {});
        };
        loop.run(work());
        return outcome;
    }

    /// Begins it; its outcome is among `ended`.
    void begin(command which) {
        struct runner {
            static awaitable<void> run(action_executor_test& test, command which) {
                auto outcome = co_await test.executor.execute(std::move(which), {});
                test.ended.push_back(std::move(outcome));
            }
        };
        tasks.spawn("test", runner::run(*this, std::move(which)));
    }

    std::size_t count(const std::string& code) const {
        return static_cast<std::size_t>(
            std::ranges::count_if(ended, [&](const auto& outcome) { return text(outcome, "code") == code; }));
    }

    command ask(std::string action, std::string guild = guild_here) {
        return {.id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
                .guild_id = std::move(guild),
                .action = std::move(action),
                .payload = "{}",
                .created_at = now};
    }

    static std::string text(const command_outcome& outcome, const char* key) {
        const auto* found = outcome.result.if_contains(key);
        return found == nullptr ? "" : std::string(found->as_string());
    }

    std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();
    std::vector<command_outcome> ended;
    registry features;
    action_executor executor{with, features, events, [this] { return now; }};
};

TEST_F(action_executor_test, carries_out_what_is_in_order) {
    const auto outcome = execute(ask("succeed"));
    EXPECT_TRUE(outcome.ok);
    EXPECT_EQ(text(outcome, "guild"), guild_here);
    EXPECT_TRUE(outcome.result.at("ok").as_bool());
    const auto lanes = executor.lanes();
    const auto first = std::ranges::find(lanes, "a", &lane::name);
    ASSERT_NE(first, lanes.end());
    EXPECT_THAT(first->actions, testing::Contains("succeed"));
}

TEST_F(action_executor_test, refuses_what_all_actions_refuse) {
    struct row {
        std::string action;
        std::string guild;
        std::string code;
    };
    for (const auto& one :
         {row{"unheard-of", guild_here, "unknown_action"}, row{"succeed", "nonsense", "bad_guild_id"},
          row{"succeed", "", "bad_guild_id"}, row{"channel", guild_here, "bad_payload"},
          row{"fail", guild_here, "missing_permissions"}}) {
        const auto outcome = execute(ask(one.action, one.guild));
        EXPECT_FALSE(outcome.ok);
        EXPECT_EQ(text(outcome, "code"), one.code);
        EXPECT_NE(text(outcome, "reason"), "");
    }
}

TEST_F(action_executor_test, a_guild_that_the_bot_is_not_in_is_waited_for_while_it_may_be_joining) {
    auto old = ask("succeed", "42");
    now += action_executor::guild_patience;
    EXPECT_EQ(text(execute(old), "code"), "unknown_guild");

    begin(ask("succeed", "42"));
    loop.run_until([turns = 0]() mutable { return ++turns > 2; });
    EXPECT_EQ(ended.size(), 0U);
    arrive("42");
    loop.run_until([&] { return tasks.size() == 0; });
    EXPECT_TRUE(ended.at(0).ok);
}

TEST_F(action_executor_test, only_so_many_wait_for_guilds_of_nobody) {
    constexpr std::size_t asked = 50;
    constexpr auto waiting = action_executor::max_waiting_for_strangers;
    for (std::size_t guild = 0; guild < asked; ++guild)
        begin(ask("succeed", std::to_string(100 + guild)));
    loop.run_until([&] { return count("unknown_guild") == asked - waiting; });
    // Not to the cost of those that Discord will bring back.
    begin(ask("succeed", guild_away));
    loop.run_until([turns = 0]() mutable { return ++turns > 2; });
    EXPECT_EQ(ended.size(), asked - waiting);
    arrive(guild_away);
    loop.run_until([&] { return count("") == 1; });
    for (std::size_t guild = 0; guild < asked; ++guild)
        arrive(std::to_string(100 + guild));
    loop.run_until([&] { return tasks.size() == 0; });
    EXPECT_EQ(count(""), 1 + waiting);
}

TEST_F(action_executor_test, only_so_many_wait_for_a_guild_that_discord_has_taken_away) {
    constexpr std::size_t asked = 300;
    constexpr auto waiting = action_executor::max_waiting_for_own;
    for (std::size_t one = 0; one < asked; ++one)
        begin(ask("succeed", guild_away));
    loop.run_until([&] { return count("guild_unavailable") == asked - waiting; });
    // Those of other guilds are not held up.
    EXPECT_TRUE(execute(ask("succeed")).ok);
    EXPECT_EQ(ended.size(), asked - waiting);
    arrive(guild_away);
    loop.run_until([&] { return tasks.size() == 0; });
    EXPECT_EQ(count(""), waiting);
    EXPECT_EQ(ended.size(), asked);
}

TEST_F(action_executor_test, who_asks_must_be_somebody) {
    auto asked = ask("succeed");
    for (const auto* const nobody : {"", "zoe", "0", "-1", "99999999999999999999", "41771983423143937 "}) {
        asked.requested_by = nobody;
        EXPECT_EQ(text(execute(asked), "code"), "bad_requester") << nobody;
    }
}

TEST_F(action_executor_test, a_guild_can_require_that_dashboards_say_who_asks) {
    database.exec("INSERT INTO guild_settings (guild_id, requester_required) VALUES (" +
                  std::string(guild_here) + ", true)");
    EXPECT_EQ(text(execute(ask("succeed")), "code"), "requester_required");
    auto asked = ask("succeed");
    asked.requested_by = "7";
    // Discord, which knows whether 7 is a member, is not there in this test.
    EXPECT_EQ(text(execute(asked), "code"), "discord_unreachable");
}

TEST_F(action_executor_test, actions_are_in_lanes_with_limits) {
    const auto lanes = executor.lanes();
    EXPECT_THAT(lanes, testing::Contains(testing::Field(&lane::name, "")));
    const auto of_b = std::ranges::find(lanes, "b", &lane::name);
    ASSERT_NE(of_b, lanes.end());
    EXPECT_THAT(of_b->actions, testing::IsSupersetOf({"once", "channel", "refuse"}));
    EXPECT_GT(of_b->per_second, 0);
    EXPECT_GT(of_b->max_waiting, 0U);
    EXPECT_EQ(of_b->time_to_live, 10min) << "that of the most patient of its actions";
}

TEST_F(action_executor_test, only_what_is_always_repeatable_counts_as_such) {
    EXPECT_TRUE(executor.repeatable(ask("succeed")));
    EXPECT_FALSE(executor.repeatable(ask("once")));
    EXPECT_FALSE(executor.repeatable(ask("unheard-of")));
}

TEST_F(action_executor_test, a_refusal_keeps_when_to_ask_again) {
    const auto outcome = execute(ask("refuse"));
    EXPECT_EQ(text(outcome, "reason"), "Occupé.");
    EXPECT_EQ(outcome.result.at("retryAfter").to_number<int>(), 1500);
}

TEST_F(action_executor_test, reasons_are_in_the_guild_s_language) {
    database.exec("INSERT INTO guild_settings (guild_id, locale) VALUES (" + std::string(guild_here) +
                  ", 'en')");
    EXPECT_EQ(text(execute(ask("refuse")), "reason"), "Busy.");
    EXPECT_THAT(text(execute(ask("unheard-of")), "reason"), HasSubstr("Unknown action"));
}

TEST_F(action_executor_test, a_mistake_of_ours_is_not_told_to_people) {
    EXPECT_THROW(execute(ask("bug")), std::logic_error);
}

TEST_F(action_executor_test, a_command_can_be_too_old) {
    const auto asked = ask("once");
    now += 10min;
    EXPECT_TRUE(execute(asked).ok);
    now += 1s;
    EXPECT_EQ(text(execute(asked), "code"), "expired");
}

TEST_F(action_executor_test, what_a_crash_interrupted_is_repeated_only_while_that_is_safe) {
    auto asked = ask("once");
    asked.attempts = 2;
    now += 2min;
    EXPECT_TRUE(execute(asked).ok);
    now += 1s;
    EXPECT_EQ(text(execute(asked), "code"), "interrupted");
    // It had waited before it was begun.
    asked.first_begun = asked.created_at + 5min;
    now = *asked.first_begun + 2min;
    EXPECT_TRUE(execute(asked).ok);
    now += 1s;
    EXPECT_EQ(text(execute(asked), "code"), "interrupted");
    asked.attempts = 1;
    EXPECT_TRUE(execute(asked).ok);
    auto harmless = ask("succeed");
    harmless.attempts = 3;
    EXPECT_TRUE(execute(harmless).ok);
    // Whoever began it may have done it: it cannot be said to have only waited.
    now += 10min;
    EXPECT_EQ(text(execute(harmless), "code"), "interrupted");
}

TEST_F(action_executor_test, what_was_done_before_a_crash_is_told) {
    auto asked = ask("counted");
    asked.attempts = 2;
    now += 1s;
    const auto silent = execute(asked);
    EXPECT_EQ(text(silent, "code"), "interrupted");
    EXPECT_THAT(text(silent, "reason"), HasSubstr("vérifiez"));
    asked.progress = R"({"deleted": 312, "code": "made up", "ok": true})";
    const auto told = execute(asked);
    EXPECT_FALSE(told.ok);
    EXPECT_FALSE(told.result.at("ok").as_bool());
    EXPECT_EQ(text(told, "code"), "interrupted");
    EXPECT_EQ(told.result.at("deleted").to_number<int>(), 312);
    EXPECT_THAT(text(told, "reason"), HasSubstr("Déjà fait : 312 supprimés."));
    for (const auto* const unreadable : {"", "[]", "{", "null"}) {
        asked.progress = unreadable;
        EXPECT_EQ(text(execute(asked), "code"), "interrupted") << unreadable;
    }
}

TEST_F(action_executor_test, what_was_done_before_a_crash_is_told_whatever_else_fails) {
    auto asked = ask("counted");
    asked.attempts = 2;
    asked.progress = R"({"deleted": 312})";
    const auto expect_told = [&](std::string_view reason) {
        const auto told = execute(asked);
        EXPECT_EQ(text(told, "code"), "interrupted");
        EXPECT_EQ(told.result.at("deleted").to_number<int>(), 312);
        EXPECT_THAT(text(told, "reason"), HasSubstr(reason));
    };
    database.exec(
        "INSERT INTO guild_settings (guild_id, locale, requester_required) VALUES (42, 'en', true), (" +
        std::string(guild_away) + ", 'en', true)");
    asked.guild_id = "42";
    expect_told("312 deleted");
    asked.guild_id = guild_away;
    expect_told("312 deleted");
    database.exec("ALTER TABLE guild_settings RENAME TO lost");
    asked.guild_id = guild_here;
    expect_told("312 supprimés");
}

TEST_F(action_executor_test, a_guild_that_is_still_arriving_is_waited_for) {
    begin(ask("succeed", guild_away));
    // It has begun, and has nothing to do but wait.
    loop.run_until([turns = 0]() mutable { return ++turns > 2; });
    EXPECT_EQ(ended.size(), 0U);
    arrive(guild_away);
    loop.run_until([&] { return tasks.size() == 0; });
    EXPECT_TRUE(ended.at(0).ok);
}

} // namespace
} // namespace vagrolant::bot
