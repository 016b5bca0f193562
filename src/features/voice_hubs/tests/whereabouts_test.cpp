#include "bot/tests/services_fixture.hpp"
#include "features/voice_hubs/whereabouts.hpp"

#include <gmock/gmock.h>

namespace vagrolant::voice_hubs {
namespace {

using enum whereabouts::answer;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr guild_id guild(100);
constexpr channel_id hub_channel(30);
constexpr channel_id lounge(31);
constexpr member_key who{guild, user_id(2)};

/// The cache has the member in the hub.
class whereabouts_test : public bot::services_fixture {
protected:
    void SetUp() override {
        services_fixture::SetUp();
        come_online("[]");
        dispatch("GUILD_CREATE", R"({"id": "100", "name": "G", "owner_id": "9", "preferred_locale": "fr",
            "roles": [{"id": "100", "name": "r", "color": 0, "hoist": false, "position": 0, "managed": false,
                       "permissions": "1049600", "mentionable": false, "flags": 0}],
            "channels": [{"id": "30", "type": 2, "name": "hub", "position": 0, "permission_overwrites": []},
                         {"id": "31", "type": 2, "name": "lounge", "position": 1, "permission_overwrites": []}],
            "members": [{"user": {"id": "1", "username": "bot", "discriminator": "0"}, "roles": [],
                         "joined_at": "2026-01-01T00:00:00+00:00", "deaf": false, "mute": false, "flags": 0}],
            "voice_states": [{"channel_id": "30", "user_id": "2", "session_id": "s", "deaf": false,
                              "mute": false, "self_deaf": false, "self_mute": false, "self_video": false,
                              "suppress": false}],
            "features": [], "member_count": 2, "premium_tier": 0, "mfa_level": 0})");
        known.put_hub({.channel = hub_channel, .guild = guild});
    }

    void answer(int status, std::string body) {
        answers.by_request["GET /guilds/100/voice-states/2"] = {status, std::move(body)};
    }
    static std::string voice_in(channel_id channel) {
        return R"({"channel_id": ")" + channel.to_string() +
               R"(", "user_id": "2", "session_id": "s", "deaf": false, "mute": true, "self_deaf": false,
                  "self_mute": false, "self_video": false, "suppress": false})";
    }
    whereabouts::answer ask() {
        auto result = unknown;
        loop.run([&]() -> awaitable<void> {
            result = co_await people.learn(who, discord::rest_priority::normal);
        }());
        return result;
    }
    channel_id shown() const {
        const auto* voice = cache.find_voice_state(guild, who.user);
        return voice == nullptr ? channel_id() : voice->channel;
    }

    directory known;
    /// What was told: from where to where.
    std::vector<std::pair<channel_id, channel_id>> told;
    whereabouts people{with, known, [this](const discord::voice_state& now, channel_id before) {
                           EXPECT_EQ((member_key{now.guild, now.user}), who);
                           EXPECT_EQ(shown(), now.channel);
                           told.emplace_back(before, now.channel);
                       }};
};

TEST_F(whereabouts_test, a_move_that_no_event_has_shown_is_learnt) {
    answer(200, voice_in(lounge));
    EXPECT_EQ(ask(), learnt);
    EXPECT_THAT(told, ElementsAre(Pair(hub_channel, lounge)));
    EXPECT_TRUE(cache.find_voice_state(guild, who.user)->mute);
}

TEST_F(whereabouts_test, who_is_not_connected_is_nowhere) {
    answer(404, R"({"message": "Unknown Voice State", "code": 10065})");
    EXPECT_EQ(ask(), learnt);
    EXPECT_THAT(told, ElementsAre(Pair(hub_channel, channel_id())));
}

TEST_F(whereabouts_test, where_the_bot_may_not_look_he_is_not_where_it_may) {
    answer(403, R"({"message": "Missing Access", "code": 50001})");
    EXPECT_EQ(ask(), learnt);
    EXPECT_THAT(told, ElementsAre(Pair(hub_channel, channel_id())));
    // Of a channel that it may not enter either it says nothing.
    told.clear();
    dispatch("CHANNEL_UPDATE", R"({"id": "31", "type": 2, "guild_id": "100", "name": "lounge", "position": 1,
        "permission_overwrites": [{"id": "100", "type": 0, "allow": "0", "deny": "1048576"}]})");
    people.take_in(who, {.channel = lounge});
    told.clear();
    EXPECT_EQ(ask(), unknown);
    EXPECT_THAT(told, IsEmpty());
    EXPECT_EQ(shown(), lounge);
}

TEST_F(whereabouts_test, what_discord_does_not_say_changes_nothing) {
    answer(500, "");
    EXPECT_EQ(ask(), unknown);
    answer(200, R"({"channel_id": 7})");
    EXPECT_EQ(ask(), unknown);
    EXPECT_THAT(told, IsEmpty());
    EXPECT_EQ(shown(), hub_channel);
}

TEST_F(whereabouts_test, an_event_that_comes_meanwhile_counts_more) {
    answer(200, voice_in(lounge));
    auto result = learnt;
    loop.run([&]() -> awaitable<void> {
        const auto asking = [&]() -> awaitable<void> {
            result = co_await people.learn(who, discord::rest_priority::normal);
        };
        tasks.spawn("ask", asking());
        // It shows him where he was, but later than what the answer may be from.
        people.told_by_event(who, hub_channel);
        co_await tasks.join();
    }());
    EXPECT_EQ(result, overtaken);
    EXPECT_THAT(told, IsEmpty());
}

TEST_F(whereabouts_test, an_event_that_comes_after_an_answer_may_tell_of_before) {
    EXPECT_FALSE(people.may_be_outdated(who));
    people.told_by_event(who, hub_channel);
    EXPECT_FALSE(people.may_be_outdated(who));
    people.take_in(who, {.channel = lounge});
    EXPECT_FALSE(people.may_be_outdated(who));
    people.told_by_event(who, hub_channel);
    EXPECT_TRUE(people.may_be_outdated(who));
    // Asking again tells what holds.
    answer(200, voice_in(hub_channel));
    EXPECT_EQ(ask(), learnt);
    EXPECT_FALSE(people.may_be_outdated(who));
}

TEST_F(whereabouts_test, an_answer_that_says_what_events_have_shown_is_no_move) {
    answer(200, voice_in(hub_channel));
    EXPECT_EQ(ask(), learnt);
    EXPECT_THAT(told, ElementsAre(Pair(hub_channel, hub_channel)));
    people.told_by_event(who, hub_channel);
    EXPECT_FALSE(people.may_be_outdated(who));
}

TEST_F(whereabouts_test, only_those_in_hubs_and_rooms_are_kept) {
    people.told_by_event(who, lounge);
    EXPECT_EQ(people.last_heard(who), time_point());
    people.told_by_event(who, hub_channel);
    EXPECT_NE(people.last_heard(who), time_point());
    people.forget(who);
    EXPECT_EQ(people.last_heard(who), time_point());
}

} // namespace
} // namespace vagrolant::voice_hubs
