#include "discord/dispatcher.hpp"
#include "discord/tests/contracts.hpp"
#include "discord/tests/feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vagrolant::discord {
namespace {

using testing::contract;
using ::testing::ElementsAre;
using testing::feed;
using testing::replaced;

TEST(Dispatcher, WantsWhatSomebodySubscribedTo) {
    dispatcher events;
    EXPECT_FALSE(events.wants("MESSAGE_CREATE"));
    events.on<events::message_create>([](const auto&) {});
    EXPECT_TRUE(events.wants("MESSAGE_CREATE"));
    for (const auto* other :
         {"MESSAGE_UPDATE", "MESSAGE_CREATF", "PRESENCE_UPDATE", "", "X", "message_create"})
        EXPECT_FALSE(events.wants(other)) << other;
}

template <class Event>
void expect_wanted_alone() {
    dispatcher events;
    events.on<Event>([](const Event&) {});
    EXPECT_TRUE(events.wants(Event::name));
    for (const std::string_view other : {"READY", "RESUMED", "GUILD_CREATE", "CHANNEL_UPDATE", "TYPING_START",
                                         "GUILD_MEMBER_UPDATE", "VOICE_STATE_UPDATE", "RATE_LIMITED"})
        EXPECT_EQ(events.wants(other), other == Event::name) << other;
}

TEST(Dispatcher, FindsEveryName) {
    expect_wanted_alone<events::ready>();
    expect_wanted_alone<events::resumed>();
    expect_wanted_alone<events::guild_create>();
    expect_wanted_alone<events::guild_role_update>();
    expect_wanted_alone<events::channel_update>();
    expect_wanted_alone<events::voice_state_update>();
    expect_wanted_alone<events::guild_member_update>();
    expect_wanted_alone<events::guild_members_chunk>();
    expect_wanted_alone<events::presence_update>();
    expect_wanted_alone<events::voice_channel_status_update>();
    expect_wanted_alone<events::channel_info>();
    expect_wanted_alone<events::message_delete_bulk>();
    expect_wanted_alone<events::typing_start>();
    expect_wanted_alone<events::interaction_create>();
    expect_wanted_alone<events::rate_limited>();
}

TEST(Dispatcher, AbsentBodiesOfUnwantedEventsAreNotRead) {
    dispatcher events;
    // No typing event at all; it would be refused if it were parsed.
    EXPECT_NO_THROW(feed(events, "TYPING_START", R"({"nothing":1})"));
    events.on<events::typing_start>([](const auto&) {});
    EXPECT_THROW(feed(events, "TYPING_START", R"({"nothing":1})"), json::parse_error);
}

TEST(Dispatcher, EverySubscriberInOrderWhateverOthersThrow) {
    dispatcher events;
    std::vector<std::string> calls;
    events.on<events::typing_start>(
        [&](const auto& event) { calls.push_back("first " + event.user.to_string()); });
    events.on<events::typing_start>([&](const auto&) {
        calls.emplace_back("failing");
        throw std::runtime_error("a bug");
    });
    events.on<events::typing_start>(
        [&](const auto& event) { calls.push_back("last " + event.channel.to_string()); });
    feed(events, "TYPING_START", contract("typing_start"));
    EXPECT_THAT(calls, ElementsAre("first 1100000000000000101", "failing", "last 1100000000000000020"));
}

TEST(Dispatcher, TellsTheShard) {
    dispatcher events;
    std::uint32_t shard = 0;
    events.on<events::resumed>([&](const auto& event) { shard = event.shard; });
    json::reader reader;
    events.on_dispatch(
        {.shard = 3, .sequence = 1, .name = "RESUMED", .data = reader.parse(R"({"_trace":[]})")});
    EXPECT_EQ(shard, 3U);
}

TEST(Events, Ready) {
    dispatcher events;
    int calls = 0;
    events.on<events::ready>([&](const auto& event) {
        ++calls;
        EXPECT_EQ(event.user.username, "vagrolant");
        EXPECT_EQ(event.application, application_id(1100000000000000901));
        EXPECT_EQ(event.shard_count, 1U);
        EXPECT_THAT(event.guilds, ElementsAre(guild_id(1100000000000000001), guild_id(1100000000000000002)));
    });
    feed(events, "READY", contract("ready"));
    EXPECT_EQ(calls, 1);
}

TEST(Events, MessageCreateIsReadInPlace) {
    dispatcher events;
    int calls = 0;
    events.on<events::message_create>([&](const auto& event) {
        ++calls;
        EXPECT_EQ(event.message, message_id(1100000000000000500));
        EXPECT_EQ(event.channel, channel_id(1100000000000000020));
        EXPECT_EQ(event.guild, guild_id(1100000000000000001));
        EXPECT_EQ(event.author, user_id(1100000000000000101));
        EXPECT_FALSE(event.author_is_bot);
        EXPECT_EQ(event.author_name, "Camille");
        EXPECT_EQ(event.content, "bonjour à tous 👋");
        EXPECT_EQ(event.attachments, 1U);
        EXPECT_EQ(event.nonce, "1100000000000000777");
        EXPECT_THAT(event.author_roles,
                    ElementsAre(role_id(1100000000000000012), role_id(1100000000000000013)));
    });
    const auto text = contract("message_create");
    feed(events, "MESSAGE_CREATE", text);
    feed(events, "MESSAGE_CREATE", text);
    EXPECT_EQ(calls, 2);
}

TEST(Events, ListsOfOneEventDoNotLeakIntoTheNext) {
    dispatcher events;
    std::vector<std::size_t> roles;
    events.on<events::message_create>([&](const auto& event) { roles.push_back(event.author_roles.size()); });
    feed(events, "MESSAGE_CREATE", contract("message_create"));
    feed(events, "MESSAGE_CREATE", R"({"id":"1","channel_id":"2","author":{"id":"3"},"nonce":17})");
    EXPECT_THAT(roles, ElementsAre(2U, 0U));
}

TEST(Events, VoiceStateUpdate) {
    dispatcher events;
    int calls = 0;
    events.on<events::voice_state_update>([&](const auto& event) {
        ++calls;
        EXPECT_EQ(event.user, user_id(1100000000000000101));
        EXPECT_EQ(event.channel, channel_id(1100000000000000032));
        EXPECT_EQ(event.username, "camille");
        EXPECT_EQ(event.global_name, "Camille");
        EXPECT_EQ(event.nick, "");
        EXPECT_TRUE(event.roles.empty());
        EXPECT_TRUE(event.self_mute);
        EXPECT_FALSE(event.bot);
    });
    feed(events, "VOICE_STATE_UPDATE", contract("voice_state_update"));
    EXPECT_EQ(calls, 1);
}

TEST(Events, VoiceStateUpdateOfMemberWithRolesAndNick) {
    dispatcher events;
    std::vector<std::uint64_t> roles;
    std::string nick;
    events.on<events::voice_state_update>([&](const auto& event) {
        for (const auto role : event.roles)
            roles.push_back(role.value());
        nick = event.nick;
    });
    feed(events, "VOICE_STATE_UPDATE",
         R"({"guild_id":"1","channel_id":"2","user_id":"3",
             "member":{"roles":["7","8"],"nick":"Zoé","user":{"id":"3","username":"z"}}})");
    EXPECT_THAT(roles, ElementsAre(7U, 8U));
    EXPECT_EQ(nick, "Zoé");
}

TEST(Events, GuildMemberUpdateAndAdd) {
    dispatcher events;
    int calls = 0;
    events.on<events::guild_member_update>([&](const auto& event) {
        ++calls;
        EXPECT_EQ(event.user, user_id(1100000000000000900));
        EXPECT_TRUE(event.bot);
        EXPECT_EQ(event.nick, "Vagolant");
        EXPECT_EQ(event.roles.size(), 2U);
        EXPECT_FALSE(event.communication_disabled_until);
    });
    events.on<events::guild_member_add>([&](const auto& event) {
        ++calls;
        EXPECT_EQ(event.guild, guild_id(1100000000000000001));
        EXPECT_EQ(event.member.user.id, user_id(1100000000000000900));
        EXPECT_EQ(event.member.roles.size(), 2U);
    });
    feed(events, "GUILD_MEMBER_UPDATE", contract("guild_member_update"));
    feed(events, "GUILD_MEMBER_ADD", contract("guild_member_update"));
    EXPECT_EQ(calls, 2);
}

TEST(Events, PresenceUpdateIsTheGame) {
    dispatcher events;
    std::vector<std::string> games;
    events.on<events::presence_update>([&](const auto& event) {
        EXPECT_EQ(event.guild, guild_id(1100000000000000001));
        EXPECT_EQ(event.user, user_id(1100000000000000101));
        games.emplace_back(event.game);
    });
    const auto text = contract("presence_update");
    feed(events, "PRESENCE_UPDATE", text);
    // Listening (2) is no game, nor is what has no type: the next one counts. Nothing is none.
    feed(events, "PRESENCE_UPDATE", replaced(text, R"("type": 0)", R"("type": 2)"));
    feed(events, "PRESENCE_UPDATE", replaced(text, R"("type": 0)", R"("typ": 0)"));
    feed(events, "PRESENCE_UPDATE",
         R"({"user":{"id":"1100000000000000101"},"guild_id":"1100000000000000001","status":"offline"})");
    feed(events, "PRESENCE_UPDATE",
         R"({"user":{"id":"1100000000000000101"},"guild_id":"1100000000000000001","activities":null})");
    EXPECT_THAT(games, ElementsAre("Étoiles & Châteaux", "Another", "Another", "", ""));
    for (const auto* bad :
         {R"({"guild_id":"1100000000000000001"})", R"({"user":{"id":"1100000000000000101"}})",
          R"({"user":{"id":"1100000000000000101"},"guild_id":"1","activities":[1]})",
          R"({"user":{"id":"1100000000000000101"},"guild_id":"1","activities":[{"type":"0"}]})"})
        EXPECT_THROW(feed(events, "PRESENCE_UPDATE", bad), json::parse_error) << bad;
}

TEST(Events, PlayersOfAGuildAndOfAChunk) {
    dispatcher events;
    std::vector<std::string> told;
    const auto note = [&](const auto& players) {
        for (const auto& one : players)
            told.push_back(one.user.to_string() + ' ' + one.game);
    };
    events.on<events::guild_create>([&](const auto& event) { note(event.players); });
    events.on<events::guild_members_chunk>([&](const auto& event) {
        told.emplace_back(event.with_presences ? "asked" : "not asked");
        note(event.players);
    });
    const auto presences = "\"presences\":[" + contract("presence_update") +
                           R"(,{"user":{"id":"7"},"status":"idle","activities":[]}])";
    feed(events, "GUILD_CREATE",
         R"({"id":"1100000000000000001","owner_id":"1100000000000000100",)" + presences + '}');
    feed(events, "GUILD_MEMBERS_CHUNK",
         R"({"guild_id":"1100000000000000001","members":[],)" + presences + '}');
    feed(events, "GUILD_MEMBERS_CHUNK", R"({"guild_id":"1100000000000000001","members":[]})");
    EXPECT_THAT(told, ElementsAre("1100000000000000101 Étoiles & Châteaux", "asked",
                                  "1100000000000000101 Étoiles & Châteaux", "not asked"));
}

TEST(Events, StatusesOfVoiceChannels) {
    dispatcher events;
    std::vector<std::string> told;
    events.on<events::voice_channel_status_update>([&](const auto& event) {
        EXPECT_EQ(event.guild, guild_id(5));
        told.push_back(event.channel.to_string() + ' ' + std::string(event.status));
    });
    events.on<events::channel_info>([&](const auto& event) {
        EXPECT_EQ(event.guild, guild_id(5));
        for (const auto& one : event.channels)
            told.push_back(one.channel.to_string() + (one.in_use ? " in use " : " empty ") + one.status);
    });
    feed(events, "VOICE_CHANNEL_STATUS_UPDATE", R"({"id":"7","guild_id":"5","status":"On joue"})");
    feed(events, "VOICE_CHANNEL_STATUS_UPDATE", R"({"id":"7","guild_id":"5","status":null})");
    feed(events, "CHANNEL_INFO",
         R"({"guild_id":"5","channels":[{"id":"7","status":"Chut","voice_start_time":12},)"
         R"({"id":"8"},{"id":"9","voice_start_time":null}]})");
    EXPECT_THAT(told, ElementsAre("7 On joue", "7 ", "7 in use Chut", "8 empty ", "9 empty "));
    for (const auto* bad :
         {R"({"id":"7"})", R"({"guild_id":"5"})", R"({"id":"7","guild_id":"5","status":1})"})
        EXPECT_THROW(feed(events, "VOICE_CHANNEL_STATUS_UPDATE", bad), json::parse_error) << bad;
    for (const auto* bad : {R"({"channels":[]})", R"({"guild_id":"5","channels":[{"status":"x"}]})"})
        EXPECT_THROW(feed(events, "CHANNEL_INFO", bad), json::parse_error) << bad;
}

TEST(Events, GuildDeleteOfAnOutageAndOfARemoval) {
    dispatcher events;
    std::vector<bool> outages;
    events.on<events::guild_delete>([&](const auto& event) { outages.push_back(event.unavailable); });
    feed(events, "GUILD_DELETE", R"({"id":"1","unavailable":true})");
    feed(events, "GUILD_DELETE", R"({"id":"1"})");
    EXPECT_THAT(outages, ElementsAre(true, false));
}

TEST(Events, TheRest) {
    dispatcher events;
    std::vector<std::string> seen;
    events.on<events::guild_role_delete>([&](const auto& e) { seen.push_back(e.role.to_string()); });
    events.on<events::guild_role_create>([&](const auto& e) { seen.push_back(e.role.name); });
    events.on<events::voice_server_update>([&](const auto& e) { seen.emplace_back(e.endpoint); });
    events.on<events::guild_member_remove>([&](const auto& e) { seen.push_back(e.user.username); });
    events.on<events::guild_members_chunk>([&](const auto& e) {
        seen.push_back(e.nonce + std::to_string(e.members.size()) + std::to_string(e.chunk_index));
    });
    events.on<events::message_delete>([&](const auto& e) { seen.push_back(e.message.to_string()); });
    events.on<events::message_delete_bulk>(
        [&](const auto& e) { seen.push_back(std::to_string(e.messages.size())); });
    events.on<events::message_update>([&](const auto& e) { seen.emplace_back(e.content); });
    events.on<events::rate_limited>(
        [&](const auto& e) { seen.push_back(e.nonce + std::to_string(e.opcode)); });
    events.on<events::user_update>([&](const auto& e) { seen.push_back(e.user.username); });
    events.on<events::interaction_create>([&](const auto& e) { seen.push_back(e.interaction.command_path); });

    feed(events, "GUILD_ROLE_DELETE", R"({"guild_id":"1","role_id":"11"})");
    feed(events, "GUILD_ROLE_CREATE",
         R"({"guild_id":"1","role":{"id":"12","name":"Neuf","permissions":"0"}})");
    feed(events, "VOICE_SERVER_UPDATE", R"({"token":"t","guild_id":"1","endpoint":null})");
    feed(events, "GUILD_MEMBER_REMOVE", R"({"guild_id":"1","user":{"id":"5","username":"parti"}})");
    feed(
        events, "GUILD_MEMBERS_CHUNK",
        R"({"guild_id":"1","members":[{"user":{"id":"5"},"roles":[]}],"chunk_index":2,"chunk_count":3,"nonce":"n"})");
    feed(events, "MESSAGE_DELETE", R"({"id":"6","channel_id":"2","guild_id":"1"})");
    feed(events, "MESSAGE_DELETE_BULK", R"({"ids":["6","7"],"channel_id":"2","guild_id":"1"})");
    feed(events, "MESSAGE_UPDATE", R"({"id":"6","channel_id":"2","content":"mieux"})");
    feed(events, "RATE_LIMITED", R"({"opcode":8,"retry_after":12.5,"meta":{"guild_id":"1","nonce":"m"}})");
    feed(events, "USER_UPDATE", R"({"id":"9","username":"renommé"})");
    feed(events, "INTERACTION_CREATE", contract("interaction_ping"));
    EXPECT_THAT(seen,
                ElementsAre("11", "Neuf", "", "parti", "n12", "6", "2", "mieux", "m8", "renommé", "ping"));
}

} // namespace
} // namespace vagrolant::discord
