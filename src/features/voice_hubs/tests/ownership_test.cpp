#include "features/voice_hubs/rules.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>

namespace vagrolant::voice_hubs {
namespace {

using namespace std::chrono_literals;
using enum discord::permission;
using testing::ElementsAre;

constexpr guild_id guild(100);
constexpr role_id everyone(100);
constexpr user_id bot(1);
constexpr user_id former(2);
constexpr user_id owner(3);
constexpr user_id somebody(4);
constexpr std::array modes{room_mode::open, room_mode::closed, room_mode::private_, room_mode::conference};
const time_point start = time_point(1'000'000s);

access_lists lists_with(list_entry entry, user_id who) {
    access_lists lists;
    if (entry == list_entry::allowed)
        lists.allowed.push_back(subject::of(who));
    if (entry == list_entry::blocked)
        lists.blocked.push_back(subject::of(who));
    return lists;
}

// Whoever may have his room back can come back to it, in every mode; but not from the blacklist.
TEST(voice_ownership, who_may_have_the_room_back_comes_in_by_rules_and_in_discord) {
    for (const auto mode : modes)
        for (const auto entry : {list_entry::none, list_entry::allowed, list_entry::blocked})
            for (const bool restricted : {false, true})
                for (const bool returns : {false, true}) {
                    const auto what =
                        fmt::format("mode {} entry {} restricted {} returns {}", static_cast<int>(mode),
                                    static_cast<int>(entry), restricted, returns);
                    const auto lists = lists_with(entry, former);
                    std::vector<overwrite> source;
                    if (restricted)
                        source.push_back(overwrite::of(everyone, {}, {view_channel, connect}));
                    const permissions in_guild{view_channel, connect, speak};
                    const discord::permission_subject who{.user = former, .roles = {}};
                    const auto in_source = discord::compute_in_channel(in_guild, who, guild, source, true);
                    const access to{.mode = mode,
                                    .owner = owner,
                                    .lists = lists,
                                    .former_owner = returns ? former : user_id()};
                    const bool enters = may_enter(to, {.user = former, .roles = {}, .in_source = in_source});
                    const auto plan = plan_overwrites({.guild = guild,
                                                       .bot = bot,
                                                       .held = permissions::all().without(administrator),
                                                       .mode = mode,
                                                       .owner = owner,
                                                       .former_owner = to.former_owner,
                                                       .lists = lists,
                                                       .source = source,
                                                       .roles = std::array{everyone}});
                    const auto granted =
                        discord::compute_in_channel(in_guild, who, guild, plan.overwrites, true);
                    EXPECT_EQ(granted.has({view_channel, connect}), enters) << what;
                    if (entry == list_entry::blocked) {
                        EXPECT_FALSE(enters) << what;
                    } else if (returns) {
                        EXPECT_TRUE(enters) << what;
                    }
                    // Only an owner and the whitelist speak in a conference.
                    if (enters && mode == room_mode::conference) {
                        EXPECT_EQ(granted.has(speak), entry == list_entry::allowed) << what;
                    }
                }
}

TEST(voice_ownership, who_was_away_may_come_back_for_as_long_as_the_window_is_open) {
    const hub_settings settings{.return_window = 60s};
    const room before{.owner = former, .owner_left_at = start};
    const auto taken = handed_over(before, owner, false, settings, start + 10s);
    EXPECT_EQ(taken.owner, owner);
    EXPECT_FALSE(taken.owner_left_at);
    EXPECT_EQ(taken.former_owner, former);
    EXPECT_EQ(taken.former_owner_left_at, start);
    EXPECT_TRUE(has_right_of_return(taken, settings, former, start + 59s));
    ASSERT_TRUE(next_due(taken, settings));
    EXPECT_EQ(next_due(taken, settings)->what, due::end_return);
    EXPECT_EQ(next_due(taken, settings)->when, start + 60s);

    const auto late = handed_over(before, owner, false, settings, start + 61s);
    EXPECT_FALSE(late.former_owner);
    const auto never = handed_over(before, owner, false, {.return_window = 0s}, start);
    EXPECT_FALSE(never.former_owner);
    EXPECT_FALSE(next_due(never, settings));
}

TEST(voice_ownership, the_first_owner_s_right_outlives_further_owners_until_it_ends) {
    const hub_settings settings{.return_window = 60s};
    const room owned{
        .owner = owner, .owner_left_at = start + 20s, .former_owner = former, .former_owner_left_at = start};
    const auto next = handed_over(owned, somebody, false, settings, start + 30s);
    EXPECT_EQ(next.former_owner, former);
    EXPECT_EQ(next.former_owner_left_at, start);
    const auto later = handed_over(owned, somebody, false, settings, start + 70s);
    EXPECT_EQ(later.former_owner, owner);
    EXPECT_EQ(later.former_owner_left_at, start + 20s);
}

TEST(voice_ownership, who_gives_a_room_away_or_has_it_back_has_no_claim_left) {
    const hub_settings settings{.return_window = 60s};
    const room present{.owner = former};
    EXPECT_FALSE(handed_over(present, owner, true, settings, start).former_owner);
    const room taken{.owner = owner, .former_owner = former, .former_owner_left_at = start};
    EXPECT_FALSE(handed_over(taken, somebody, true, settings, start + 1s).former_owner);
    const auto back = handed_over(taken, former, false, settings, start + 1s);
    EXPECT_EQ(back.owner, former);
    EXPECT_FALSE(back.former_owner);
    EXPECT_FALSE(back.former_owner_left_at);
}

TEST(voice_ownership, an_owner_is_on_no_blacklist_and_stays_welcome_afterwards) {
    room before{.owner = former};
    before.settings.lists = {.allowed = {subject::of(owner), subject::of(somebody)},
                             .blocked = {subject::of(role_id(9))}};
    const auto same = handed_over(before, owner, true, {}, start).settings.lists;
    EXPECT_EQ(same, before.settings.lists);
    before.settings.lists.blocked.push_back(subject::of(owner));
    const auto after = handed_over(before, owner, true, {}, start).settings.lists;
    EXPECT_THAT(after.blocked, ElementsAre(subject::of(role_id(9))));
}

room a_room() {
    return {
        .settings =
            {.mode = room_mode::open, .lists = {}, .user_limit = 4, .bitrate = 0, .region = "", .name = ""},
        .name = "Salon de Zoé"};
}

shown_channel shown_as(const room& which) {
    return {.name = which.name,
            .user_limit = which.settings.user_limit,
            .bitrate = 64'000,
            .region = which.settings.region,
            .overwrites = {}};
}

TEST(voice_changes_by_hand, what_is_as_it_was_changes_nothing) {
    const auto before = a_room();
    const std::array ours{shown_as(before)};
    const auto after = changed_by_hand(before, shown_as(before), ours);
    EXPECT_EQ(after.settings, before.settings);
    EXPECT_EQ(after.name, before.name);
}

TEST(voice_changes_by_hand, limit_bitrate_region_and_name_become_the_room_s) {
    auto before = a_room();
    before.rename = pending_rename{.name = "Bientôt", .applies_at = start};
    const std::array ours{shown_as(before)};
    const auto after = changed_by_hand(
        before,
        {.name = "Rebaptisé", .user_limit = 7, .bitrate = 32'000, .region = "rotterdam", .overwrites = {}},
        ours);
    EXPECT_EQ(after.settings.user_limit, 7);
    EXPECT_EQ(after.settings.bitrate, 32'000);
    EXPECT_EQ(after.settings.region, "rotterdam");
    EXPECT_EQ(after.settings.name, "Rebaptisé");
    EXPECT_EQ(after.name, "Rebaptisé");
    // The last one who asked for a name has it.
    EXPECT_FALSE(after.rename);
}

// Discord tells of our own changes in its own time: of one that is not answered yet, or of one before the
// last.
TEST(voice_changes_by_hand, what_we_did_ourselves_is_not_by_hand_whenever_it_is_told) {
    auto before = a_room();
    before.rename = pending_rename{.name = "Deux", .applies_at = start};
    const shown_channel earlier{
        .name = "Un", .user_limit = 9, .bitrate = 96'000, .region = "japan", .overwrites = {}};
    const std::array ours{earlier, shown_as(before)};
    for (const auto* name : {"Un", "Deux", "Salon de Zoé", ""})
        for (const bool late : {false, true}) {
            auto shown = late ? earlier : shown_as(before);
            shown.name = name;
            const auto after = changed_by_hand(before, shown, ours);
            EXPECT_EQ(after.name, before.name) << name;
            EXPECT_EQ(after.settings, before.settings) << name;
            EXPECT_EQ(after.rename, before.rename) << name;
        }
}

TEST(voice_changes_by_hand, beside_a_late_one_a_change_counts) {
    const auto before = a_room();
    const shown_channel earlier{
        .name = "Un", .user_limit = 9, .bitrate = 96'000, .region = "japan", .overwrites = {}};
    const std::array ours{earlier, shown_as(before)};
    auto shown = earlier;
    shown.user_limit = 2;
    const auto after = changed_by_hand(before, shown, ours);
    EXPECT_EQ(after.settings.user_limit, 2);
    EXPECT_EQ(after.name, before.name);
    EXPECT_EQ(after.settings.bitrate, before.settings.bitrate);
    EXPECT_EQ(after.settings.region, before.settings.region);
}

TEST(voice_changes_by_hand, overwrites_are_late_until_the_newest_are_shown) {
    const auto shown_with = [](discord::permissions denied) {
        auto shown = shown_as(a_room());
        shown.overwrites.push_back(discord::overwrite::of(role_id(9), {}, denied));
        return shown;
    };
    const auto first = shown_with({});
    const auto second = shown_with(connect);
    const auto third = shown_with({connect, view_channel});
    const std::array own{first, second, third};
    EXPECT_TRUE(overwrites_are_late(first, own));
    EXPECT_TRUE(overwrites_are_late(second, own));
    EXPECT_FALSE(overwrites_are_late(third, own));
    EXPECT_FALSE(overwrites_are_late(shown_with(view_channel), own)) << "by somebody else";
    // The last change was another one, and left them as they were.
    EXPECT_FALSE(overwrites_are_late(first, std::array{first, second, first}));
    EXPECT_FALSE(overwrites_are_late(first, {}));
    EXPECT_FALSE(looks_like(first, second));
}

TEST(voice_changes_by_hand, what_is_not_known_stays) {
    auto before = a_room();
    before.settings.region = "rotterdam";
    auto ours = std::array{shown_as(before)};
    auto shown = shown_as(before);
    shown.region.reset();
    EXPECT_TRUE(looks_like(shown, ours[0]));
    EXPECT_EQ(changed_by_hand(before, shown, ours).settings.region, "rotterdam");
    // The room has the bitrate of its hub, which Discord does not show.
    ours[0].bitrate = 0;
    EXPECT_EQ(changed_by_hand(before, shown, ours).settings.bitrate, 0);
}

} // namespace
} // namespace vagrolant::voice_hubs
