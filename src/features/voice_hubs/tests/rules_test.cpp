#include "features/voice_hubs/rules.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>

namespace vagrolant::voice_hubs {
namespace {

using namespace std::chrono_literals;
using enum discord::permission;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr guild_id guild(100);
constexpr role_id everyone(100);
constexpr user_id bot(1);
constexpr user_id owner(2);
constexpr user_id somebody(3);
constexpr role_id listed_role(10);
constexpr role_id access_role(11);
constexpr role_id administrators(12);
const std::vector<role_id> roles{everyone, listed_role, access_role, administrators};
const permissions bot_holds = permissions::all().without(administrator);

const overwrite* find(const std::vector<overwrite>& all, std::uint64_t id) {
    const auto found = std::ranges::find(all, id, &overwrite::id);
    return found == all.end() ? nullptr : &*found;
}

overwrite_plan plan(room_mode mode, const access_lists& lists, const std::vector<overwrite>& source,
                    permissions held = bot_holds) {
    return plan_overwrites({.guild = guild,
                            .bot = bot,
                            .held = held,
                            .mode = mode,
                            .owner = owner,
                            .lists = lists,
                            .source = source,
                            .roles = roles});
}

constexpr std::array modes{room_mode::open, room_mode::closed, room_mode::private_, room_mode::conference};

// Everything that decides about one member at one door.
struct combination {
    room_mode mode;
    list_entry own;
    /// Of a role that the member may have.
    list_entry role;
    bool has_listed_role;
    /// The hub is for holders of a role only.
    bool hub_restricted;
    bool has_access_role;
    bool is_owner;
    bool is_administrator;

    std::string text() const {
        return fmt::format("mode {} own {} role {} has {} restricted {} access {} owner {} administrator {}",
                           static_cast<int>(mode), static_cast<int>(own), static_cast<int>(role),
                           has_listed_role, hub_restricted, has_access_role, is_owner, is_administrator);
    }
};

std::vector<combination> all_combinations() {
    std::vector<combination> all;
    for (const auto mode : modes)
        for (const auto own : {list_entry::none, list_entry::allowed, list_entry::blocked})
            for (const auto role : {list_entry::none, list_entry::allowed, list_entry::blocked})
                for (int bits = 0; bits < 32; ++bits)
                    all.push_back({.mode = mode,
                                   .own = own,
                                   .role = role,
                                   .has_listed_role = (bits & 1) != 0,
                                   .hub_restricted = (bits & 2) != 0,
                                   .has_access_role = (bits & 4) != 0,
                                   .is_owner = (bits & 8) != 0,
                                   .is_administrator = (bits & 16) != 0});
    return all;
}

void put(access_lists& lists, list_entry entry, subject who) {
    if (entry == list_entry::allowed)
        lists.allowed.push_back(who);
    if (entry == list_entry::blocked)
        lists.blocked.push_back(who);
}

// A combination made real, and what Discord computes for it.
struct scene {
    explicit scene(const combination& from)
        : user(from.is_owner ? owner : somebody) {
        put(lists, from.own, subject::of(user));
        put(lists, from.role, subject::of(listed_role));
        if (from.has_listed_role)
            user_roles.push_back(listed_role);
        if (from.has_access_role)
            user_roles.push_back(access_role);
        if (from.is_administrator)
            user_roles.push_back(administrators);
        if (from.hub_restricted) {
            source.push_back(overwrite::of(everyone, {}, {view_channel, connect}));
            source.push_back(overwrite::of(access_role, {view_channel, connect}));
        }
        const permissions granted{view_channel, connect, speak, stream};
        const std::array given{granted, from.is_administrator ? permissions(administrator) : permissions()};
        in_guild = discord::compute_base(subject_of(), given);
        in_source = discord::compute_in_channel(in_guild, subject_of(), guild, source, true);
    }

    discord::permission_subject subject_of() const { return {.user = user, .roles = user_roles}; }
    person who() const {
        return {.user = user,
                .roles = user_roles,
                .administrator = in_guild.has(administrator),
                .in_source = in_source};
    }
    permissions in_room(room_mode mode) const {
        return discord::compute_in_channel(in_guild, subject_of(), guild,
                                           plan(mode, lists, source).overwrites, true);
    }

    user_id user;
    std::vector<role_id> user_roles;
    access_lists lists;
    std::vector<overwrite> source;
    permissions in_guild;
    permissions in_source;
};

// What people were promised, in the words of the modes.
bool should_enter(const combination& c) {
    if (c.is_administrator || c.is_owner)
        return true;
    if (c.own != list_entry::none)
        return c.own == list_entry::allowed;
    if (c.has_listed_role && c.role != list_entry::none)
        return c.role == list_entry::allowed;
    const bool has_access_to_hub = !c.hub_restricted || c.has_access_role;
    switch (c.mode) {
    case room_mode::open:
    case room_mode::conference:
        return has_access_to_hub;
    case room_mode::closed:
    case room_mode::private_:
        return false;
    }
    return false;
}

bool should_speak(const combination& c) {
    if (c.mode != room_mode::conference || c.is_administrator || c.is_owner)
        return true;
    if (c.own != list_entry::none)
        return c.own == list_entry::allowed;
    return c.has_listed_role && c.role == list_entry::allowed;
}

TEST(voice_rules, who_enters_and_who_speaks_in_every_combination) {
    for (const auto& one : all_combinations()) {
        const scene here(one);
        const access to{.mode = one.mode, .owner = owner, .lists = here.lists};
        EXPECT_EQ(may_enter(to, here.who()), should_enter(one)) << one.text();
        if (should_enter(one)) {
            EXPECT_EQ(may_speak(to, here.who()), should_speak(one)) << one.text();
        }
    }
}

// The overwrites do in Discord what the rules say. One thing they cannot do: Discord lets a role's allow win
// over another role's deny, so a blocked role is enforced at the door.
TEST(voice_rules, discord_computes_from_the_overwrites_what_the_rules_say) {
    for (const auto& one : all_combinations()) {
        const scene here(one);
        const auto granted = here.in_room(one.mode);
        const bool enters = granted.has({view_channel, connect});
        const bool blocked_by_role_alone =
            one.own == list_entry::none && one.has_listed_role && one.role == list_entry::blocked;
        const bool let_in_by_role = one.hub_restricted && one.has_access_role;
        if (!(blocked_by_role_alone && let_in_by_role)) {
            EXPECT_EQ(enters, should_enter(one)) << one.text();
        }
        if (should_enter(one)) {
            EXPECT_EQ(granted.has(speak), should_speak(one)) << one.text();
        }
    }
}

TEST(voice_rules, a_closed_room_is_seen_and_a_private_one_is_not) {
    for (const auto& one : all_combinations()) {
        if (should_enter(one) || one.own == list_entry::blocked ||
            (one.has_listed_role && one.role == list_entry::blocked))
            continue;
        const scene here(one);
        const bool sees = here.in_room(one.mode).has(view_channel);
        const bool has_access_to_hub = !one.hub_restricted || one.has_access_role;
        EXPECT_EQ(sees, one.mode == room_mode::closed && has_access_to_hub) << one.text();
    }
}

TEST(voice_rules, the_blacklist_sees_nothing_in_any_mode) {
    for (const auto& one : all_combinations()) {
        if (one.own != list_entry::blocked || one.is_administrator || one.is_owner)
            continue;
        EXPECT_FALSE(scene(one).in_room(one.mode).has(view_channel)) << one.text();
    }
}

TEST(voice_rules, the_bot_s_own_overwrite_is_first_and_whole_in_every_mode) {
    for (const auto mode : modes) {
        const auto made = plan(mode, {}, {overwrite::of(bot, {}, own_bits)});
        ASSERT_FALSE(made.overwrites.empty());
        EXPECT_EQ(made.overwrites.front(), overwrite::of(bot, own_bits));
    }
}

// A hub may deny everybody what the bot does for the people in its rooms.
TEST(voice_rules, what_the_source_denies_everyone_the_bot_may_all_the_same) {
    const permissions needed{view_channel, connect,       manage_channels,         move_members,
                             mute_members, send_messages, set_voice_channel_status};
    for (const auto mode : modes) {
        const auto made = plan(mode, {}, {overwrite::of(everyone, {}, needed)});
        const auto* own = find(made.overwrites, bot.value());
        ASSERT_NE(own, nullptr);
        EXPECT_TRUE(own->allow.has(needed));
        EXPECT_TRUE(find(made.overwrites, everyone.value())->deny.has(set_voice_channel_status));
    }
}

TEST(voice_rules, only_bits_that_the_bot_holds_are_handed_on_and_never_manage_roles) {
    const permissions held{view_channel, connect, speak, send_messages, manage_roles};
    const std::vector<overwrite> source{
        overwrite::of(everyone, {send_messages}, {manage_webhooks}),
        overwrite::of(listed_role, {manage_roles, connect}, {priority_speaker}),
        overwrite::of(access_role, {manage_messages}),
        overwrite::of(role_id(999), {connect}),
    };
    const auto made = plan(room_mode::open, {}, source, held);
    for (const auto& one : made.overwrites)
        EXPECT_TRUE(held.without(manage_roles).has(one.allow | one.deny)) << one.id;
    EXPECT_THAT(made.lost,
                ElementsAre(lost_overwrite{subject::of(everyone), manage_webhooks},
                            lost_overwrite{subject::of(listed_role), {manage_roles, priority_speaker}},
                            lost_overwrite{subject::of(access_role), manage_messages},
                            lost_overwrite{subject::of(role_id(999)), {}}));
    EXPECT_EQ(find(made.overwrites, access_role.value()), nullptr);
    EXPECT_EQ(*find(made.overwrites, listed_role.value()), overwrite::of(listed_role, connect));
}

TEST(voice_rules, bits_that_modes_do_not_care_about_come_from_the_source) {
    const std::vector<overwrite> source{overwrite::of(everyone, {use_soundboard}, {send_messages}),
                                        overwrite::of(listed_role, {send_messages, connect})};
    const auto closed = plan(room_mode::closed, {}, source).overwrites;
    EXPECT_EQ(*find(closed, everyone.value()),
              overwrite::of(everyone, use_soundboard, {connect, send_messages}));
    EXPECT_EQ(*find(closed, listed_role.value()), overwrite::of(listed_role, send_messages));
    const auto open = plan(room_mode::open, {}, source).overwrites;
    EXPECT_EQ(*find(open, listed_role.value()), overwrite::of(listed_role, {send_messages, connect}));
}

TEST(voice_rules, roles_that_are_gone_leave_the_lists_unheeded) {
    const access_lists lists{.allowed = {subject::of(role_id(999))}, .blocked = {subject::of(owner)}};
    const auto made = plan(room_mode::private_, lists, {}).overwrites;
    EXPECT_EQ(find(made, 999), nullptr);
    EXPECT_EQ(*find(made, owner.value()), overwrite::of(owner, mode_bits));
}

TEST(voice_rules, a_source_with_too_many_overwrites_loses_some_but_never_the_lists) {
    std::vector<overwrite> source;
    for (std::uint64_t id = 1000; id < 1200; ++id)
        source.push_back({.id = id, .type = discord::overwrite_type::member, .allow = stream});
    access_lists lists;
    for (std::uint64_t id = 2000; id < 2000 + access_lists::max_entries; ++id)
        lists.allowed.push_back(subject::of(user_id(id)));
    const auto made = plan(room_mode::private_, lists, source);
    EXPECT_EQ(made.overwrites.size(), max_overwrites);
    for (const auto& one : lists.allowed)
        EXPECT_NE(find(made.overwrites, one.id), nullptr);
    EXPECT_EQ(made.lost.size(), 200 - (max_overwrites - access_lists::max_entries - 3));
}

TEST(voice_rules, changes_stay_within_what_the_bot_holds_in_the_category) {
    const std::vector<overwrite> wanted{overwrite::of(everyone, {}, {connect, stream}),
                                        overwrite::of(listed_role, {connect, send_messages})};
    const std::vector<overwrite> actual{overwrite::of(everyone, stream, view_channel),
                                        overwrite::of(access_role, {connect, stream})};
    const auto made = within(wanted, actual, {connect, view_channel}, bot);
    EXPECT_THAT(made, ElementsAre(overwrite::of(everyone, stream, connect),
                                  overwrite::of(listed_role, connect), overwrite::of(access_role, stream)));
}

TEST(voice_rules, changes_leave_alone_what_modes_are_not_made_of) {
    const std::vector<overwrite> wanted{
        overwrite::of(bot, own_bits), overwrite::of(everyone, stream, connect),
        overwrite::of(owner, mode_bits), overwrite::of(somebody, {view_channel, connect})};
    // A moderator has shut everybody's mouth, lets a role write and the owner stream, and has taken a
    // permission from the bot.
    const std::vector<overwrite> actual{
        overwrite::of(bot, {view_channel, connect}, manage_channels),
        overwrite::of(everyone, {}, send_messages), overwrite::of(owner, {view_channel, stream}),
        overwrite::of(access_role, {send_messages, connect}), overwrite::of(listed_role, connect)};
    const auto made = within(wanted, actual, permissions::all(), bot);
    EXPECT_THAT(made, ElementsAre(overwrite::of(bot, own_bits),
                                  overwrite::of(everyone, {}, {connect, send_messages}),
                                  overwrite::of(owner, mode_bits | stream),
                                  overwrite::of(somebody, {view_channel, connect}),
                                  overwrite::of(access_role, send_messages)));
    EXPECT_FALSE(deviates(wanted, made));
}

TEST(voice_rules, changes_never_come_to_more_overwrites_than_discord_takes) {
    std::vector<overwrite> wanted;
    std::vector<overwrite> actual;
    for (std::uint64_t id = 1; id <= max_overwrites - 1; ++id)
        wanted.push_back(overwrite::of(user_id(id), connect));
    for (std::uint64_t id = 1; id <= 10; ++id)
        actual.push_back(overwrite::of(role_id(1000 + id), stream));
    EXPECT_EQ(within(wanted, actual, permissions::all(), bot).size(), max_overwrites);
}

TEST(voice_rules, a_deviation_is_one_of_mode_bits_only) {
    const std::vector<overwrite> wanted{overwrite::of(everyone, {}, connect),
                                        overwrite::of(owner, mode_bits)};
    auto actual = wanted;
    EXPECT_FALSE(deviates(wanted, actual));
    actual.front().deny |= stream;
    actual.push_back(overwrite::of(access_role, send_messages));
    EXPECT_FALSE(deviates(wanted, actual));
    auto lost = actual;
    lost.front().deny = stream;
    EXPECT_TRUE(deviates(wanted, lost));
    actual.back().allow |= connect;
    EXPECT_TRUE(deviates(wanted, actual));
    EXPECT_TRUE(deviates(wanted, std::vector{wanted.front()}));
}

TEST(voice_rules, edits_keep_everybody_in_one_list_at_most) {
    const auto a = subject::of(user_id(1));
    const auto b = subject::of(user_id(2));
    const auto c = subject::of(role_id(3));
    auto lists = edited({.allowed = {a}, .blocked = {b}}, std::vector{b, c, c}, std::vector{a}, {});
    ASSERT_TRUE(lists);
    EXPECT_THAT(lists->allowed, ElementsAre(b, c));
    EXPECT_THAT(lists->blocked, ElementsAre(a));
    lists = edited(*lists, {}, {}, std::vector{a, c});
    ASSERT_TRUE(lists);
    EXPECT_THAT(lists->allowed, ElementsAre(b));
    EXPECT_THAT(lists->blocked, IsEmpty());
    std::vector<subject> many;
    for (std::uint64_t id = 1; id <= access_lists::max_entries; ++id)
        many.push_back(subject::of(user_id(id)));
    EXPECT_TRUE(edited({}, many, {}, {}));
    EXPECT_FALSE(edited({.allowed = many, .blocked = {}}, {}, std::vector{c}, {}));
}

const time_point start = time_point(1'000'000s);

TEST(voice_rules, what_is_due_next) {
    hub_settings settings{.empty_grace = 20s, .owner_leaves = owner_policy::remove, .return_window = 60s};
    room one;
    EXPECT_FALSE(next_due(one, settings));
    one.empty_since = start;
    EXPECT_EQ(next_due(one, settings)->what, due::remove_empty);
    EXPECT_EQ(next_due(one, settings)->when, start + 20s);
    one.rename = pending_rename{.name = "x", .applies_at = start + 5s};
    EXPECT_EQ(next_due(one, settings)->what, due::rename);
    one.empty_since.reset();
    one.rename.reset();
    one.owner_left_at = start;
    EXPECT_EQ(next_due(one, settings)->what, due::remove_abandoned);
    EXPECT_EQ(next_due(one, settings)->when, start + 60s);
    settings.owner_leaves = owner_policy::keep;
    EXPECT_FALSE(next_due(one, settings));
}

TEST(voice_rules, who_may_claim_and_when) {
    hub_settings settings{.owner_leaves = owner_policy::keep, .keep_for = 30s};
    room one{.owner = owner};
    EXPECT_FALSE(may_be_claimed(one, settings, start));
    one.owner_left_at = start;
    EXPECT_FALSE(may_be_claimed(one, settings, start + 29s));
    EXPECT_TRUE(may_be_claimed(one, settings, start + 30s));
    settings.owner_leaves = owner_policy::transfer;
    EXPECT_TRUE(may_be_claimed(one, settings, start));
    settings.owner_leaves = owner_policy::remove;
    EXPECT_FALSE(may_be_claimed(one, settings, start + 1h));
    one.owner = {};
    EXPECT_TRUE(may_be_claimed(one, settings, start));
}

TEST(voice_rules, the_former_owner_has_the_room_back_within_the_window) {
    const hub_settings settings{.return_window = 60s};
    const room one{.owner = somebody, .former_owner = owner, .former_owner_left_at = start};
    EXPECT_TRUE(has_right_of_return(one, settings, owner, start + 60s));
    EXPECT_FALSE(has_right_of_return(one, settings, owner, start + 61s));
    EXPECT_FALSE(has_right_of_return(one, settings, somebody, start));
}

TEST(voice_rules, a_gate_lets_so_many_through_in_a_minute) {
    minute_gate<int> gate;
    EXPECT_FALSE(gate.enter(1, 2, start));
    EXPECT_FALSE(gate.enter(1, 2, start + 10s));
    EXPECT_EQ(gate.enter(1, 2, start + 20s), start + 1min);
    EXPECT_FALSE(gate.enter(2, 2, start + 20s));
    EXPECT_FALSE(gate.enter(1, 2, start + 1min));
    EXPECT_EQ(gate.enter(1, 2, start + 1min), start + 70s);
    gate.undo(1);
    EXPECT_FALSE(gate.enter(1, 2, start + 1min));
    gate.sweep(start + 2min);
    EXPECT_EQ(gate.size(), 0U);
}

TEST(voice_rules, a_breaker_gives_notice_once_and_waits_longer_and_longer) {
    breaker guard;
    EXPECT_FALSE(guard.open(start));
    EXPECT_TRUE(guard.refused(start));
    EXPECT_TRUE(guard.open(start + 29s));
    EXPECT_FALSE(guard.open(start + 30s));
    EXPECT_FALSE(guard.refused(start + 30s));
    EXPECT_EQ(guard.until(), start + 90s);
    // Whoever was on his way when it opened makes it no longer.
    EXPECT_FALSE(guard.refused(start + 31s));
    EXPECT_EQ(guard.until(), start + 90s);
    for (int i = 0; i < 10; ++i)
        EXPECT_FALSE(guard.refused(guard.until()));
    const auto last = guard.until();
    EXPECT_FALSE(guard.refused(last));
    EXPECT_EQ(guard.until(), last + 15min);
    // After a long time without any, the next one is the first again.
    const auto calm = guard.until() + 15min;
    EXPECT_FALSE(guard.idle(calm));
    EXPECT_TRUE(guard.idle(calm + 1s));
    EXPECT_TRUE(guard.refused(calm + 1s));
    EXPECT_EQ(guard.until(), calm + 31s);
}

TEST(voice_placing, a_hub_at_the_top_makes_place_above_it) {
    const auto at = [](std::uint64_t id, int position, bool room = false) {
        return standing{.channel = channel_id(id), .position = position, .room = room};
    };
    const channel_id hub(20);
    // Older channels of the same position stand above it already, its rooms will.
    EXPECT_THAT(moved_down(hub, std::vector{at(10, 0), at(20, 0), at(30, 0), at(40, 1), at(50, 0, true)}),
                ElementsAre(at(20, 1), at(30, 1), at(40, 2)));
    EXPECT_THAT(moved_down(hub, std::vector{at(20, 0)}), ElementsAre(at(20, 1)));
    EXPECT_THAT(moved_down(hub, std::vector{at(10, 0), at(20, 1), at(30, 2)}), ElementsAre());
    EXPECT_THAT(moved_down(hub, std::vector{at(10, 0)}), ElementsAre());
}

} // namespace
} // namespace vagrolant::voice_hubs
