#include "features/settings/rules.hpp"

#include <gmock/gmock.h>

namespace vagrolant::settings {
namespace {

using discord::role_id;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr discord::guild_id guild(1);

moderators_edit editing(std::optional<role_id> add, std::optional<role_id> remove = {}) {
    moderators_edit edit{.add = add, .remove = remove, .guild = guild, .existing = {role_id(1)}};
    for (std::uint64_t id = 10; id < 50; ++id)
        edit.existing.emplace_back(id);
    return edit;
}

guild_choices with_roles(std::vector<role_id> roles) {
    return {.moderator_roles = std::move(roles)};
}

std::vector<std::string> zones() {
    return {"America/New_York", "America/Noronha", "Asia/Dubai",
            "Europe/Brussels",  "Europe/Paris",    "Indian/Reunion",
            "Pacific/Noumea",   "Pacific/Wake",    "UTC"};
}

TEST(settings_moderators, are_added_and_removed) {
    auto chosen = edit_moderators({}, editing(role_id(10)));
    ASSERT_TRUE(chosen);
    chosen = edit_moderators(*chosen, editing(role_id(11)));
    EXPECT_EQ(*chosen, with_roles({role_id(10), role_id(11)}));
    EXPECT_EQ(*edit_moderators(*chosen, editing({}, role_id(10))), with_roles({role_id(11)}));
    EXPECT_EQ(*edit_moderators(*chosen, editing(role_id(12), role_id(10))),
              with_roles({role_id(11), role_id(12)}));
}

TEST(settings_moderators, what_changes_nothing_leaves_the_choice_as_it_is) {
    EXPECT_EQ(*edit_moderators({}, editing({})), guild_choices());
    EXPECT_EQ(*edit_moderators({}, editing({}, role_id(10))), guild_choices());
    EXPECT_EQ(*edit_moderators(with_roles({role_id(10)}), editing(role_id(10))), with_roles({role_id(10)}));
}

TEST(settings_moderators, that_are_gone_from_the_guild_are_dropped) {
    EXPECT_EQ(*edit_moderators(with_roles({role_id(99), role_id(10)}), editing({})),
              with_roles({role_id(10)}));
}

TEST(settings_moderators, everyone_is_none) {
    const auto refused = edit_moderators({}, editing(role_id(guild.value())));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "everyone_role");
}

TEST(settings_moderators, are_bounded) {
    guild_choices chosen;
    for (std::uint64_t id = 10; id < 10 + max_moderator_roles; ++id) {
        const auto next = edit_moderators(chosen, editing(role_id(id)));
        ASSERT_TRUE(next);
        chosen = *next;
    }
    const auto refused = edit_moderators(chosen, editing(role_id(49)));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "too_many_roles");
    EXPECT_THAT(refused.error().reason.fr, HasSubstr("25"));
    EXPECT_TRUE(edit_moderators(chosen, editing(role_id(49), role_id(10))));
}

TEST(settings_reset, leaves_one_setting_to_the_default_and_no_other) {
    const guild_choices all{.language = locale::en,
                            .time_zone = "Asia/Dubai",
                            .announcement_mentions = bot::mention_policy::none,
                            .moderator_roles = std::vector{role_id(10)},
                            .requester_required = true};
    for (const auto& one : all_settings()) {
        auto left = reset(all, one.which);
        EXPECT_NE(left, all) << one.key;
        for (const auto& other : all_settings())
            left = reset(std::move(left), other.which);
        EXPECT_EQ(left, guild_choices());
        EXPECT_EQ(find_setting(one.key), one.which);
    }
    EXPECT_EQ(find_setting("unheard-of"), std::nullopt);
    EXPECT_EQ(reset(all, setting::language).time_zone, "Asia/Dubai");
}

TEST(settings_changed, says_the_old_and_the_new_value_and_the_way_back) {
    const guild_settings defaults;
    const auto answer = changed(setting::language, {}, {.language = locale::en}, defaults);
    EXPECT_EQ(answer.fr, "Langue : français → **anglais**.\nPour revenir à la valeur par défaut (français) : "
                         "`/réglages défaut réglage:Langue`");
    EXPECT_EQ(answer.en, "Language: French → **English**.\nTo go back to the default (French): "
                         "`/settings reset setting:Language`");
    EXPECT_EQ(
        changed(setting::moderators, {}, with_roles({role_id(10), role_id(11)}), defaults).fr,
        "Rôles de modération : aucun → **<@&10>, <@&11>**.\nPour revenir à la valeur par défaut (aucun) : "
        "`/réglages défaut réglage:Rôles de modération`");
}

TEST(settings_changed, back_to_the_default_needs_no_way_back) {
    EXPECT_EQ(changed(setting::requester, {.requester_required = true}, {}, {}).fr,
              "Demandeur des commandes : obligatoire → **facultatif** (valeur par défaut).");
}

TEST(settings_changed, says_when_nothing_has_changed) {
    const guild_choices same{.announcement_mentions = bot::mention_policy::users};
    EXPECT_EQ(changed(setting::mentions, same, same, {}).en,
              "Announcement mentions: it already was members only.");
}

TEST(settings_overview, shows_every_setting_and_which_are_defaults) {
    const guild_choices chosen{.time_zone = "Asia/Dubai"};
    const auto shown = overview(chosen, {}, locale::fr);
    ASSERT_THAT(shown.embeds, SizeIs(1));
    EXPECT_EQ(shown.flags, discord::message_flags::ephemeral);
    std::vector<std::string> values;
    for (const auto& field : shown.embeds[0].fields)
        values.push_back(field.value);
    EXPECT_THAT(values, ElementsAre("français (par défaut)", "Asia/Dubai", EndsWith("(par défaut)"),
                                    "aucun (par défaut)", "facultatif (par défaut)"));
    EXPECT_THAT(discord::check(shown), IsEmpty());
}

TEST(settings_zones, are_found_by_what_people_type) {
    struct row {
        std::string typed;
        std::string first;
    };
    for (const auto& one :
         {row{"paris", "Europe/Paris"}, row{"new y", "America/New_York"}, row{"NEW_YORK", "America/New_York"},
          row{"réunion", "Indian/Reunion"}, row{"Nouméa", "Pacific/Noumea"}, row{"europe", "Europe/Brussels"},
          row{"  utc ", "UTC"}, row{"dub", "Asia/Dubai"}}) {
        const auto found = suggest_zones(zones(), one.typed);
        ASSERT_THAT(found, Not(IsEmpty())) << one.typed;
        EXPECT_EQ(found.front(), one.first) << one.typed;
    }
    EXPECT_THAT(suggest_zones(zones(), "zzz"), IsEmpty());
    // A city goes before a place that only holds the letters.
    EXPECT_THAT(suggest_zones(zones(), "no"), ElementsAre("America/Noronha", "Pacific/Noumea"));
}

TEST(settings_zones, are_at_most_as_many_as_discord_takes) {
    std::vector<std::string> many;
    for (int i = 0; i < 100; ++i)
        many.push_back("Etc/Zone" + std::to_string(i));
    EXPECT_THAT(suggest_zones(many, ""), AllOf(SizeIs(25), Each(HasSubstr("Zone"))));
}

} // namespace
} // namespace vagrolant::settings
