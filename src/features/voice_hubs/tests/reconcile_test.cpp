#include "features/voice_hubs/reconcile.hpp"
#include "features/voice_hubs/rules.hpp"

#include <gmock/gmock.h>

namespace vagrolant::voice_hubs {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using kind = reconcile_step::kind;

constexpr guild_id guild(5);
constexpr user_id bot(1);
constexpr user_id owner(2);
constexpr user_id guest(3);
constexpr channel_id hub_channel(50);
constexpr channel_id room_channel(60);

std::vector<kind> kinds(const std::vector<reconcile_step>& steps) {
    std::vector<kind> found;
    for (const auto& one : steps)
        found.push_back(one.what);
    return found;
}

// A snowflake that Discord would have made then.
channel_id made_at(time_point when) {
    const auto ms = when.time_since_epoch().count() - channel_id::discord_epoch_ms;
    return channel_id(static_cast<std::uint64_t>(ms) << 22U);
}

class reconcile_test : public testing::Test {
protected:
    const time_point start = time_point(1'800'000'000s);
    const std::vector<discord::overwrite> room_overwrites{discord::overwrite::of(bot, own_bits),
                                                          discord::overwrite::of(owner, mode_bits)};
    reconcile_input seen{.guild = guild,
                         .bot = bot,
                         .channels = {{.id = hub_channel, .voice = true, .name = "hub"},
                                      {.id = room_channel, .voice = true, .name = "room"}},
                         .people = {{.user = owner, .channel = room_channel}},
                         .hubs = {{.channel = hub_channel, .guild = guild}},
                         .rooms = {{.row = 1, .room = a_room()}},
                         .intents = {},
                         .now = start};

    room a_room() const {
        return {.channel = room_channel,
                .guild = guild,
                .hub = hub_channel,
                .owner = owner,
                .creator = owner,
                .name = "room",
                .created = start - 1h};
    }
    intent an_intent(time_point created) const {
        auto room = a_room();
        room.channel = {};
        room.name = "fresh";
        room.created = created;
        return {.row = 9, .room = room, .give_up_at = created + lost_patience};
    }
    seen_channel a_channel(time_point created) const {
        return {.id = made_at(created), .voice = true, .name = "fresh", .overwrites = room_overwrites};
    }
    std::vector<kind> plan() const { return kinds(plan_reconcile(seen)); }
};

TEST_F(reconcile_test, what_agrees_is_left_alone) {
    EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(reconcile_test, channels_that_are_gone_are_forgotten) {
    seen.channels.clear();
    seen.people.clear();
    EXPECT_THAT(plan(), ElementsAre(kind::forget_hub, kind::forget_room));
}

// Events may be lost: Discord itself is asked before any of these is carried out.
TEST_F(reconcile_test, what_rests_on_absence_is_told_from_the_rest) {
    for (const auto what : {kind::forget_hub, kind::forget_room, kind::forget_intent})
        EXPECT_TRUE(rests_on_absence(what));
    for (const auto what : {kind::delete_orphan, kind::adopt_orphan, kind::empty, kind::occupied,
                            kind::owner_away, kind::owner_back, kind::serve})
        EXPECT_FALSE(rests_on_absence(what));
}

TEST_F(reconcile_test, a_step_says_what_and_why) {
    seen.channels.clear();
    const auto steps = plan_reconcile(seen);
    EXPECT_EQ(describe(steps.at(0)), "forget_hub channel 50: its channel is gone");
    EXPECT_EQ(describe(steps.at(1)), "forget_room \"room\" channel 60 user 2: its channel is gone");
}

TEST_F(reconcile_test, an_obfuscated_channel_is_not_gone) {
    seen.channels = {{.id = hub_channel, .obfuscated = true}, {.id = room_channel, .obfuscated = true}};
    EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(reconcile_test, an_empty_room_begins_its_grace_once) {
    seen.people.clear();
    EXPECT_THAT(plan(), ElementsAre(kind::empty, kind::owner_away));
    seen.rooms.front().room.empty_since = start;
    seen.rooms.front().room.owner_left_at = start;
    EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(reconcile_test, a_bot_alone_keeps_no_room) {
    seen.people = {{.user = guest, .channel = room_channel, .bot = true}};
    EXPECT_THAT(plan(), ElementsAre(kind::empty, kind::owner_away));
}

TEST_F(reconcile_test, a_room_whose_owner_is_on_his_way_is_not_empty) {
    seen.people.clear();
    seen.rooms.front().expected_until = start + 1s;
    EXPECT_THAT(plan(), IsEmpty());
    seen.rooms.front().expected_until = start;
    EXPECT_THAT(plan(), ElementsAre(kind::empty, kind::owner_away));
    // Discord has moved him, but no event has shown it: he is asked about before anything follows from it.
    seen.rooms.front().moved = owner;
    EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(reconcile_test, a_room_that_is_being_deleted_is_left_alone) {
    seen.people.clear();
    seen.rooms.front().closing = true;
    EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(reconcile_test, owners_who_left_and_came_back_while_the_bot_was_away) {
    seen.people = {{.user = guest, .channel = room_channel}};
    EXPECT_THAT(plan(), ElementsAre(kind::owner_away));
    seen.people.push_back({.user = owner, .channel = room_channel});
    seen.rooms.front().room.owner_left_at = start - 1min;
    seen.rooms.front().room.empty_since = start - 1min;
    EXPECT_THAT(plan(), ElementsAre(kind::occupied, kind::owner_back));
}

TEST_F(reconcile_test, whoever_waits_in_a_hub_is_served_but_bots_are_not) {
    seen.people.push_back({.user = guest, .channel = hub_channel});
    seen.people.push_back({.user = user_id(77), .channel = hub_channel, .bot = true});
    const auto steps = plan_reconcile(seen);
    ASSERT_THAT(kinds(steps), ElementsAre(kind::serve));
    EXPECT_EQ(steps.front().user, guest);
}

TEST_F(reconcile_test, a_row_without_its_channel_waits_then_goes) {
    seen.intents = {an_intent(start - lost_patience + 1s)};
    EXPECT_THAT(plan(), IsEmpty());
    seen.now = start + 1s;
    EXPECT_THAT(plan(), ElementsAre(kind::forget_intent));
    seen.intents.front().under_way = true;
    EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(reconcile_test, a_row_that_is_given_up_recognises_its_channel_for_a_while) {
    seen.intents = {an_intent(start - 30s)};
    seen.intents.front().given_up = true;
    seen.intents.front().give_up_at = start + 40s;
    seen.people.push_back({.user = owner, .channel = hub_channel});
    EXPECT_THAT(plan(), ElementsAre(kind::serve));
    // Discord has made it after all; its owner no longer waits for this one.
    seen.channels.push_back(a_channel(start));
    EXPECT_THAT(plan(), ElementsAre(kind::delete_orphan, kind::serve));
    seen.people.push_back({.user = guest, .channel = made_at(start)});
    EXPECT_THAT(plan(), ElementsAre(kind::adopt_orphan, kind::serve));
    seen.channels.pop_back();
    seen.people.pop_back();
    seen.now = start + 40s;
    EXPECT_THAT(plan(), ElementsAre(kind::forget_intent, kind::serve));
}

TEST_F(reconcile_test, of_several_tries_the_last_has_the_channel) {
    auto first = an_intent(start - 20s);
    first.given_up = true;
    first.give_up_at = start + 1min;
    auto second = an_intent(start - 10s);
    second.row = 10;
    second.give_up_at = start + 1min;
    seen.intents = {first, second};
    seen.channels.push_back(a_channel(start - 5s));
    ASSERT_THAT(plan(), ElementsAre(kind::delete_orphan));
    EXPECT_EQ(plan_reconcile(seen).front().row, 10);
    // Whose answer is on its way knows its channel without being told.
    seen.intents.back().under_way = true;
    EXPECT_THAT(plan(), IsEmpty());
    // With two channels the later row takes one, the earlier waits for its turn.
    seen.intents.back().under_way = false;
    seen.channels.push_back(a_channel(start - 15s));
    EXPECT_THAT(plan(), testing::Contains(kind::delete_orphan));
}

TEST_F(reconcile_test, a_channel_that_its_row_does_not_know_is_found) {
    seen.intents = {an_intent(start - 1min)};
    seen.channels.push_back(a_channel(start - 59s));
    EXPECT_THAT(plan(), ElementsAre(kind::delete_orphan));
    seen.people.push_back({.user = guest, .channel = made_at(start - 59s)});
    EXPECT_THAT(plan(), ElementsAre(kind::adopt_orphan));
}

// Discord forgets the overwrites of who leaves the guild.
TEST_F(reconcile_test, a_channel_is_found_without_its_owner_s_overwrite) {
    const std::vector<discord::overwrite> left{discord::overwrite::of(bot, own_bits)};
    seen.intents = {an_intent(start - 1min)};
    seen.channels.push_back(a_channel(start - 59s));
    seen.channels.back().overwrites = left;
    EXPECT_THAT(plan(), ElementsAre(kind::delete_orphan));
}

TEST_F(reconcile_test, a_left_channel_is_given_to_the_owner_who_still_waits) {
    seen.rooms.clear();
    seen.intents = {an_intent(start - 1min)};
    seen.channels.push_back(a_channel(start - 59s));
    seen.people = {{.user = owner, .channel = hub_channel}};
    EXPECT_THAT(plan(), ElementsAre(kind::adopt_orphan, kind::serve));
}

TEST_F(reconcile_test, nobody_else_s_channel_is_taken_for_a_left_one) {
    seen.intents = {an_intent(start - 1min)};
    const std::vector<discord::overwrite> foreign{
        discord::overwrite::of(owner, mode_bits),
        // As an administrator lets a bot into a channel.
        discord::overwrite::of(bot, {discord::permission::view_channel, discord::permission::connect})};
    auto other_name = a_channel(start - 59s);
    other_name.name = "other";
    auto not_voice = a_channel(start - 59s);
    not_voice.voice = false;
    auto not_ours = a_channel(start - 59s);
    not_ours.overwrites = foreign;
    for (const auto& one :
         {other_name, not_voice, not_ours, a_channel(start - 2min), a_channel(start + 41s)}) {
        seen.channels.push_back(one);
        EXPECT_THAT(plan(), ElementsAre(kind::forget_intent)) << one.name << one.id.value();
        seen.channels.pop_back();
    }
    seen.channels.push_back(a_channel(start - 59s));
    seen.hubs.push_back({.channel = made_at(start - 59s), .guild = guild});
    EXPECT_THAT(plan(), ElementsAre(kind::forget_intent));
}

} // namespace
} // namespace vagrolant::voice_hubs
