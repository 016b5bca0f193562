#include "features/voice_hubs/panel.hpp"
#include "features/voice_hubs/routes.hpp"
#include "features/voice_hubs/tests/message_limits.hpp"
#include "features/voice_hubs/words.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace vagrolant::voice_hubs {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr auto now = time_point(1'800'000'000s);
// The longest ids that there can be.
constexpr auto room_id = channel_id(9'223'372'036'854'775'807);
constexpr auto owner = user_id(9'223'372'036'854'775'806);

room some_room() {
    room one{
        .channel = room_id, .guild = guild_id(1), .hub = channel_id(2), .owner = owner, .creator = owner};
    one.settings.bitrate = 64'000;
    one.name = "Salon de Zoé";
    return one;
}

struct pressable {
    std::string label;
    int style = 0;
    bool disabled = false;
};

// Buttons by custom id.
std::map<std::string, pressable> buttons_of(const discord::message_create& message) {
    std::map<std::string, pressable> found;
    for (const auto& one : testing_support::interactive(message)) {
        if (one.at("type").to_number<std::int64_t>() != 2)
            continue;
        const auto* disabled = one.if_contains("disabled");
        found[std::string(one.at("custom_id").as_string())] = {
            .label = one.contains("label") ? std::string(one.at("label").as_string()) : "",
            .style = static_cast<int>(one.at("style").to_number<std::int64_t>()),
            .disabled = disabled != nullptr && disabled->as_bool()};
    }
    return found;
}

std::string text_of(const discord::message_create& message) {
    return message.content + testing_support::displayed_text(message);
}

TEST(voice_hubs_panel, keeps_within_discords_limits_in_every_state) {
    for (const auto language : {locale::fr, locale::en}) {
        for (const auto& mode : all_modes) {
            for (const bool owned : {true, false}) {
                for (const bool crowded : {true, false}) {
                    for (const bool direct : {true, false}) {
                        panel_view view{
                            .what = some_room(), .remembers = crowded, .in_direct_messages = direct};
                        view.what.settings.mode = mode.mode;
                        if (!owned)
                            view.what.owner = user_id();
                        if (crowded) {
                            view.what.owner_left_at = now;
                            view.claimable_from = now;
                            view.what.rename = pending_rename{std::string(100, '*'), now};
                            view.what.settings.region = std::string(100, 'r');
                            for (std::uint64_t id = 1; id <= 40; ++id) {
                                view.what.settings.lists.allowed.push_back(subject::of(user_id(id)));
                                view.what.settings.lists.blocked.push_back(subject::of(role_id(id + 100)));
                            }
                        }
                        testing_support::expect_sendable(room_panel(view, language));
                    }
                }
            }
        }
    }
}

TEST(voice_hubs_panel, has_a_button_for_everything) {
    const auto buttons = buttons_of(room_panel({.what = some_room()}, locale::fr));
    EXPECT_EQ(buttons.size(), 15U);
    for (const auto* pattern :
         {&routes::purge, &routes::transfer, &routes::name, &routes::status, &routes::settings,
          &routes::remove, &routes::claim, &routes::knock, &routes::forget})
        EXPECT_TRUE(buttons.contains(routes::link(*pattern, room_id))) << *pattern;
    for (const auto* list : {"allowed", "blocked"})
        EXPECT_TRUE(buttons.contains(routes::link(routes::list, room_id, std::string_view(list))));
}

TEST(voice_hubs_panel, shows_the_bitrate_in_effect) {
    auto one = some_room();
    one.settings.bitrate = 0;
    EXPECT_THAT(text_of(room_panel({.what = one, .bitrate = 96'000}, locale::fr)), HasSubstr("96 kbit/s"));
}

TEST(voice_hubs_panel, shows_its_mode_as_chosen_and_by_colour) {
    for (const auto& mode : all_modes) {
        panel_view view{.what = some_room()};
        view.what.settings.mode = mode.mode;
        const auto panel = room_panel(view, locale::fr);
        const auto buttons = buttons_of(panel);
        for (const auto& other : all_modes) {
            const auto& button = buttons.at(routes::link(routes::mode, room_id, other.id));
            EXPECT_EQ(button.disabled, other.mode == mode.mode) << other.id;
            EXPECT_EQ(button.label, other.name.fr);
        }
        EXPECT_THAT(text_of(panel), HasSubstr(mode.meaning.fr));
        EXPECT_EQ(panel.components.at(0).body().at("accent_color").to_number<std::uint32_t>(), mode.color);
    }
}

TEST(voice_hubs_panel, what_does_not_apply_cannot_be_pressed) {
    panel_view view{.what = some_room()};
    auto buttons = buttons_of(room_panel(view, locale::en));
    EXPECT_TRUE(buttons.at(routes::link(routes::claim, room_id)).disabled);
    EXPECT_TRUE(buttons.at(routes::link(routes::knock, room_id)).disabled);
    EXPECT_TRUE(buttons.at(routes::link(routes::forget, room_id)).disabled);
    EXPECT_FALSE(buttons.at(routes::link(routes::transfer, room_id)).disabled);

    view.claimable_from = now;
    view.remembers = true;
    view.what.settings.mode = room_mode::conference;
    buttons = buttons_of(room_panel(view, locale::en));
    EXPECT_FALSE(buttons.at(routes::link(routes::claim, room_id)).disabled);
    EXPECT_FALSE(buttons.at(routes::link(routes::knock, room_id)).disabled);
    EXPECT_FALSE(buttons.at(routes::link(routes::forget, room_id)).disabled);

    // Members and roles of a guild cannot be chosen in direct messages.
    view.in_direct_messages = true;
    buttons = buttons_of(room_panel(view, locale::en));
    EXPECT_FALSE(buttons.at(routes::link(routes::transfer, room_id)).disabled);
    EXPECT_TRUE(buttons.at(routes::link(routes::list, room_id, "allowed")).disabled);
    EXPECT_TRUE(buttons.at(routes::link(routes::list, room_id, "blocked")).disabled);
    EXPECT_FALSE(buttons.at(routes::link(routes::purge, room_id)).disabled);
}

TEST(voice_hubs_panel, shows_the_present_state) {
    panel_view view{.what = some_room()};
    auto& room = view.what;
    room.settings.user_limit = 5;
    room.settings.region = "rotterdam";
    room.settings.lists.allowed = {subject::of(user_id(3)), subject::of(role_id(4))};
    room.rename = pending_rename{"Chez *Zoé*", now + 61s};
    const auto panel = room_panel(view, locale::fr);
    const auto text = text_of(panel);
    EXPECT_THAT(text, HasSubstr("<#9223372036854775807>"));
    EXPECT_THAT(text, HasSubstr("👑 <@9223372036854775806>\n"));
    EXPECT_THAT(text, HasSubstr("5 places"));
    EXPECT_THAT(text, HasSubstr("64 kbit/s"));
    EXPECT_THAT(text, HasSubstr("rotterdam"));
    // The exact time, and what people write means nothing but itself.
    EXPECT_THAT(text,
                HasSubstr("« Chez \\*Zoé\\* » sera le nom du salon <t:1800000061:R> (<t:1800000061:T>)"));
    EXPECT_EQ(buttons_of(panel).at(routes::link(routes::list, room_id, "allowed")).label,
              "Liste blanche (2)");
    EXPECT_EQ(buttons_of(panel).at(routes::link(routes::list, room_id, "blocked")).label, "Liste noire");

    room.rename.reset();
    room.owner_left_at = now;
    view.claimable_from = now + 120s;
    EXPECT_THAT(
        text_of(room_panel(view, locale::fr)),
        HasSubstr("👑 <@9223372036854775806>, absent <t:1800000000:R> · à réclamer <t:1800000120:R>"));
    room.owner = user_id();
    EXPECT_THAT(text_of(room_panel(view, locale::en)), HasSubstr("No owner"));
}

TEST(voice_hubs_panel, notifies_nobody) {
    const auto panel = room_panel({.what = some_room()}, locale::fr);
    EXPECT_EQ(json::serialize(discord::to_json(panel.allowed_mentions)), R"({"parse":[]})");
    EXPECT_EQ(panel.flags, discord::message_flags::components_v2);
}

TEST(voice_hubs_panel, questions_say_how_many_and_how_to_leave) {
    for (const auto language : {locale::fr, locale::en}) {
        for (const int count : {1, 2, 99})
            testing_support::expect_sendable(purge_question(room_id, count, language));
        for (const std::size_t present : {0U, 1U, 7U})
            testing_support::expect_sendable(delete_question(room_id, present, language));
    }
    EXPECT_THAT(text_of(purge_question(room_id, 3, locale::fr)), HasSubstr("3 personnes sont dans <#"));
    EXPECT_THAT(text_of(purge_question(room_id, 1, locale::fr)), HasSubstr("Une personne est dans <#"));
    EXPECT_EQ(
        buttons_of(purge_question(room_id, 3, locale::fr)).at(routes::link(routes::purge_now, room_id)).label,
        "Déconnecter ces 3 personnes");
    EXPECT_THAT(text_of(delete_question(room_id, 0, locale::fr)), Not(HasSubstr("déconnect")));
    EXPECT_THAT(text_of(delete_question(room_id, 2, locale::fr)),
                HasSubstr("2 personnes s'y trouvent et seront déconnectées."));
    EXPECT_THAT(text_of(delete_question(room_id, 1, locale::fr)),
                HasSubstr("Une personne s'y trouve et sera déconnectée."));
    for (const auto& message :
         {purge_question(room_id, 3, locale::en), delete_question(room_id, 1, locale::en)})
        EXPECT_TRUE(buttons_of(message).contains(std::string(routes::dismiss)));
    EXPECT_EQ(whispered(purge_question(room_id, 3, locale::en)).flags, discord::message_flags::ephemeral);
}

TEST(voice_hubs_panel, a_room_is_given_to_one_of_those_who_are_in_it) {
    std::vector<named_member> heirs;
    for (const auto language : {locale::fr, locale::en}) {
        for (const std::size_t count : {0U, 1U, 25U, 26U, 51U, 98U}) {
            heirs.clear();
            for (std::uint64_t id = 1; id <= count; ++id)
                heirs.push_back({.user = user_id(id), .name = std::string(120, 'n')});
            std::set<std::string> offered;
            for (std::size_t page = 0; page <= count / 25 + 1; ++page) {
                const auto question = transfer_question(room_id, heirs, page, "⚠️ note", language);
                testing_support::expect_sendable(question);
                EXPECT_THAT(question.content, HasSubstr("⚠️ note\n"));
                for (const auto& one : testing_support::interactive(question)) {
                    if (const auto* options = one.if_contains("options")) {
                        for (const auto& option : options->as_array())
                            offered.emplace(option.at("value").as_string());
                    }
                }
            }
            EXPECT_EQ(offered.size(), count);
        }
    }
    heirs.resize(3);
    EXPECT_EQ(buttons_of(transfer_question(room_id, heirs, 0, {}, locale::fr)).size(), 1U);
    EXPECT_TRUE(buttons_of(transfer_question(room_id, heirs, 0, {}, locale::fr))
                    .contains(std::string(routes::dismiss)));
    const auto nobody = transfer_question(room_id, {}, 0, {}, locale::fr);
    EXPECT_THAT(nobody.content, HasSubstr("Il n'y a personne d'autre"));
    EXPECT_TRUE(nobody.components.empty());
}

TEST(voice_hubs_panel, a_knock_notifies_the_owner_alone) {
    const auto question = knock_question(some_room(), user_id(7), locale::fr);
    testing_support::expect_sendable(question);
    EXPECT_THAT(question.content, HasSubstr("<@9223372036854775806>, <@7> demande à entrer"));
    EXPECT_EQ(json::serialize(discord::to_json(question.allowed_mentions)),
              R"({"parse":[],"users":["9223372036854775806"]})");
    const auto buttons = buttons_of(question);
    EXPECT_TRUE(buttons.contains(routes::link(routes::answer, room_id, user_id(7), "yes")));
    EXPECT_TRUE(buttons.contains(routes::link(routes::answer, room_id, user_id(7), "no")));
    auto conference = some_room();
    conference.settings.mode = room_mode::conference;
    EXPECT_THAT(knock_question(conference, user_id(7), locale::fr).content, HasSubstr("demande la parole"));
}

TEST(voice_hubs_panel, the_door_offers_all_rooms_page_by_page) {
    std::vector<room> rooms(60, some_room());
    for (std::size_t i = 0; i < rooms.size(); ++i) {
        rooms[i].channel = channel_id(i + 1);
        rooms[i].name = std::string(100, 'n');
    }
    std::set<std::string> offered;
    for (std::size_t page = 0; page < 4; ++page) {
        const auto question = door_question(rooms, channel_id(INT64_MAX), page, locale::fr);
        testing_support::expect_sendable(question);
        for (const auto& option : testing_support::interactive(question).at(0).at("options").as_array())
            offered.emplace(option.at("value").as_string());
        EXPECT_THAT(question.content,
                    HasSubstr(fmt::format("page {}/3", std::min<std::size_t>(page, 2) + 1)));
    }
    EXPECT_EQ(offered.size(), 60U);
    rooms.resize(25);
    const auto all = door_question(rooms, channel_id(7), 0, locale::en);
    EXPECT_TRUE(buttons_of(all).empty());
}

} // namespace
} // namespace vagrolant::voice_hubs
