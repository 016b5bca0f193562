#include "bot/requester.hpp"
#include "bot/tests/services_fixture.hpp"
#include "discord/rest/error.hpp"

#include <gmock/gmock.h>

namespace vagrolant::bot {
namespace {

using discord::channel_id;
using discord::permission;
using discord::permissions;
using discord::role_id;
using testing::ElementsAre;

constexpr discord::guild_id guild(100);
constexpr discord::user_id somebody(3);
constexpr role_id staff(20);
constexpr role_id keepers(21);
constexpr role_id gardeners(22);
constexpr channel_id general(30);
constexpr channel_id news(31);
constexpr channel_id hidden(32);
constexpr channel_id elsewhere(33);
constexpr channel_id backstage(34);
// Threads, which only Discord knows.
constexpr channel_id open_thread(40);
constexpr channel_id private_thread(41);
constexpr channel_id foreign_thread(42);
constexpr channel_id nowhere(43);

constexpr auto member_request = "GET /guilds/100/members/3";

std::string role(std::string_view id, permissions may) {
    return R"({"id": ")" + std::string(id) + R"(", "name": "r", "color": 0, "hoist": false, "position": 1,
               "permissions": ")" +
           may.to_string() + R"(", "managed": false, "mentionable": false, "flags": 0})";
}

std::string guild_create(std::string_view id, const std::string& roles, const std::string& channels) {
    return R"({"id": ")" + std::string(id) + R"(", "name": "G", "owner_id": "2", "preferred_locale": "fr",
              "roles": [)" +
           roles + R"(], "channels": [)" + channels +
           R"(], "members": [], "voice_states": [], "features": [], "member_count": 1, "premium_tier": 0,
              "mfa_level": 0})";
}

std::string error(int code) {
    return R"({"message": "…", "code": )" + std::to_string(code) + "}";
}

class standing_test : public services_fixture {
protected:
    void SetUp() override {
        services_fixture::SetUp();
        come_online(R"([{"id": "100", "unavailable": true}, {"id": "101", "unavailable": true}])");
        // Staff manages messages, but not in #annonces; keepers manage channels, gardeners threads.
        const auto denied = permissions(permission::manage_messages).to_string();
        dispatch("GUILD_CREATE",
                 guild_create("100",
                              role("100", permission::view_channel) + "," +
                                  role("20", permission::manage_messages) + "," +
                                  role("21", permission::manage_channels) + "," +
                                  role("22", permission::manage_threads),
                              R"({"id": "30", "type": 0, "name": "général", "position": 0,
                                  "permission_overwrites": []},
                                 {"id": "31", "type": 5, "name": "annonces", "position": 1,
                                  "permission_overwrites":
                                      [{"id": "20", "type": 0, "allow": "0", "deny": ")" +
                                  denied + R"("}]},
                                 {"id": "32", "type": 0, "name": "___hidden___", "position": 2, "flags": 131072,
                                  "permission_overwrites": []},
                                 {"id": "34", "type": 0, "name": "coulisses", "position": 3,
                                  "permission_overwrites":
                                      [{"id": "100", "type": 0, "allow": "0", "deny": ")" +
                                  permissions(permission::view_channel).to_string() + R"("}]})"));
        dispatch("GUILD_CREATE", guild_create("101", role("101", permissions::all()),
                                              R"({"id": "33", "type": 0, "name": "ailleurs", "position": 0,
                                                  "permission_overwrites": []})"));
        answers.by_request = {{"GET /channels/40", {200, thread("40", "100", 11)}},
                              {"GET /channels/41", {200, thread("41", "100", 12)}},
                              {"GET /channels/42", {200, thread("42", "101", 11)}},
                              {"GET /channels/43", {404, error(10003)}}};
        is_member({});
    }

    static std::string thread(std::string_view id, std::string_view of, int type) {
        return R"({"id": ")" + std::string(id) + R"(", "type": )" + std::to_string(type) +
               R"(, "guild_id": ")" + std::string(of) +
               R"(", "parent_id": "30", "name": "fil", "thread_metadata":
                  {"archived": false, "auto_archive_duration": 60, "locked": false,
                   "archive_timestamp": "2026-01-01T00:00:00+00:00"}})";
    }

    /// What Discord says of him.
    void is_member(std::initializer_list<role_id> roles, std::string_view timeout = "null") {
        std::string ids;
        for (const auto one : roles)
            ids += (ids.empty() ? "\"" : ",\"") + one.to_string() + "\"";
        answers.by_request[member_request] = {
            200, R"({"user": {"id": "3", "username": "zoé", "discriminator": "0"}, "roles": [)" + ids +
                     R"(], "joined_at": "2026-01-01T00:00:00+00:00", "deaf": false, "mute": false, "flags": 0,
                         "communication_disabled_until": )" +
                     std::string(timeout) + "}"};
    }

    standing require(permissions needs, std::optional<channel_id> where,
                     std::vector<role_id> moderators = {}) {
        standing found;
        const auto work = [&]() -> awaitable<void> {
            found = co_await require_standing(with, guild, somebody, where, needs, moderators);
        };
        loop.run(work());
        return found;
    }

    /// The refusal's code; none when he may have it done.
    std::string objection(permissions needs, std::optional<channel_id> where,
                          std::vector<role_id> moderators = {}) {
        try {
            require(needs, where, std::move(moderators));
        } catch (const refused& error) {
            said = error.why().reason.fr;
            return error.why().code;
        }
        return "";
    }

    std::string said;
};

TEST_F(standing_test, discord_is_asked_what_he_is_now) {
    is_member({staff});
    const auto found = require(permission::manage_messages, general);
    EXPECT_TRUE(found.held.has(permission::manage_messages));
    EXPECT_FALSE(found.may_mention_everyone());
    EXPECT_THAT(found.roles, ElementsAre(staff));
    is_member({});
    EXPECT_EQ(objection(permission::manage_messages, general), "requester_lacks_permission");
    EXPECT_EQ(said, "La personne qui le demande n'a pas la permission « Gérer les messages » dans #général.");
    EXPECT_THAT(answers.asked, ElementsAre(member_request, member_request));
}

TEST_F(standing_test, the_channel_s_overwrites_count_and_without_a_channel_the_guild) {
    is_member({staff});
    EXPECT_EQ(objection(permission::manage_messages, news), "requester_lacks_permission");
    EXPECT_EQ(objection(permission::manage_messages, std::nullopt), "");
    EXPECT_EQ(objection(permission::manage_guild, std::nullopt), "requester_lacks_permission");
    EXPECT_THAT(said, testing::EndsWith("« Gérer le serveur » sur ce serveur."));
}

TEST_F(standing_test, who_is_no_member_may_nothing) {
    for (const int code : {10007, 10013}) {
        answers.by_request[member_request] = {404, error(code)};
        EXPECT_EQ(objection({}, std::nullopt), "requester_not_member") << code;
    }
}

TEST_F(standing_test, what_discord_fails_at_is_no_verdict) {
    answers.by_request[member_request] = {403, error(50001)};
    EXPECT_THROW(require({}, std::nullopt), discord::rest_error);
    is_member({staff});
    answers.by_request["GET /channels/43"] = {403, error(20012)};
    EXPECT_THROW(require(permission::manage_messages, nowhere), discord::rest_error);
}

TEST_F(standing_test, a_moderator_role_stands_for_every_permission_unless_he_is_timed_out) {
    is_member({keepers});
    EXPECT_EQ(objection(permission::manage_messages, news, {staff, keepers}), "");
    EXPECT_EQ(objection(permission::manage_messages, news, {staff}), "requester_lacks_permission");
    is_member({keepers}, R"("2999-01-01T00:00:00+00:00")");
    EXPECT_EQ(objection(permission::manage_messages, news, {keepers}), "requester_lacks_permission");
}

TEST_F(standing_test, where_the_bot_sees_nothing_the_bot_is_what_lacks) {
    is_member({staff});
    EXPECT_EQ(objection(permission::manage_messages, hidden), "missing_permissions");
    EXPECT_THAT(said, testing::HasSubstr("« Voir les salons »"));
}

TEST_F(standing_test, who_does_not_see_a_channel_does_not_learn_its_name) {
    is_member({staff});
    EXPECT_EQ(objection(permission::manage_messages, backstage), "requester_lacks_permission");
    EXPECT_THAT(said, testing::EndsWith("« Gérer les messages » dans ce salon."));
}

TEST_F(standing_test, a_thread_is_looked_up_and_managed_by_a_permission_of_its_own) {
    is_member({keepers});
    EXPECT_EQ(objection(permission::manage_channels, general), "");
    EXPECT_EQ(objection(permission::manage_channels, open_thread), "requester_lacks_permission");
    EXPECT_THAT(said, testing::HasSubstr("« Gérer les fils » dans #général"));
    is_member({gardeners});
    EXPECT_EQ(objection(permission::manage_channels, open_thread), "");
    EXPECT_EQ(objection(permission::manage_channels, general), "requester_lacks_permission");
    // Deleting there is as in a channel, where it can be seen.
    is_member({staff});
    EXPECT_EQ(objection(permission::manage_messages, open_thread), "");
    EXPECT_EQ(objection(permission::manage_messages, private_thread), "requester_lacks_permission");
    is_member({staff, gardeners});
    EXPECT_EQ(objection(permission::manage_messages, private_thread), "");
}

TEST_F(standing_test, what_is_not_the_guild_s_counts_as_the_guild) {
    // There everybody may do everything: it must not help here.
    for (const auto other : {elsewhere, foreign_thread, nowhere}) {
        is_member({});
        EXPECT_EQ(objection(permission::manage_messages, other), "requester_lacks_permission")
            << other.value();
        EXPECT_THAT(said, testing::EndsWith("« Gérer les messages » sur ce serveur."))
            << "nor what it is called";
        is_member({staff});
        EXPECT_EQ(objection(permission::manage_messages, other), "") << other.value();
    }
}

} // namespace
} // namespace vagrolant::bot
