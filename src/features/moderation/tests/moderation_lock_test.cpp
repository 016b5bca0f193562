#include "features/moderation/lock_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace vagrolant::moderation {
namespace {

using discord::channel_type;
using discord::guild_id;
using discord::overwrite;
using discord::permission;
using discord::permissions;
using discord::role_id;
using discord::user_id;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr guild_id guild(10);
constexpr user_id bot(20);
constexpr user_id somebody(21);
constexpr role_id bot_role(30);
constexpr role_id other_role(31);
const std::vector<role_id> bot_roles{bot_role};

constexpr std::array bits{permission::send_messages, permission::send_messages_in_threads,
                          permission::create_public_threads, permission::create_private_threads};
const permissions all_four = lockable(channel_type::text);
const permissions usual = all_four | permissions{permission::view_channel, permission::manage_roles,
                                                 permission::manage_channels, permission::connect};

// A channel that answers as Discord does.
struct channel {
    channel_type type = channel_type::text;
    permissions base = usual;
    permissions around = usual;
    std::vector<overwrite> overwrites;
    std::optional<lock_memory> memory;

    lock_scene scene() const {
        return {.guild = guild,
                .type = type,
                .name = "salon",
                .overwrites = overwrites,
                .self = {.user = bot, .roles = bot_roles},
                .base = base,
                .around = around};
    }

    void apply(const overwrite_change& one) {
        std::erase_if(overwrites, [&](const overwrite& other) { return other.id == one.id; });
        if (one.to)
            overwrites.push_back(*one.to);
    }
    // Carries out the first `steps` of what a lock does: keeping the memory, then each change.
    lock_plan lock(std::size_t steps = 10) {
        auto plan = plan_lock(scene(), memory).value();
        if (steps > 0)
            memory = plan.memory;
        for (std::size_t n = 1; n < steps && n <= plan.changes.size(); ++n)
            apply(plan.changes[n - 1]);
        return plan;
    }
    unlock_plan unlock(std::size_t steps = 10) {
        auto plan = plan_unlock(scene(), memory).value();
        for (std::size_t n = 0; n < steps && n < plan.changes.size(); ++n)
            apply(plan.changes[n]);
        if (steps > plan.changes.size())
            memory.reset();
        return plan;
    }

    permissions may(user_id who, std::span<const role_id> roles) const {
        const auto member_base = who == bot ? base : usual;
        return discord::compute_in_channel(member_base, {.user = who, .roles = roles}, guild, overwrites,
                                           discord::is_voice_like(type));
    }
    permissions everybody() const { return may(somebody, {}); }
    permissions itself() const { return may(bot, bot_roles); }
};

std::vector<overwrite> sorted(std::vector<overwrite> some) {
    std::ranges::sort(some, {}, &overwrite::id);
    return some;
}

template <class Plan>
std::vector<std::string> codes(const Plan& plan) {
    std::vector<std::string> found;
    for (const auto& one : plan.warnings)
        found.push_back(one.code);
    return found;
}

// What the overwrite of `who` may say of each of the four: three states each, and an overwrite or none.
std::vector<std::optional<overwrite>> every_overwrite(std::uint64_t who, discord::overwrite_type type) {
    std::vector<std::optional<overwrite>> all{std::nullopt};
    for (int state = 0; state < 81; ++state) {
        overwrite one{.id = who, .type = type};
        // A bit that is none of the lock's business.
        one.allow = permission::add_reactions;
        for (int rest = state; const auto bit : bits) {
            if (rest % 3 == 1)
                one.allow |= bit;
            else if (rest % 3 == 2)
                one.deny |= bit;
            rest /= 3;
        }
        all.push_back(one);
        one.allow = one.allow.without(permission::add_reactions);
        all.push_back(one);
    }
    return all;
}

constexpr std::array all_types{channel_type::text,  channel_type::announcement, channel_type::forum,
                               channel_type::media, channel_type::voice,        channel_type::stage};

TEST(lock_rules, a_round_trip_restores_every_state_of_everyone_and_of_the_bot) {
    const auto of_everyone = every_overwrite(guild.value(), discord::overwrite_type::role);
    const auto of_bot = every_overwrite(bot.value(), discord::overwrite_type::member);
    for (const auto type : all_types) {
        for (std::size_t e = 0; e < of_everyone.size(); ++e) {
            // Each of the bot's states meets several of everyone's.
            for (std::size_t b = e % 7; b < of_bot.size(); b += 7) {
                channel here{.type = type};
                for (const auto& one : {of_everyone[e], of_bot[b]}) {
                    if (one)
                        here.overwrites.push_back(*one);
                }
                here.overwrites.push_back(overwrite::of(other_role, permission::send_messages));
                const auto before = sorted(here.overwrites);
                const auto bot_could = here.itself();
                const auto where = testing::Message() << static_cast<int>(type) << ' ' << e << ' ' << b;

                here.lock();
                ASSERT_TRUE((here.everybody() & lockable(type)).empty()) << where;
                ASSERT_TRUE(here.itself().has(bot_could)) << where;
                ASSERT_THAT(here.lock().changes, IsEmpty()) << where;
                here.unlock();
                ASSERT_EQ(sorted(here.overwrites), before) << where;
                ASSERT_FALSE(here.memory) << where;
            }
        }
    }
}

TEST(lock_rules, it_survives_a_crash_after_any_step_of_lock_and_of_unlock) {
    for (const auto& everyone : every_overwrite(guild.value(), discord::overwrite_type::role)) {
        channel fresh;
        if (everyone)
            fresh.overwrites.push_back(*everyone);
        const auto before = sorted(fresh.overwrites);
        for (std::size_t lock_steps = 0; lock_steps <= 3; ++lock_steps) {
            auto here = fresh;
            here.lock(lock_steps);
            // Locked again after the crash, or unlocked at once.
            auto again = here;
            again.lock();
            ASSERT_TRUE((again.everybody() & all_four).empty());
            again.unlock();
            ASSERT_EQ(sorted(again.overwrites), before);
            if (here.memory) {
                here.unlock();
                ASSERT_EQ(sorted(here.overwrites), before);
            }
        }
        for (std::size_t unlock_steps = 0; unlock_steps <= 2; ++unlock_steps) {
            auto here = fresh;
            here.lock();
            here.unlock(unlock_steps);
            auto locked_again = here;
            if (here.memory) {
                const auto plan = here.unlock();
                ASSERT_THAT(codes(plan), testing::Not(testing::Contains("changed_meanwhile")));
            }
            ASSERT_EQ(sorted(here.overwrites), before);
            locked_again.lock();
            locked_again.unlock();
            ASSERT_EQ(sorted(locked_again.overwrites), before);
        }
    }
}

TEST(lock_rules, the_bot_looks_after_itself_first_and_opens_everyone_first) {
    channel here;
    const auto locking = here.lock();
    EXPECT_THAT(
        locking.changes,
        ElementsAre(overwrite_change{.id = bot.value(), .to = overwrite::of(bot, all_four)},
                    overwrite_change{.id = guild.value(),
                                     .to = overwrite::of(discord::everyone_role(guild), {}, all_four)}));
    EXPECT_THAT(here.unlock().changes, ElementsAre(overwrite_change{.id = guild.value(), .to = std::nullopt},
                                                   overwrite_change{.id = bot.value(), .to = std::nullopt}));
}

TEST(lock_rules, a_bot_whose_role_keeps_its_access_needs_no_overwrite) {
    channel by_role{.overwrites = {overwrite::of(bot_role, all_four)}};
    EXPECT_EQ(by_role.lock().changes.size(), 1U);
    channel administrator{.base = usual | permission::administrator};
    EXPECT_EQ(administrator.lock().changes.size(), 1U);
    EXPECT_TRUE(administrator.itself().has(all_four));
}

TEST(lock_rules, the_bot_gives_itself_nothing_that_it_did_not_have) {
    channel here{.base = usual.without(permission::create_private_threads)};
    here.lock();
    EXPECT_FALSE(here.itself().has(permission::create_private_threads));
    EXPECT_TRUE(here.itself().has(all_four.without(permission::create_private_threads)));
}

TEST(lock_rules, voice_channels_lose_their_chat_and_nothing_else) {
    for (const auto type : {channel_type::voice, channel_type::stage}) {
        channel here{.type = type};
        here.lock();
        EXPECT_EQ(usual.without(here.everybody()), permissions(permission::send_messages));
    }
}

TEST(lock_rules, roles_and_members_keep_what_they_were_given) {
    channel here{.overwrites = {overwrite::of(other_role, permission::send_messages)}};
    here.lock();
    const std::vector roles{other_role};
    EXPECT_TRUE(here.may(somebody, roles).has(permission::send_messages));
}

TEST(lock_rules, what_the_bot_does_not_hold_around_it_cannot_deny) {
    channel here{.around = usual.without(permission::create_private_threads)};
    const auto plan = here.lock();
    EXPECT_THAT(codes(plan), ElementsAre("permission_not_held"));
    EXPECT_THAT(plan.warnings[0].text.fr, testing::HasSubstr("« Créer des fils privés » dans #salon"));
    EXPECT_EQ(here.everybody() & all_four, permissions(permission::create_private_threads));
    here.unlock();
    EXPECT_THAT(here.overwrites, IsEmpty());

    channel denied_already{
        .around = usual.without(permission::create_private_threads),
        .overwrites = {overwrite::of(discord::everyone_role(guild), {}, permission::create_private_threads)}};
    EXPECT_THAT(codes(denied_already.lock()), IsEmpty());

    channel hopeless{.around = usual.without(permission::send_messages)};
    const auto refused = plan_lock(hopeless.scene(), std::nullopt);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "missing_permissions");
    EXPECT_THAT(refused.error().reason.fr, testing::HasSubstr("« Envoyer des messages » dans #salon"));

    // An overwrite of the channel that gives it the management of permissions lifts the bound.
    channel trusted{.around = usual.without(permission::send_messages),
                    .overwrites = {overwrite::of(bot_role, permission::manage_roles)}};
    EXPECT_TRUE(plan_lock(trusted.scene(), std::nullopt));
}

TEST(lock_rules, without_the_management_of_permissions_nothing_is_done) {
    channel here{.base = usual.without(permission::manage_roles)};
    for (const auto& code :
         {plan_lock(here.scene(), std::nullopt).error(), plan_unlock(here.scene(), std::nullopt).error()}) {
        EXPECT_EQ(code.code, "missing_permissions");
        EXPECT_THAT(code.reason.fr, testing::HasSubstr("« Gérer les rôles » dans #salon"));
    }
    channel hidden{.type = channel_type::voice, .base = usual.without(permission::connect)};
    EXPECT_FALSE(plan_lock(hidden.scene(), std::nullopt));
}

TEST(lock_rules, what_somebody_changed_meanwhile_stays) {
    channel here{.overwrites = {overwrite::of(discord::everyone_role(guild), permission::send_messages)}};
    here.lock();
    // A moderator allows replies in threads again, and adds something of another kind.
    auto& everyone = *std::ranges::find(here.overwrites, guild.value(), &overwrite::id);
    everyone.deny = everyone.deny.without(permission::send_messages_in_threads) | permission::add_reactions;
    everyone.allow |= permission::send_messages_in_threads;
    const auto plan = here.unlock();
    EXPECT_THAT(codes(plan), ElementsAre("changed_meanwhile"));
    EXPECT_THAT(plan.warnings[0].text.fr, testing::HasSubstr("« Envoyer des messages dans les fils »"));
    EXPECT_THAT(here.overwrites,
                ElementsAre(overwrite::of(discord::everyone_role(guild),
                                          {permission::send_messages, permission::send_messages_in_threads},
                                          permission::add_reactions)));
}

TEST(lock_rules, locked_anew_after_a_change_the_latest_wish_is_what_was_before) {
    channel here;
    here.lock();
    auto& everyone = *std::ranges::find(here.overwrites, guild.value(), &overwrite::id);
    everyone.deny = everyone.deny.without(permission::send_messages);
    everyone.allow |= permission::send_messages;
    here.lock();
    EXPECT_TRUE((here.everybody() & all_four).empty());
    EXPECT_THAT(codes(here.unlock()), IsEmpty());
    EXPECT_THAT(here.overwrites,
                ElementsAre(overwrite::of(discord::everyone_role(guild), permission::send_messages)));
}

TEST(lock_rules, an_overwrite_that_somebody_removed_meanwhile_stays_away) {
    channel here{.overwrites = {overwrite::of(discord::everyone_role(guild), permission::add_reactions)}};
    here.lock();
    here.overwrites.clear();
    EXPECT_THAT(here.unlock().changes, IsEmpty());
    EXPECT_THAT(here.overwrites, IsEmpty());
}

TEST(lock_rules, a_channel_that_was_closed_before_is_closed_after_and_that_is_told) {
    channel here{.overwrites = {overwrite::of(discord::everyone_role(guild), {}, permission::send_messages)}};
    const auto before = here.overwrites;
    here.lock();
    EXPECT_THAT(codes(here.unlock()), ElementsAre("still_closed"));
    EXPECT_EQ(here.overwrites, before);
}

TEST(lock_rules, what_the_bot_did_not_lock_is_opened_with_a_word) {
    channel untouched;
    const auto nothing = plan_unlock(untouched.scene(), std::nullopt).value();
    EXPECT_THAT(nothing.changes, IsEmpty());
    EXPECT_THAT(codes(nothing), ElementsAre("not_locked"));

    channel by_hand{
        .overwrites = {overwrite::of(discord::everyone_role(guild), permission::add_reactions,
                                     permissions(permission::send_messages) | permission::mention_everyone)}};
    EXPECT_THAT(codes(by_hand.unlock()), ElementsAre("not_locked_by_bot"));
    EXPECT_THAT(by_hand.overwrites,
                ElementsAre(overwrite::of(discord::everyone_role(guild), permission::add_reactions,
                                          permission::mention_everyone)));

    channel emptied{
        .overwrites = {overwrite::of(discord::everyone_role(guild), {}, permission::send_messages)}};
    emptied.unlock();
    EXPECT_THAT(emptied.overwrites, IsEmpty());

    channel hopeless{
        .around = usual.without(permission::send_messages),
        .overwrites = {overwrite::of(discord::everyone_role(guild), {}, permission::send_messages)}};
    EXPECT_EQ(plan_unlock(hopeless.scene(), std::nullopt).error().code, "missing_permissions");
}

TEST(lock_rules, a_bot_that_has_lost_permissions_says_which_it_needs_to_unlock) {
    channel here;
    here.lock();
    here.around = usual.without(permission::create_public_threads);
    const auto refused = plan_unlock(here.scene(), here.memory);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().reason.fr, testing::HasSubstr("« Créer des fils publics » dans #salon"));
}

TEST(lock_rules, what_holds_no_messages_cannot_be_locked_so) {
    for (const auto type : {channel_type::category, channel_type::dm, channel_type::directory,
                            channel_type::public_thread, channel_type::private_thread})
        EXPECT_TRUE(lockable(type).empty());
}

} // namespace
} // namespace vagrolant::moderation
