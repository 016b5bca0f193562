#include "discord/model/permissions.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace vagrolant::discord {
namespace {

using enum permission;

constexpr guild_id the_guild(1);
constexpr user_id someone(100);
constexpr role_id moderator(11);
constexpr role_id guest(12);

const overwrite everyone_may_not_write = overwrite::of(everyone_role(the_guild), {}, send_messages);

TEST(Permissions, BitsAreDiscords) {
    EXPECT_EQ(permissions(create_instant_invite).bits(), 1U);
    EXPECT_EQ(permissions(administrator).bits(), 8U);
    EXPECT_EQ(permissions(manage_roles).bits(), 0x1000'0000U);
    EXPECT_EQ(permissions(moderate_members).bits(), 1ULL << 40U);
    EXPECT_EQ(permissions(set_voice_channel_status).bits(), 1ULL << 48U);
    EXPECT_EQ(permissions(bypass_slowmode).bits(), 1ULL << 52U);
    EXPECT_EQ(permissions::all().bits(), 0x1F'7FFF'FFFF'FFFFULL);
    EXPECT_EQ((permissions{view_channel, connect}).to_string(), "1049600");
}

TEST(Permissions, KeepsBitsWithoutAName) {
    const auto future = permissions::from_bits(1ULL << 53U) | view_channel;
    EXPECT_EQ(future.without(view_channel).bits(), 1ULL << 53U);
    EXPECT_EQ(list(future), std::vector{view_channel});
}

TEST(Permissions, EveryOneHasANameInBothLanguages) {
    const auto all = list(permissions::all());
    EXPECT_EQ(all.size(), 52U);
    for (const auto one : all) {
        EXPECT_FALSE(name_of(one).fr.empty());
        EXPECT_FALSE(name_of(one).en.empty());
    }
    EXPECT_EQ(name_of(manage_channels).fr, "Gérer les salons");
}

TEST(ComputeBase, UnitesRoles) {
    const std::vector<permissions> roles{view_channel, send_messages};
    EXPECT_EQ(compute_base({.user = someone}, roles), (permissions{view_channel, send_messages}));
}

TEST(ComputeBase, OwnerAndAdministratorHaveAllEvenInTimeout) {
    const std::vector<permissions> roles{administrator};
    EXPECT_EQ(compute_base({.user = someone, .owner = true, .timed_out = true}, {}), permissions::all());
    EXPECT_EQ(compute_base({.user = someone, .timed_out = true}, roles), permissions::all());
}

TEST(ComputeBase, TimeoutLeavesSeeingAndReading) {
    const std::vector<permissions> roles{{view_channel, read_message_history, send_messages, manage_guild}};
    EXPECT_EQ(compute_base({.user = someone, .timed_out = true}, roles),
              (permissions{view_channel, read_message_history}));
}

struct channel_case {
    std::string name;
    permissions base;
    std::vector<role_id> roles;
    std::vector<overwrite> overwrites;
    bool voice = false;
    bool timed_out = false;
    permissions expected;
};

class ComputeInChannel : public ::testing::TestWithParam<channel_case> {};

TEST_P(ComputeInChannel, AsDiscordDoes) {
    const auto& test = GetParam();
    const permission_subject who{.user = someone, .roles = test.roles, .timed_out = test.timed_out};
    EXPECT_EQ(list(compute_in_channel(test.base, who, the_guild, test.overwrites, test.voice)),
              list(test.expected));
}

const permissions usual{view_channel, send_messages, embed_links, attach_files, read_message_history};

INSTANTIATE_TEST_SUITE_P(
    Table, ComputeInChannel,
    ::testing::Values(
        channel_case{.name = "no_overwrites", .base = usual, .expected = usual},
        channel_case{.name = "everyone_denied",
                     .base = usual,
                     .overwrites = {overwrite::of(everyone_role(the_guild), {}, read_message_history)},
                     .expected = usual.without(read_message_history)},
        channel_case{.name = "everyone_allow_beats_everyone_deny",
                     .base = usual,
                     .overwrites = {overwrite::of(everyone_role(the_guild), connect, connect)},
                     .expected = usual | connect},
        channel_case{.name = "role_allow_beats_everyone_deny",
                     .base = usual,
                     .roles = {moderator},
                     .overwrites = {overwrite::of(moderator, send_messages), everyone_may_not_write},
                     .expected = usual},
        channel_case{
            .name = "one_roles_allow_beats_anothers_deny",
            .base = usual,
            .roles = {moderator, guest},
            .overwrites = {overwrite::of(moderator, send_messages), overwrite::of(guest, {}, send_messages)},
            .expected = usual},
        channel_case{.name = "a_role_he_does_not_have_counts_not",
                     .base = usual,
                     .roles = {guest},
                     .overwrites = {overwrite::of(moderator, {}, view_channel)},
                     .expected = usual},
        channel_case{.name = "members_deny_beats_roles_allow",
                     .base = usual,
                     .roles = {moderator},
                     .overwrites = {overwrite::of(someone, {}, read_message_history),
                                    overwrite::of(moderator, read_message_history)},
                     .expected = usual.without(read_message_history)},
        channel_case{
            .name = "members_allow_beats_everything",
            .base = {},
            .overwrites = {overwrite::of(someone, usual), overwrite::of(everyone_role(the_guild), {}, usual)},
            .expected = usual},
        channel_case{.name = "a_role_with_the_members_id_is_no_member",
                     .base = usual,
                     .overwrites = {overwrite::of(role_id(someone.value()), {}, view_channel)},
                     .expected = usual},
        channel_case{.name = "without_view_nothing",
                     .base = usual | manage_channels,
                     .overwrites = {overwrite::of(everyone_role(the_guild), {}, view_channel)},
                     .expected = {}},
        channel_case{.name = "without_send_no_files_nor_embeds",
                     .base = usual | mention_everyone | send_tts_messages | add_reactions,
                     .overwrites = {everyone_may_not_write},
                     .expected = {view_channel, read_message_history, add_reactions}},
        channel_case{.name = "voice_without_connect_only_the_view",
                     .base = usual | connect | manage_channels | speak,
                     .overwrites = {overwrite::of(everyone_role(the_guild), {}, connect)},
                     .voice = true,
                     .expected = {view_channel}},
        channel_case{.name = "text_without_connect_is_as_ever",
                     .base = usual | manage_channels,
                     .overwrites = {overwrite::of(everyone_role(the_guild), {}, connect)},
                     .expected = usual | manage_channels},
        channel_case{.name = "timeout_beats_the_members_allow",
                     .base = usual,
                     .overwrites = {overwrite::of(someone, {send_messages, manage_messages})},
                     .timed_out = true,
                     .expected = {view_channel, read_message_history}},
        channel_case{.name = "administrator_ignores_overwrites",
                     .base = permissions::all(),
                     .overwrites = {overwrite::of(someone, {}, permissions::all())},
                     .voice = true,
                     .timed_out = true,
                     .expected = permissions::all()},
        channel_case{.name = "administrator_cannot_come_from_an_overwrite",
                     .base = usual,
                     .overwrites = {overwrite::of(someone, administrator), everyone_may_not_write},
                     .expected = {view_channel, read_message_history, administrator}}),
    [](const auto& test) { return test.param.name; });

} // namespace
} // namespace vagrolant::discord
