#include "discord/model/channel_edit.hpp"
#include "discord/model/guild.hpp"
#include "discord/model/interaction.hpp"
#include "discord/model/message.hpp"
#include "discord/model/timestamp.hpp"
#include "discord/model/voice_state.hpp"
#include "discord/tests/contracts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vagrolant::discord {
namespace {

using testing::contract;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::parsed;
using testing::replaced;

// The path that the parser complains about; empty when it does not.
template <class Parse>
std::string complaint(const std::string& text, Parse parse) {
    try {
        static_cast<void>(parsed(text, parse));
    } catch (const json::parse_error& error) {
        return error.what();
    }
    return {};
}

TEST(Timestamp, ReadsWhatDiscordWrites) {
    using namespace std::chrono;
    const timestamp expected = sys_days(2026y / March / 4) + 5h + 6min + 7s + 89ms;
    EXPECT_EQ(parse_timestamp("2026-03-04T05:06:07.089000+00:00"), expected);
    EXPECT_EQ(parse_timestamp("2026-03-04T06:06:07.089+01:00"), expected);
    EXPECT_EQ(parse_timestamp("2026-03-04T05:06:07Z"), timestamp(expected - 89ms));
    EXPECT_EQ(to_iso8601(expected), "2026-03-04T05:06:07.089Z");
    EXPECT_EQ(parse_timestamp(to_iso8601(expected)), expected);
}

TEST(Timestamp, RefusesAnythingElse) {
    for (const auto* text :
         {"", "2026", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-03-04T25:00:00Z",
          "2026-03-04 05:06:07Z", "2026-03-04T05:06:07", "2026-03-04T05:06:07.Z", "2026-03-04T05:06:07Z ",
          "2026-03-04T05:06:07+0000", "-026-03-04T05:06:07Z"}) {
        EXPECT_EQ(parse_timestamp(text), std::nullopt) << text;
    }
}

TEST(ParseGuild, ReadsRolesAndTheirTags) {
    const auto guild = parsed(contract("guild_create"), parse_guild);
    EXPECT_EQ(guild.name, "Le Salon");
    EXPECT_EQ(guild.owner, user_id(1100000000000000100));
    EXPECT_EQ(guild.preferred_locale, "fr");
    EXPECT_EQ(guild.member_count, 4);
    EXPECT_FALSE(guild.afk_channel);
    EXPECT_THAT(guild.features, ElementsAre("COMMUNITY", "NEWS"));
    ASSERT_EQ(guild.roles.size(), 4U);
    EXPECT_EQ(guild.roles[1].bot, user_id(1100000000000000900));
    EXPECT_TRUE(guild.roles[1].managed);
    EXPECT_EQ(guild.roles[2].color, 3447003U);
    EXPECT_TRUE(guild.roles[3].premium_subscriber);
}

TEST(ParseGuild, AnUnavailableOneNeedsItsIdAlone) {
    const auto guild = parsed(R"({"id":"7","unavailable":true})", parse_guild);
    EXPECT_EQ(guild.id, guild_id(7));
    EXPECT_TRUE(guild.unavailable);
    EXPECT_THAT(complaint(R"({"id":"7"})", parse_guild), HasSubstr("owner_id"));
}

TEST(ParseChannel, PassesOverWhatItDoesNotKnow) {
    const auto channel = parsed(
        R"({"id":"5","type":13,"new":{"deep":[1,{"er":null}]},"flags":131072,"parent_id":null,
            "permission_overwrites":[{"id":"9","type":1,"allow":"1024","deny":"0","x":1}]})",
        parse_channel);
    EXPECT_EQ(channel.type, channel_type::stage);
    EXPECT_TRUE(channel.obfuscated());
    EXPECT_FALSE(channel.parent);
    EXPECT_THAT(channel.overwrites, ElementsAre(overwrite::of(user_id(9), permission::view_channel)));
}

TEST(ParseChannel, SaysWhereSomethingIsWrong) {
    EXPECT_THAT(complaint(R"({"id":"5"})", parse_channel), HasSubstr("lacks \"type\""));
    EXPECT_THAT(complaint(R"({"id":"x","type":0})", parse_channel), HasSubstr("id: not a snowflake"));
    EXPECT_THAT(complaint(R"({"id":"5","type":0,"position":"one"})", parse_channel), HasSubstr("position"));
    EXPECT_THAT(
        complaint(R"({"id":"5","type":0,"permission_overwrites":[{"id":"1","allow":"x"}]})", parse_channel),
        HasSubstr("permission_overwrites[0].allow"));
    EXPECT_THAT(complaint(R"({"id":"5","type":0,"position":99999999999})", parse_channel),
                HasSubstr("out of range"));
}

TEST(ParseChannel, ThreadsCanBeArchivedAndLocked) {
    const auto thread = parsed(
        R"({"id":"5","type":11,"parent_id":"4","thread_metadata":{"archived":true,"x":{},"locked":true}})",
        parse_channel);
    EXPECT_TRUE(thread.archived);
    EXPECT_TRUE(thread.locked);
    EXPECT_FALSE(parsed(R"({"id":"5","type":0})", parse_channel).locked);
    EXPECT_EQ(json::serialize(to_json(channel_edit{.archived = false, .locked = true})),
              R"({"archived":false,"locked":true})");
}

TEST(ChannelType, WhereOneCanWriteOrSpeak) {
    EXPECT_TRUE(is_text_like(channel_type::text));
    EXPECT_TRUE(is_text_like(channel_type::voice));
    EXPECT_TRUE(is_text_like(channel_type::public_thread));
    EXPECT_FALSE(is_text_like(channel_type::category));
    EXPECT_FALSE(is_text_like(channel_type::forum));
    EXPECT_TRUE(is_voice_like(channel_type::stage));
    EXPECT_FALSE(is_voice_like(channel_type::text));
}

TEST(ParseMessage, ReadsWhatFeaturesNeed) {
    const auto message = parsed(contract("message_create"), parse_message);
    EXPECT_EQ(message.id, message_id(1100000000000000500));
    EXPECT_EQ(message.guild, guild_id(1100000000000000001));
    EXPECT_EQ(message.author.display_name(), "Camille");
    EXPECT_EQ(message.content, "bonjour à tous 👋");
    EXPECT_EQ(to_iso8601(message.timestamp), "2026-03-04T05:06:07.089Z");
    EXPECT_FALSE(message.edited_at);
    EXPECT_EQ(message.embed_count, 1U);
    ASSERT_EQ(message.attachments.size(), 1U);
    EXPECT_EQ(message.attachments[0].size, 1234U);
    ASSERT_EQ(message.components.size(), 2U);
    EXPECT_EQ(message.components[1].custom_id, "status/open");
}

TEST(ParseMessage, ComponentsNestOnlySoDeep) {
    std::string components = "{}";
    for (int depth = 0; depth < 30; ++depth)
        components = R"({"type":17,"components":[)" + components + "]}";
    EXPECT_THAT(complaint(R"({"id":"1","channel_id":"2","components":[)" + components + "]}", parse_message),
                HasSubstr("nested too deep"));
}

TEST(ParseInteraction, CommandWithOptions) {
    const auto what = parsed(contract("interaction_command"), parse_interaction);
    EXPECT_EQ(what.type, interaction_type::command);
    EXPECT_EQ(what.command_path, "hub/create");
    EXPECT_EQ(what.command, command_id(1100000000000000800));
    EXPECT_EQ(what.guild, guild_id(1100000000000000001));
    EXPECT_EQ(what.user.id, user_id(1100000000000000101));
    EXPECT_EQ(what.member->display_name(), "Cam");
    EXPECT_EQ(what.member->permissions->bits(), 2248473465835073U);
    EXPECT_EQ(what.locale, "fr");
    ASSERT_EQ(what.options.size(), 6U);
    EXPECT_EQ(std::get<std::string>(what.option("template")->value), "Salon de {user}");
    EXPECT_EQ(std::get<std::int64_t>(what.option("limit")->value), 12);
    EXPECT_EQ(std::get<double>(what.option("volume")->value), 0.5);
    EXPECT_TRUE(std::get<bool>(what.option("private")->value));
    EXPECT_EQ(std::get<std::uint64_t>(what.option("owner")->value), 1100000000000000102U);
    EXPECT_EQ(what.option("nothing"), nullptr);
    EXPECT_EQ(what.resolved.find(user_id(1100000000000000102))->username, "sacha");
    EXPECT_EQ(what.resolved.find_member(user_id(1100000000000000102))->nick, "Sach");
    EXPECT_EQ(what.resolved.find(channel_id(1100000000000000030))->app_permissions->bits(), 1071698660929U);
    EXPECT_EQ(what.resolved.find(channel_id(1)), nullptr);
}

TEST(ParseInteraction, GroupsAndSubcommandsInAnyOrderOfMembers) {
    const auto what = parsed(
        R"({"id":"1","application_id":"2","token":"t","user":{"id":"3"},
            "data":{"options":[{"options":[{"options":[{"value":"a","name":"x","type":3}],"type":1,"name":"lock"}],
            "name":"room","type":2}],"id":"4","name":"hub"},"type":2})",
        parse_interaction);
    EXPECT_EQ(what.command_path, "hub/room/lock");
    ASSERT_EQ(what.options.size(), 1U);
    EXPECT_EQ(what.options[0].name, "x");
}

TEST(ParseInteraction, InDirectMessages) {
    const auto what = parsed(contract("interaction_ping"), parse_interaction);
    EXPECT_EQ(what.command_path, "ping");
    EXPECT_FALSE(what.guild);
    EXPECT_FALSE(what.member);
    EXPECT_EQ(what.user.username, "sacha");
    EXPECT_TRUE(what.options.empty());
}

TEST(ParseInteraction, ButtonAndSelect) {
    const auto button = parsed(contract("interaction_button"), parse_interaction);
    EXPECT_EQ(button.type, interaction_type::component);
    EXPECT_EQ(button.custom_id, "room/lock/1100000000000000022");
    EXPECT_EQ(button.component_type, component_type::button);
    EXPECT_EQ(button.message->id, message_id(1100000000000000501));

    const auto select = parsed(contract("interaction_select"), parse_interaction);
    EXPECT_EQ(select.component_type, component_type::user_select);
    EXPECT_THAT(select.values, ElementsAre("1100000000000000102"));
    EXPECT_EQ(select.resolved.users.size(), 1U);
    EXPECT_EQ(select.message->components.size(), 4U);
}

TEST(ParseInteraction, ModalInputsWhereverTheyStand) {
    const auto modal = parsed(contract("interaction_modal"), parse_interaction);
    EXPECT_EQ(modal.type, interaction_type::modal_submit);
    ASSERT_EQ(modal.inputs.size(), 4U);
    EXPECT_THAT(modal.input("name")->values, ElementsAre("Chez Camille"));
    EXPECT_THAT(modal.input("languages")->values, ElementsAre("fr", "en"));
    EXPECT_THAT(modal.input("announce")->values, ElementsAre("true"));
    EXPECT_THAT(modal.input("note")->values, ElementsAre(""));
    EXPECT_FALSE(modal.message);
}

TEST(ParseInteraction, WhatIsBeingTypedIsText) {
    const auto what = parsed(replaced(contract("interaction_autocomplete"), R"("value": 3, "type": 4)",
                                      R"("focused": true, "value": "1x", "type": 4)"),
                             parse_interaction);
    EXPECT_EQ(what.type, interaction_type::autocomplete);
    EXPECT_EQ(std::get<std::string>(what.option("limit")->value), "1x");
}

TEST(ParseInteraction, RefusesWhatIsNone) {
    EXPECT_THAT(complaint(R"({"id":"1"})", parse_interaction), HasSubstr("type"));
    EXPECT_THAT(complaint(R"({"id":"1","type":2,"application_id":"2","token":"t"})", parse_interaction),
                HasSubstr("user"));
    EXPECT_THAT(complaint(replaced(contract("interaction_command"), R"("value": 12)", R"("value": "twelve")"),
                          parse_interaction),
                HasSubstr("not of the option's type"));
    std::string options = "[]";
    for (int depth = 0; depth < 30; ++depth)
        options = R"([{"name":"x","type":1,"options":)" + options + "}]";
    EXPECT_THAT(complaint(R"({"type":2,"data":{"name":"a","options":)" + options + "}}", parse_interaction),
                HasSubstr("nested too deep"));
}

TEST(ParseInteraction, NoErrorShowsTheToken) {
    const auto text =
        replaced(contract("interaction_command"), R"("id": "1100000000000000700")", R"("id": "none")");
    const auto error = complaint(text, parse_interaction);
    EXPECT_FALSE(error.empty());
    EXPECT_THAT(error, ::testing::Not(HasSubstr("invented-interaction-token")));
}

} // namespace
} // namespace vagrolant::discord
