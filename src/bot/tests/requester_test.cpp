#include "bot/guild_check.hpp"
#include "bot/permissions.hpp"
#include "bot/requester.hpp"
#include "discord/cache/cache.hpp"

#include <gmock/gmock.h>

namespace vagrolant::bot {
namespace {

using discord::channel_id;
using discord::permission;
using discord::permissions;
using discord::role_id;
using discord::user_id;
using testing::HasSubstr;

constexpr discord::guild_id guild(100);
constexpr user_id owner(2);
constexpr user_id somebody(3);
constexpr role_id staff(20);
constexpr role_id admins(21);
constexpr channel_id general(30);
constexpr channel_id news(31);
constexpr channel_id hidden(32);
constexpr permissions manage = permission::manage_messages;

class requester_test : public testing::Test {
protected:
    void SetUp() override {
        dispatch("READY", R"({"user": {"id": "1", "username": "bot", "discriminator": "0"}, "v": 10,
                              "application": {"id": "1", "flags": 0}, "session_id": "s", "resume_gateway_url": "ws://x",
                              "guilds": []})");
        arrive("null");
    }

    void dispatch(std::string_view name, std::string_view data) {
        json::reader reader;
        events.on_dispatch({.name = name, .data = reader.parse(data)});
    }

    // @everyone sees and writes; staff manages messages, but not in #annonces; the bot has its own role.
    void arrive(std::string_view timeout) {
        dispatch("GUILD_CREATE", R"({"id": "100", "name": "G", "owner_id": "2", "preferred_locale": "fr",
            "roles": [)" + role("100", permissions{permission::view_channel, permission::send_messages}) +
                                     "," + role("20", manage) + "," + role("21", permission::administrator) +
                                     R"(],
            "channels": [{"id": "30", "type": 0, "name": "général", "position": 0, "permission_overwrites": []},
                         {"id": "31", "type": 5, "name": "annonces", "position": 1, "permission_overwrites":
                             [{"id": "20", "type": 0, "allow": "0", "deny": ")" +
                                     manage.to_string() + R"("}]},
                         {"id": "32", "type": 0, "name": "___hidden___", "position": 2, "flags": 131072,
                          "permission_overwrites": []}],
            "members": [{"user": {"id": "1", "username": "bot", "discriminator": "0"}, "roles": ["20"],
                         "joined_at": "2026-01-01T00:00:00+00:00", "deaf": false, "mute": false, "flags": 0,
                         "communication_disabled_until": )" +
                                     std::string(timeout) + R"(}],
            "voice_states": [], "features": [], "member_count": 1, "premium_tier": 0, "mfa_level": 0})");
    }

    static std::string role(std::string_view id, permissions may) {
        return R"({"id": ")" + std::string(id) + R"(", "name": "r", "color": 0, "hoist": false, "position": 1,
                   "permissions": ")" +
               may.to_string() + R"(", "managed": false, "mentionable": false, "flags": 0})";
    }

    standing of(std::vector<role_id> roles, std::optional<channel_id> where = general,
                std::vector<role_id> moderators = {}, user_id who = somebody) const {
        discord::member member;
        member.roles = std::move(roles);
        return standing_of(cache, guild, who, member, where, moderators);
    }

    discord::dispatcher events;
    discord::cache cache{events};
};

TEST_F(requester_test, may_what_his_permissions_in_the_channel_say) {
    EXPECT_FALSE(of({}).held.has(manage));
    EXPECT_TRUE(of({staff}).held.has(manage));
    EXPECT_FALSE(of({staff}, news).held.has(manage));
    EXPECT_TRUE(of({admins}, news).held.has(manage));
    EXPECT_TRUE(of({}, news, {}, owner).held.has(manage));
    // No channel, or none of this guild: what he may do in the guild.
    EXPECT_TRUE(of({staff}, std::nullopt).held.has(manage));
    EXPECT_TRUE(of({staff}, channel_id(999)).held.has(manage));
    EXPECT_TRUE(of({admins}).may_mention_everyone());
    EXPECT_FALSE(of({staff}).may_mention_everyone());
}

TEST_F(requester_test, may_as_a_moderator_what_his_permissions_do_not_say) {
    EXPECT_TRUE(of({admins, staff}, news, {staff}).moderator);
    EXPECT_FALSE(of({staff}, news, {role_id(99)}).moderator);
    EXPECT_FALSE(of({}, news, {staff}).moderator);
    discord::member timed_out;
    timed_out.roles = {staff};
    timed_out.communication_disabled_until =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) +
        std::chrono::hours(1);
    const std::vector moderators{staff};
    const auto found = standing_of(cache, guild, somebody, timed_out, general, moderators);
    EXPECT_FALSE(found.moderator);
    EXPECT_FALSE(found.held.has(manage));
}

TEST_F(requester_test, the_refusal_names_what_is_missing_and_where) {
    const auto refused = objection(of({staff}, news), manage, place_of(cache, news), addressee::requester);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, "requester_lacks_permission");
    EXPECT_EQ(refused->reason.fr,
              "La personne qui le demande n'a pas la permission « Gérer les messages » dans #annonces.");
    EXPECT_EQ(refused->reason.en,
              "The person who asks for it lacks the permission \"Manage Messages\" in #annonces.");
    EXPECT_EQ(objection({}, manage, place_of(cache, std::nullopt), addressee::reader)->reason.fr,
              "Il vous manque la permission « Gérer les messages » sur ce serveur.");
    EXPECT_FALSE(objection(of({staff}), manage, place_of(cache, general), addressee::reader));
    EXPECT_FALSE(objection(of({staff}, news, {staff}), manage, place_of(cache, news), addressee::reader));
}

TEST_F(requester_test, threads_are_managed_by_a_permission_of_their_own) {
    using enum discord::channel_type;
    using enum permission;
    EXPECT_EQ(needed_in_thread(manage_channels, public_thread), permissions(manage_threads));
    EXPECT_EQ(needed_in_thread(manage_messages, public_thread), permissions(manage_messages));
    EXPECT_EQ(needed_in_thread(manage_messages, private_thread),
              (permissions{manage_messages, manage_threads}));
    EXPECT_EQ(needed_in_thread({}, announcement_thread), permissions());
}

TEST_F(requester_test, a_timeout_of_the_bot_is_named_instead_of_permissions) {
    const auto lacking = [this] {
        auto why = missing_permissions(cache.own_permissions_in(general), manage, "général");
        return why ? name_timeout(*std::move(why), cache, guild).code : "";
    };
    EXPECT_EQ(lacking(), "");
    arrive(R"("2999-01-01T00:00:00+00:00")");
    EXPECT_EQ(lacking(), "bot_timed_out");
    EXPECT_EQ(name_timeout({.code = "too_long"}, cache, guild).code, "too_long");
    arrive(R"("2020-01-01T00:00:00+00:00")");
    EXPECT_EQ(lacking(), "");
    EXPECT_EQ(name_timeout({.code = "missing_permissions"}, cache, guild).code, "missing_permissions");
}

TEST_F(requester_test, what_the_bot_lacks_is_named_with_the_channel) {
    const auto lacking =
        missing_permissions(cache.own_permissions_in(general),
                            permissions{permission::manage_channels, permission::manage_messages}, "général");
    ASSERT_TRUE(lacking);
    EXPECT_EQ(lacking->reason.fr,
              "Permissions insuffisantes : il manque au bot « Gérer les salons » dans #général.");
    const auto unseen = missing_permissions(cache.own_permissions_in(hidden), permission::view_channel, "");
    ASSERT_TRUE(unseen);
    EXPECT_THAT(unseen->reason.fr, HasSubstr("« Voir les salons » dans ce salon"));
}

} // namespace
} // namespace vagrolant::bot
