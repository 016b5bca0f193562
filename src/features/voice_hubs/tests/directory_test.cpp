#include "features/voice_hubs/directory.hpp"

#include <gmock/gmock.h>

namespace vagrolant::voice_hubs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr guild_id guild(5);
constexpr channel_id hub_channel(50);
constexpr user_id zoe(2);
constexpr user_id leo(3);

room a_room(channel_id channel, user_id owner, int number) {
    return {.channel = channel, .guild = guild, .hub = hub_channel, .owner = owner, .number = number};
}

TEST(voice_directory, a_member_has_one_room_of_a_hub) {
    directory known;
    known.put_room(1, a_room(channel_id(60), zoe, 1));
    auto& second = known.put_room(2, a_room(channel_id(61), leo, 2));
    EXPECT_FALSE(known.set_owner(second, zoe));
    EXPECT_EQ(known.room_of(hub_channel, zoe)->room.channel, channel_id(60));
    known.erase_room(channel_id(60));
    EXPECT_TRUE(known.set_owner(second, zoe));
    EXPECT_EQ(known.room_of(hub_channel, leo), nullptr);
    EXPECT_EQ(known.room_of(hub_channel, zoe)->room.channel, channel_id(61));
}

// The storm found it: a transfer to somebody whose own room was just being made.
TEST(voice_directory, whose_room_is_being_made_is_given_no_other) {
    directory known;
    auto& room = known.put_room(1, a_room(channel_id(60), zoe, 1));
    known.begin_provision(hub_channel, leo);
    EXPECT_TRUE(known.is_provided(hub_channel, leo));
    EXPECT_FALSE(known.set_owner(room, leo));
    known.put_intent({.row = 2, .room = a_room({}, leo, 2)});
    known.end_provision(hub_channel, leo);
    EXPECT_FALSE(known.set_owner(room, leo));
    known.erase_intent(2);
    EXPECT_TRUE(known.set_owner(room, leo));
}

TEST(voice_directory, numbers_are_the_lowest_free_and_stay) {
    directory known;
    EXPECT_EQ(known.take_number(hub_channel), 1);
    EXPECT_EQ(known.take_number(hub_channel), 2);
    known.put_room(1, a_room(channel_id(60), zoe, 1));
    known.put_room(2, a_room(channel_id(61), leo, 2));
    known.erase_room(channel_id(60));
    EXPECT_EQ(known.find_room(channel_id(61))->room.number, 2);
    EXPECT_EQ(known.take_number(hub_channel), 1);
}

TEST(voice_directory, rooms_are_counted_from_when_they_are_about_to_be_made) {
    directory known;
    known.begin_provision(hub_channel, zoe);
    EXPECT_EQ(known.room_count(hub_channel), 1U);
    known.put_intent({.row = 1, .room = a_room({}, zoe, 1)});
    EXPECT_EQ(known.room_count(hub_channel), 1U);
    known.erase_intent(1);
    known.put_room(1, a_room(channel_id(60), zoe, 1));
    EXPECT_EQ(known.room_count(hub_channel), 1U);
    known.end_provision(hub_channel, zoe);
    EXPECT_EQ(known.room_of_row(guild, 1)->room.channel, channel_id(60));
    EXPECT_EQ(known.room_of_row(guild, 2), nullptr);
    known.erase_room(channel_id(60));
    EXPECT_EQ(known.room_count(hub_channel), 0U);
}

TEST(voice_directory, a_room_that_is_given_up_frees_its_place_and_is_remembered) {
    directory known;
    const auto number = known.take_number(hub_channel);
    known.put_intent({.row = 1, .room = a_room({}, zoe, number)});
    const auto until = time_point(std::chrono::seconds(7));
    known.give_up(1, until);
    known.give_up(1, until + std::chrono::seconds(1));
    EXPECT_FALSE(known.is_provided(hub_channel, zoe));
    EXPECT_EQ(known.room_count(hub_channel), 0U);
    EXPECT_EQ(known.take_number(hub_channel), number);
    ASSERT_NE(known.find_intent(1), nullptr);
    EXPECT_EQ(known.find_intent(1)->give_up_at, until);
    EXPECT_TRUE(known.concerns(guild));
    known.erase_intent(1);
    EXPECT_FALSE(known.concerns(guild));
}

TEST(voice_directory, rooms_keep_what_a_hub_that_is_gone_said_of_them) {
    directory known;
    known.put_hub(
        {.channel = hub_channel, .guild = guild, .settings = {.empty_grace = std::chrono::seconds(40)}});
    known.put_room(1, a_room(channel_id(60), zoe, 1));
    EXPECT_FALSE(known.find_room(channel_id(60))->room.last_settings);
    known.erase_hub(hub_channel);
    const auto& last = known.find_room(channel_id(60))->room.last_settings;
    ASSERT_TRUE(last);
    EXPECT_EQ(last->empty_grace, std::chrono::seconds(40));
}

TEST(voice_directory, a_guild_without_anything_is_forgotten) {
    directory known;
    known.put_hub({.channel = hub_channel, .guild = guild});
    known.put_room(1, a_room(channel_id(60), zoe, 1));
    EXPECT_THAT(known.guilds(), ElementsAre(guild));
    known.erase_hub(hub_channel);
    EXPECT_TRUE(known.concerns(guild));
    known.erase_room(channel_id(60));
    EXPECT_FALSE(known.concerns(guild));
    EXPECT_THAT(known.guilds(), IsEmpty());
}

} // namespace
} // namespace vagrolant::voice_hubs
