#include "features/voice_hubs/access_menu.hpp"
#include "features/voice_hubs/routes.hpp"
#include "features/voice_hubs/tests/message_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vagrolant::voice_hubs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

room room_with(std::size_t entries) {
    room one{.channel = channel_id(INT64_MAX), .guild = guild_id(1)};
    for (std::size_t i = 1; i <= entries; ++i) {
        one.settings.lists.allowed.push_back(i % 2 == 0 ? subject::of(role_id(1000 + i))
                                                        : subject::of(user_id(1000 + i)));
    }
    return one;
}

json::object select_of(const discord::message_create& menu) {
    for (const auto& one : testing_support::interactive(menu)) {
        if (one.at("type").to_number<std::int64_t>() == 7)
            return one;
    }
    ADD_FAILURE() << "no mentionable select";
    return {};
}

TEST(voice_hubs_access_menu, is_sendable_with_any_number_of_entries_on_any_page) {
    for (const auto language : {locale::fr, locale::en}) {
        for (const std::size_t count : {0U, 1U, 19U, 20U, 21U, 40U, 41U, 80U}) {
            for (const std::size_t page : {0U, 1U, 2U, 3U, 4U, 1000U}) {
                for (const auto which : {list_kind::allowed, list_kind::blocked}) {
                    const auto menu = list_menu(room_with(count), which, page, "note", 3, language);
                    testing_support::expect_sendable(menu);
                    EXPECT_NE(menu.flags & discord::message_flags::ephemeral, 0U);
                }
            }
        }
    }
}

TEST(voice_hubs_access_menu, is_prefilled_page_by_page_with_room_for_more) {
    const auto room = room_with(45);
    const auto first = select_of(list_menu(room, list_kind::allowed, 0, {}, 0, locale::fr));
    EXPECT_EQ(first.at("default_values").as_array().size(), 20U);
    EXPECT_EQ(first.at("max_values").to_number<std::int64_t>(), 25);
    EXPECT_EQ(first.at("min_values").to_number<std::int64_t>(), 0);
    EXPECT_EQ(json::serialize(first.at("default_values").as_array().at(0)), R"({"id":"1001","type":"user"})");
    EXPECT_EQ(json::serialize(first.at("default_values").as_array().at(1)), R"({"id":"1002","type":"role"})");
    const auto last = select_of(list_menu(room, list_kind::allowed, 2, {}, 0, locale::fr));
    EXPECT_EQ(last.at("default_values").as_array().size(), 5U);
    const auto beyond = select_of(list_menu(room, list_kind::allowed, 99, {}, 0, locale::fr));
    EXPECT_EQ(beyond, last);
    EXPECT_FALSE(
        select_of(list_menu(room, list_kind::blocked, 0, {}, 0, locale::fr)).contains("default_values"));
}

TEST(voice_hubs_access_menu, a_change_of_one_page_leaves_the_others) {
    const auto all = room_with(45).settings.lists.allowed;
    const auto page = page_of(all, 1);
    std::vector<subject> chosen(page.entries.begin() + 2, page.entries.end());
    chosen.push_back(subject::of(user_id(9)));
    const auto change = change_of(page.entries, chosen);
    EXPECT_THAT(change.added, ElementsAre(subject::of(user_id(9))));
    EXPECT_THAT(change.removed, ElementsAre(page.entries[0], page.entries[1]));

    const auto edit = change.edit(list_kind::blocked);
    EXPECT_THAT(edit.block, ElementsAre(subject::of(user_id(9))));
    EXPECT_THAT(edit.allow, IsEmpty());
    EXPECT_THAT(edit.forget, SizeIs(2));
    // Nothing is replaced as a whole.
    EXPECT_FALSE(edit.allowed || edit.blocked);
    EXPECT_THAT(change.edit(list_kind::allowed).allow, SizeIs(1));
}

TEST(voice_hubs_access_menu, says_what_was_changed) {
    EXPECT_EQ(page_change{}.sentence(locale::fr), "");
    const page_change change{.added = {subject::of(user_id(1)), subject::of(role_id(2))},
                             .removed = {subject::of(user_id(3))}};
    EXPECT_EQ(change.sentence(locale::fr), "➕ Sur la liste : <@1>, <@&2>\n➖ Retirés : <@3>");
    EXPECT_EQ(change.sentence(locale::en), "➕ On the list: <@1>, <@&2>\n➖ Removed: <@3>");
}

TEST(voice_hubs_access_menu, what_did_not_come_into_the_list_is_not_said_to_be_there) {
    page_change change{.added = {subject::of(user_id(1)), subject::of(user_id(2))}};
    const std::vector<subject> list{subject::of(user_id(2)), subject::of(user_id(3))};
    EXPECT_THAT(change.keep_only(list), ElementsAre(subject::of(user_id(1))));
    EXPECT_THAT(change.added, ElementsAre(subject::of(user_id(2))));
}

TEST(voice_hubs_access_menu, a_stamp_tells_pages_apart) {
    const auto all = room_with(45).settings.lists.allowed;
    const auto first = stamp_of(page_of(all, 0).entries);
    EXPECT_EQ(first, stamp_of(page_of(room_with(45).settings.lists.allowed, 0).entries));
    EXPECT_NE(first, stamp_of(page_of(all, 1).entries));
    auto changed = all;
    std::swap(changed[0], changed[1]);
    EXPECT_NE(first, stamp_of(page_of(changed, 0).entries));
    EXPECT_EQ(stamp_of({}).size(), 16U);
}

TEST(voice_hubs_access_menu, tells_users_and_roles_apart_by_what_discord_resolved) {
    discord::interaction what;
    what.values = {"5", "6", "7", "x"};
    what.resolved.users.push_back({.id = user_id(5)});
    what.resolved.roles.push_back({.id = role_id(6)});
    // Whoever is not resolved is nobody.
    EXPECT_THAT(chosen_subjects(what), ElementsAre(subject::of(user_id(5)), subject::of(role_id(6))));
}

TEST(voice_hubs_access_menu, offers_to_purge_whom_the_change_shuts_out) {
    const auto buttons = [](int purgeable) {
        return testing_support::displayed_text(
                   list_menu(room_with(0), list_kind::blocked, 0, "", purgeable, locale::fr)) +
               json::serialize(testing_support::components_of(
                   list_menu(room_with(0), list_kind::blocked, 0, "", purgeable, locale::fr)));
    };
    EXPECT_THAT(buttons(2), HasSubstr("Purger (2)"));
    EXPECT_THAT(buttons(0), testing::Not(HasSubstr("Purger")));
}

} // namespace
} // namespace vagrolant::voice_hubs
