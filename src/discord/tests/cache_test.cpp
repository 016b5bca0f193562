#include "discord/cache/cache.hpp"
#include "discord/tests/contracts.hpp"
#include "discord/tests/feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace vagrolant::discord {
namespace {

using testing::contract;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::replaced;

constexpr guild_id the_guild(1100000000000000001);
constexpr guild_id other_guild(1100000000000000002);
constexpr user_id self(1100000000000000900);
constexpr user_id camille(1100000000000000101);
constexpr role_id moderators(1100000000000000012);
constexpr channel_id general(1100000000000000020);
constexpr channel_id news(1100000000000000021);
constexpr channel_id voice(1100000000000000022);
constexpr channel_id hidden(1100000000000000023);
constexpr channel_id welcome(1100000000000000030);
constexpr channel_id archive(1100000000000000031);
constexpr channel_id waiting(1100000000000000032);

// A cache that has seen READY and the first guild.
struct CacheTest : ::testing::Test {
    CacheTest() {
        feed("READY", contract("ready"));
        feed("GUILD_CREATE", contract("guild_create"));
    }

    void feed(std::string_view name, const std::string& body) { testing::feed(events, name, body); }
    std::vector<channel_id> order() const {
        std::vector<channel_id> ids;
        for (const auto* one : kept.sorted_channels(the_guild))
            ids.push_back(one->id);
        return ids;
    }
    std::vector<user_id> inside(channel_id channel) const {
        std::vector<user_id> ids;
        for (const auto& one : kept.voice_members(channel))
            ids.push_back(one.user);
        return ids;
    }

    dispatcher events;
    cache kept{events};
};

TEST_F(CacheTest, KnowsItself) {
    EXPECT_EQ(kept.self().id, self);
    EXPECT_EQ(kept.application(), application_id(1100000000000000901));
    feed("USER_UPDATE", R"({"id":"1100000000000000900","username":"vago","bot":true})");
    EXPECT_EQ(kept.self().username, "vago");
}

TEST_F(CacheTest, KnowsTheGuild) {
    const auto* guild = kept.find_guild(the_guild);
    ASSERT_TRUE(guild);
    EXPECT_EQ(guild->name, "Le Salon");
    EXPECT_EQ(guild->owner, user_id(1100000000000000100));
    EXPECT_EQ(guild->locale, "fr");
    EXPECT_FALSE(guild->unavailable);
    EXPECT_EQ(guild->own_nick, "Vago");
    EXPECT_THAT(guild->own_roles, ElementsAre(role_id(1100000000000000011)));
    EXPECT_EQ(guild->find_role(role_id(1100000000000000011))->bot, self);
    EXPECT_EQ(kept.guild_count(), 2U);
    EXPECT_EQ(kept.find_guild(guild_id(5)), nullptr);
}

TEST_F(CacheTest, TheThreeMeaningsOfGuildCreate) {
    EXPECT_EQ(kept.last_arrival(), guild_arrival::backfill);
    feed("GUILD_DELETE", R"({"id":"1100000000000000001","unavailable":true})");
    EXPECT_TRUE(kept.find_guild(the_guild)->unavailable);
    EXPECT_EQ(kept.find_guild(the_guild)->name, "Le Salon");
    feed("GUILD_CREATE", contract("guild_create"));
    EXPECT_EQ(kept.last_arrival(), guild_arrival::outage_over);
    EXPECT_FALSE(kept.find_guild(the_guild)->unavailable);

    feed("GUILD_DELETE", R"({"id":"1100000000000000001"})");
    EXPECT_EQ(kept.find_guild(the_guild), nullptr);
    EXPECT_EQ(kept.find_channel(general), nullptr);
    feed("GUILD_CREATE", contract("guild_create"));
    EXPECT_EQ(kept.last_arrival(), guild_arrival::joined);

    // Told in READY, out of order at that moment, back later: that is still the first description.
    feed("GUILD_CREATE", R"({"id":"1100000000000000002","unavailable":true})");
    EXPECT_TRUE(kept.find_guild(other_guild)->unavailable);
    feed("GUILD_CREATE",
         R"({"id":"1100000000000000002","name":"B","owner_id":"5","roles":[],"channels":[]})");
    EXPECT_EQ(kept.last_arrival(), guild_arrival::backfill);
}

TEST_F(CacheTest, ANewSessionForgetsGuildsThatWereLeftMeanwhile) {
    feed("READY", replaced(contract("ready"), R"({"unavailable": true, "id": "1100000000000000001"},)", ""));
    EXPECT_EQ(kept.find_guild(the_guild), nullptr);
    EXPECT_EQ(kept.find_channel(general), nullptr);
    EXPECT_TRUE(kept.find_guild(other_guild));
}

TEST_F(CacheTest, ANewSessionOfAnotherShardForgetsNothing) {
    json::reader reader;
    const std::string text = R"({"user":{"id":"1100000000000000900"},"guilds":[],"shard":[1,2]})";
    const std::uint32_t shard = 1 - static_cast<std::uint32_t>((the_guild.value() >> 22U) % 2);
    events.on_dispatch({.shard = shard, .sequence = 1, .name = "READY", .data = reader.parse(text)});
    EXPECT_TRUE(kept.find_guild(the_guild));
}

TEST_F(CacheTest, AnswersOfRestCountUntilEventsSayMore) {
    const channel made{.id = channel_id(77),
                       .type = channel_type::voice,
                       .guild = the_guild,
                       .name = "made",
                       .user_limit = 3};
    kept.learn(made);
    ASSERT_TRUE(kept.find_channel(made.id));
    EXPECT_EQ(kept.find_channel(made.id)->user_limit, 3);
    feed("CHANNEL_UPDATE", R"({"id":"77","guild_id":"1100000000000000001","type":2,"name":"renamed"})");
    kept.learn(made);
    EXPECT_EQ(kept.find_channel(made.id)->name, "renamed");
    EXPECT_EQ(order().size(), 8U);

    kept.learn(the_guild, {.channel = made.id, .user = camille});
    EXPECT_THAT(inside(made.id), ElementsAre(camille));
    EXPECT_THAT(inside(voice), IsEmpty());
    kept.learn(the_guild, {.user = camille});
    EXPECT_EQ(kept.find_voice_state(the_guild, camille), nullptr);

    kept.learn(the_guild, {.channel = made.id, .user = camille});
    kept.learn_gone(made.id);
    EXPECT_EQ(kept.find_channel(made.id), nullptr);
    EXPECT_EQ(kept.find_voice_state(the_guild, camille), nullptr);
    EXPECT_EQ(order().size(), 7U);
    kept.learn_gone(made.id);

    kept.learn(channel{.id = channel_id(78), .guild = guild_id(5)});
    kept.learn(guild_id(5), {.channel = channel_id(78), .user = camille});
    EXPECT_EQ(kept.find_channel(channel_id(78)), nullptr);
}

TEST_F(CacheTest, GuildUpdateReplacesPropertiesAndRoles) {
    feed(
        "GUILD_UPDATE",
        R"({"id":"1100000000000000001","name":"Autre","owner_id":"1100000000000000101","preferred_locale":"en-GB",
             "roles":[{"id":"1100000000000000001","permissions":"1024"}]})");
    const auto* guild = kept.find_guild(the_guild);
    EXPECT_EQ(guild->name, "Autre");
    EXPECT_EQ(guild->owner, camille);
    EXPECT_EQ(guild->roles.size(), 1U);
    EXPECT_EQ(kept.own_permissions(the_guild), permissions(permission::view_channel));
    EXPECT_EQ(order().size(), 7U);
}

TEST_F(CacheTest, ChannelsAsDiscordShowsThem) {
    EXPECT_THAT(order(), ElementsAre(news, waiting, welcome, general, hidden, voice, archive));
    feed("CHANNEL_UPDATE",
         R"({"id":"1100000000000000020","guild_id":"1100000000000000001","type":0,"name":"x",
                               "position":9,"parent_id":"1100000000000000031"})");
    EXPECT_THAT(order(), ElementsAre(news, waiting, welcome, hidden, voice, archive, general));
    feed("CHANNEL_DELETE", R"({"id":"1100000000000000031","guild_id":"1100000000000000001","type":4})");
    EXPECT_THAT(order(), ElementsAre(news, general, waiting, welcome, hidden, voice));
    EXPECT_THAT(kept.sorted_channels(guild_id(5)), IsEmpty());
}

TEST_F(CacheTest, ThreadsAreNotKept) {
    EXPECT_EQ(kept.find_channel(channel_id(1100000000000000040)), nullptr);
    feed("CHANNEL_CREATE",
         R"({"id":"77","guild_id":"1100000000000000001","type":11,"parent_id":"1100000000000000020"})");
    EXPECT_EQ(kept.find_channel(channel_id(77)), nullptr);
    feed("CHANNEL_CREATE", R"({"id":"78","type":1})");
    EXPECT_EQ(kept.find_channel(channel_id(78)), nullptr);
}

TEST_F(CacheTest, OfAnObfuscatedChannelOnlyThePlaceIsTrusted) {
    const auto* channel = kept.find_channel(hidden);
    ASSERT_TRUE(channel);
    EXPECT_TRUE(channel->obfuscated);
    EXPECT_EQ(channel->name, "");
    EXPECT_THAT(channel->overwrites, IsEmpty());
    EXPECT_EQ(channel->position, 7);
    EXPECT_EQ(channel->parent, welcome);
    EXPECT_TRUE(kept.own_permissions_in(hidden).empty());
    EXPECT_TRUE(kept.member_permissions_in(hidden, camille, {}).empty());

    // Access gained, then lost again.
    feed("CHANNEL_UPDATE",
         R"({"id":"1100000000000000023","guild_id":"1100000000000000001","type":0,"name":"secret",
                               "position":7,"parent_id":"1100000000000000030","flags":0,"permission_overwrites":[]})");
    EXPECT_EQ(kept.find_channel(hidden)->name, "secret");
    EXPECT_TRUE(kept.own_permissions_in(hidden).has(permission::view_channel));
    feed("CHANNEL_UPDATE", R"({"id":"1100000000000000023","guild_id":"1100000000000000001","type":0,
                               "name":"___hidden___","position":7,"flags":131072,
                               "permission_overwrites":[{"id":"1100000000000000001","type":0,"deny":"1024"}]})");
    EXPECT_EQ(kept.find_channel(hidden)->name, "");
    EXPECT_THAT(kept.find_channel(hidden)->overwrites, IsEmpty());
}

TEST_F(CacheTest, ANameAloneDoesNotObfuscate) {
    feed("CHANNEL_UPDATE", R"({"id":"1100000000000000020","guild_id":"1100000000000000001","type":0,
                               "name":"___hidden___","flags":0})");
    EXPECT_FALSE(kept.find_channel(general)->obfuscated);
    EXPECT_EQ(kept.find_channel(general)->name, "___hidden___");
}

TEST_F(CacheTest, OwnPermissions) {
    EXPECT_TRUE(kept.own_permissions(the_guild).has(permission::manage_roles));
    EXPECT_FALSE(kept.own_permissions(the_guild).has(permission::administrator));
    // @everyone may not connect there, the bot's own overwrite lets it.
    EXPECT_TRUE(kept.own_permissions_in(voice).has(permission::connect));
    EXPECT_EQ(kept.member_permissions_in(voice, camille, {}), permissions(permission::view_channel));
    // @everyone may not write there, the bot's role may.
    EXPECT_TRUE(kept.own_permissions_in(news).has(permission::send_messages));
    EXPECT_FALSE(kept.member_permissions_in(news, camille, {}).has(permission::send_messages));
    EXPECT_TRUE(kept.own_permissions(guild_id(5)).empty());
    EXPECT_TRUE(kept.own_permissions_in(channel_id(5)).empty());
    EXPECT_TRUE(kept.own_permissions(other_guild).empty());
}

TEST_F(CacheTest, TheOwnerMayAnything) {
    const user_id owner(1100000000000000100);
    EXPECT_EQ(kept.member_permissions(the_guild, owner, {}), permissions::all());
    EXPECT_EQ(kept.member_permissions_in(voice, owner, {}, true), permissions::all());
}

TEST_F(CacheTest, OwnMemberFollowsItsUpdates) {
    feed("GUILD_MEMBER_UPDATE", contract("guild_member_update"));
    EXPECT_EQ(kept.find_guild(the_guild)->own_nick, "Vagolant");
    EXPECT_TRUE(kept.own_permissions(the_guild).has(permission::moderate_members));

    feed("GUILD_MEMBER_UPDATE",
         replaced(contract("guild_member_update"), R"("communication_disabled_until": null)",
                  R"("communication_disabled_until": "2999-01-01T00:00:00+00:00")"));
    EXPECT_EQ(kept.own_permissions(the_guild),
              (permissions{permission::view_channel, permission::read_message_history}) &
                  kept.member_permissions(the_guild, self, {}));
    feed("GUILD_MEMBER_UPDATE",
         replaced(contract("guild_member_update"), R"("communication_disabled_until": null)",
                  R"("communication_disabled_until": "2020-01-01T00:00:00+00:00")"));
    EXPECT_TRUE(kept.own_permissions(the_guild).has(permission::moderate_members));

    // Others' updates are none of its business.
    feed("GUILD_MEMBER_UPDATE",
         R"({"guild_id":"1100000000000000001","user":{"id":"5"},"roles":[],"nick":"x"})");
    EXPECT_EQ(kept.find_guild(the_guild)->own_nick, "Vagolant");
}

TEST_F(CacheTest, RolesComeChangeAndGo) {
    const std::string body = R"({"guild_id":"1100000000000000001","role":{"id":"1100000000000000011",
                                 "name":"bot","permissions":"8","position":9}})";
    feed("GUILD_ROLE_UPDATE", body);
    EXPECT_EQ(kept.own_permissions(the_guild), permissions::all());
    EXPECT_EQ(kept.own_permissions_in(hidden), permissions());
    EXPECT_EQ(kept.own_highest_position(the_guild), 9);
    feed("GUILD_ROLE_DELETE", R"({"guild_id":"1100000000000000001","role_id":"1100000000000000011"})");
    EXPECT_FALSE(kept.own_permissions(the_guild).has(permission::manage_roles));
    EXPECT_EQ(kept.own_highest_position(the_guild), 0);
    feed("GUILD_ROLE_CREATE", body);
    EXPECT_EQ(kept.find_guild(the_guild)->roles.size(), 4U);
}

TEST_F(CacheTest, Hierarchy) {
    EXPECT_EQ(kept.own_highest_position(the_guild), 3);
    const std::vector roles{moderators, role_id(5)};
    EXPECT_EQ(kept.highest_position(the_guild, roles), 2);
    feed("GUILD_UPDATE", R"({"id":"1100000000000000001","owner_id":"1100000000000000900","roles":[]})");
    EXPECT_EQ(kept.own_highest_position(the_guild), std::numeric_limits<int>::max());
}

TEST_F(CacheTest, WhoSitsWhere) {
    EXPECT_THAT(inside(voice), ElementsAre(camille));
    EXPECT_TRUE(kept.find_voice_state(the_guild, camille)->self_mute);

    feed("VOICE_STATE_UPDATE",
         R"({"guild_id":"1100000000000000001","user_id":"7","channel_id":"1100000000000000032",
                                   "member":{"user":{"id":"7","username":"robot","bot":true}}})");
    EXPECT_FALSE(kept.previous_voice_channel());
    feed("VOICE_STATE_UPDATE", contract("voice_state_update"));
    EXPECT_EQ(kept.previous_voice_channel(), voice);
    EXPECT_THAT(inside(voice), IsEmpty());
    EXPECT_THAT(inside(waiting), ElementsAre(user_id(7), camille));
    EXPECT_TRUE(kept.find_voice_state(the_guild, user_id(7))->bot);

    // The same again changes nothing but what it says.
    feed("VOICE_STATE_UPDATE",
         replaced(contract("voice_state_update"), R"("self_mute": true)", R"("self_mute": false)"));
    EXPECT_EQ(kept.previous_voice_channel(), waiting);
    EXPECT_THAT(inside(waiting), ElementsAre(user_id(7), camille));
    EXPECT_FALSE(kept.find_voice_state(the_guild, camille)->self_mute);

    feed("VOICE_STATE_UPDATE", R"({"guild_id":"1100000000000000001","user_id":"7","channel_id":null})");
    EXPECT_THAT(inside(waiting), ElementsAre(camille));
    EXPECT_EQ(kept.find_voice_state(the_guild, user_id(7)), nullptr);
    feed("CHANNEL_DELETE", R"({"id":"1100000000000000032","guild_id":"1100000000000000001","type":2})");
    EXPECT_EQ(kept.find_voice_state(the_guild, camille), nullptr);
    EXPECT_THAT(inside(waiting), IsEmpty());
}

TEST_F(CacheTest, EventsOfUnknownGuildsChangeNothing) {
    feed("CHANNEL_CREATE", R"({"id":"5","guild_id":"6","type":0})");
    feed("GUILD_ROLE_CREATE", R"({"guild_id":"6","role":{"id":"7"}})");
    feed("VOICE_STATE_UPDATE", R"({"guild_id":"6","user_id":"7","channel_id":"5"})");
    feed("GUILD_UPDATE", R"({"id":"6","owner_id":"7"})");
    feed("GUILD_DELETE", R"({"id":"6","unavailable":true})");
    EXPECT_EQ(kept.find_guild(guild_id(6)), nullptr);
    EXPECT_EQ(kept.find_channel(channel_id(5)), nullptr);
}

// The snapshot looks up every channel that its guild lists.
TEST_F(CacheTest, AChannelThatLeavesUnderAnotherGuildsNameIsGoneFromItsOwn) {
    feed("CHANNEL_DELETE", R"({"id":"1100000000000000022","guild_id":"1100000000000000002","type":2})");
    EXPECT_EQ(kept.find_channel(voice), nullptr);
    EXPECT_THAT(inside(voice), IsEmpty());
    EXPECT_THAT(order(), ::testing::Not(::testing::Contains(voice)));
    EXPECT_EQ(kept.snapshot().at("guilds").as_array().size(), 2U);
}

TEST_F(CacheTest, IsUpToDateBeforeAnyOtherSubscriber) {
    bool asked = false;
    events.on<events::channel_create>(
        [&](const auto& event) { asked = kept.find_channel(event.channel.id) != nullptr; });
    feed("CHANNEL_CREATE", R"({"id":"5","guild_id":"1100000000000000001","type":0})");
    EXPECT_TRUE(asked);
}

TEST_F(CacheTest, SnapshotKeepsEverything) {
    feed("VOICE_STATE_UPDATE", contract("voice_state_update"));
    feed("GUILD_MEMBER_UPDATE",
         replaced(contract("guild_member_update"), R"("communication_disabled_until": null)",
                  R"("communication_disabled_until": "2999-01-01T00:00:00.5+00:00")"));
    const auto text = json::serialize(json::any(kept.snapshot()));

    dispatcher later_events;
    cache later(later_events);
    json::reader reader;
    later.restore(reader.parse(text));
    EXPECT_EQ(later.self().id, self);
    EXPECT_EQ(later.find_channel(voice)->overwrites, kept.find_channel(voice)->overwrites);
    EXPECT_TRUE(later.find_channel(hidden)->obfuscated);
    EXPECT_EQ(later.own_permissions_in(voice), kept.own_permissions_in(voice));
    EXPECT_EQ(later.voice_members(waiting).size(), 1U);
    // Guilds have no order, so the one that holds something is compared.
    EXPECT_EQ(later.snapshot().at("guilds").as_array().size(), 2U);
    EXPECT_EQ(later.snapshot().at("awaited"), kept.snapshot().at("awaited"));

    // The guild that was still awaited arrives in the process that took over.
    testing::feed(later_events, "GUILD_CREATE", R"({"id":"1100000000000000002","owner_id":"5"})");
    EXPECT_EQ(later.last_arrival(), guild_arrival::backfill);
}

TEST_F(CacheTest, ABadSnapshotChangesNothing) {
    json::reader reader;
    EXPECT_THROW(kept.restore(reader.parse(R"({"version":999,"guilds":[]})")), json::parse_error);
    EXPECT_THROW(kept.restore(reader.parse(R"({"version":1,"guilds":[{"id":"x"}]})")), json::parse_error);
    EXPECT_TRUE(kept.find_guild(the_guild));
}

// What is visible of a cache, in one comparable text.
std::string visible(const cache& of) {
    auto snapshot = of.snapshot();
    std::vector<std::string> guilds;
    for (auto& one : snapshot.at("guilds").as_array()) {
        for (const auto* key : {"roles", "channels", "voice_states"}) {
            auto& list = one.as_object().at(key).as_array();
            std::ranges::sort(list, {}, [](const json::any& entry) { return json::serialize(entry); });
        }
        guilds.push_back(json::serialize(one));
    }
    std::ranges::sort(guilds);
    std::string text;
    for (const auto& one : guilds)
        text += one + '\n';
    return text;
}

// Discord delivers at least once, and what concerns different things in any order: whatever the interleaving,
// the last word on each thing counts.
TEST(CacheOrder, DuplicatesAndInterleavingsEndInTheSameState) {
    using one_event = std::pair<std::string, std::string>;
    const std::string guild = R"("guild_id":"1100000000000000001")";
    // Each list concerns one thing; within it the order is Discord's.
    const std::vector<std::vector<one_event>> things{
        {{"CHANNEL_CREATE", R"({"id":"50","type":2,"name":"a",)" + guild + "}"},
         {"CHANNEL_UPDATE", R"({"id":"50","type":2,"name":"b",)" + guild + "}"},
         {"CHANNEL_UPDATE", R"({"id":"50","type":2,"name":"b","flags":131072,)" + guild + "}"}},
        {{"CHANNEL_CREATE", R"({"id":"51","type":0,"name":"a",)" + guild + "}"},
         {"CHANNEL_DELETE", R"({"id":"51","type":0,)" + guild + "}"}},
        {{"GUILD_ROLE_CREATE", "{" + guild + R"(,"role":{"id":"60","name":"r","permissions":"8"}})"},
         {"GUILD_ROLE_UPDATE", "{" + guild + R"(,"role":{"id":"60","name":"r","permissions":"1024"}})"}},
        {{"GUILD_ROLE_DELETE", "{" + guild + R"(,"role_id":"1100000000000000012"})"}},
        {{"VOICE_STATE_UPDATE", "{" + guild + R"(,"user_id":"70","channel_id":"1100000000000000022"})"},
         {"VOICE_STATE_UPDATE", "{" + guild + R"(,"user_id":"70","channel_id":"1100000000000000032"})"}},
        {{"VOICE_STATE_UPDATE", "{" + guild + R"(,"user_id":"1100000000000000101","channel_id":null})"}},
        {{"GUILD_MEMBER_UPDATE",
          "{" + guild + R"(,"user":{"id":"1100000000000000900"},"roles":["60"],"nick":"z"})"}},
    };
    std::string expected;
    std::mt19937 random(20260304);
    for (int round = 0; round < 300; ++round) {
        dispatcher events;
        cache kept(events);
        testing::feed(events, "READY", contract("ready"));
        testing::feed(events, "GUILD_CREATE", contract("guild_create"));
        std::vector<std::size_t> next(things.size(), 0);
        while (true) {
            std::vector<std::size_t> open;
            for (std::size_t thing = 0; thing < things.size(); ++thing) {
                if (next[thing] < things[thing].size())
                    open.push_back(thing);
            }
            if (open.empty())
                break;
            const auto thing = open[random() % open.size()];
            const auto& [name, body] = things[thing][next[thing]++];
            for (auto times = random() % 3 + 1; times > 0; --times)
                testing::feed(events, name, body);
        }
        if (expected.empty())
            expected = visible(kept);
        ASSERT_EQ(visible(kept), expected) << "round " << round;
    }
    EXPECT_THAT(expected, ::testing::HasSubstr(R"("own_nick":"z")"));
}

} // namespace
} // namespace vagrolant::discord
