#include "base/text.hpp"
#include "bot/refusal.hpp"
#include "features/voice_hubs/hub_panel.hpp"
#include "features/voice_hubs/room_forms.hpp"
#include "features/voice_hubs/routes.hpp"
#include "features/voice_hubs/tests/message_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace vagrolant::voice_hubs {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

// Nothing is as in a new hub, and everything as long as it may be.
hub_settings unusual() {
    hub_settings settings{.name_template = std::string(94, 'x') + "{game}",
                          .default_mode = room_mode::conference,
                          .user_limit = 99,
                          .bitrate = 384'000,
                          .region = std::string(100, 'r'),
                          .category = channel_id(INT64_MAX),
                          .position = room_position::end,
                          .permissions_from = permission_source::template_channel,
                          .template_channel = channel_id(INT64_MAX),
                          .empty_grace = 300s,
                          .owner_leaves = owner_policy::remove,
                          .keep_for = 3600s,
                          .return_window = 3599s,
                          .max_rooms = 500,
                          .member_per_minute = 20,
                          .guild_per_minute = 300,
                          .log_channel = channel_id(INT64_MAX),
                          .remember = false};
    for (std::uint64_t id = 1; id <= 10; ++id)
        settings.overflow_categories.emplace_back(INT64_MAX - id);
    for (std::uint64_t id = 1; id <= 25; ++id)
        settings.allowed_roles.emplace_back(INT64_MAX - id);
    return settings;
}

hub hub_with(hub_settings settings) {
    return {.channel = channel_id(INT64_MAX), .guild = guild_id(1), .settings = std::move(settings)};
}

std::vector<region_choice> many_regions() {
    std::vector<region_choice> regions;
    for (int i = 0; i < 40; ++i)
        regions.push_back({.id = "region-" + std::to_string(i), .name = std::string(120, 'n')});
    return regions;
}

TEST(voice_hubs_fields, every_setting_has_one_name_and_one_place) {
    std::set<std::string_view> ids;
    std::map<field_group, int> groups;
    for (const auto& field : hub_fields()) {
        EXPECT_TRUE(ids.insert(field.id).second) << field.id;
        EXPECT_EQ(find_field(field.id), &field);
        ++groups[field.group];
        for (const auto language : {locale::fr, locale::en}) {
            EXPECT_LE(text::length(field.name.in(language)), 45U) << field.id;
            EXPECT_LE(text::length(field.help.in(language)), 100U) << field.id;
        }
    }
    EXPECT_THAT(groups, SizeIs(field_groups().size()));
    // A modal has five inputs.
    for (const auto& [group, count] : groups)
        EXPECT_LE(count, 5);
    EXPECT_EQ(find_field("nothing"), nullptr);
    EXPECT_EQ(find_group("nothing"), nullptr);
}

TEST(voice_hubs_fields, are_shown_whole_however_much_is_chosen) {
    auto settings = unusual();
    settings.allowed_roles.resize(9);
    const auto shown = show(*find_field("allowedRoleIds"), settings, locale::fr);
    EXPECT_THAT(shown, testing::EndsWith(std::to_string(INT64_MAX - 8) + "> +1"));
    // What is longer is cut, be it in the middle of a mention.
    for (const auto& field : hub_fields())
        EXPECT_LE(text::length(show(field, unusual(), locale::fr)), 250U) << field.id;
}

TEST(voice_hubs_fields, are_all_that_a_hub_has) {
    // Copying each field copies the whole: a setting that the table forgets would stay behind.
    hub_settings copied;
    for (const auto& field : hub_fields()) {
        EXPECT_TRUE(is_default(field, copied, locale::fr)) << field.id;
        EXPECT_FALSE(is_default(field, unusual(), locale::fr)) << field.id;
        copy(field, unusual(), copied);
    }
    EXPECT_EQ(copied, unusual());
}

TEST(voice_hubs_fields, a_new_hub_s_are_in_the_language_of_its_server) {
    EXPECT_EQ(default_settings(locale::fr), hub_settings());
    const auto english = default_settings(locale::en);
    EXPECT_EQ(english.name_template, "{member}'s room");
    for (const auto& field : hub_fields()) {
        EXPECT_TRUE(is_default(field, english, locale::en)) << field.id;
        EXPECT_EQ(is_default(field, english, locale::fr), field.id != "nameTemplate") << field.id;
    }
}

TEST(voice_hubs_fields, travel_through_results_and_payloads_unchanged) {
    for (const auto& settings : {hub_settings(), unusual()}) {
        json::object body;
        for (const auto& field : hub_fields())
            write_member(field, settings, body);
        EXPECT_EQ(body.size(), hub_fields().size());
        json::reader reader;
        const auto text = json::serialize(body);
        auto payload = bot::payload::parse(reader, text);
        auto read = settings == hub_settings() ? unusual() : hub_settings();
        for (const auto& field : hub_fields())
            EXPECT_TRUE(read_member(field, read, payload)) << field.id;
        EXPECT_EQ(read, settings);
    }
}

TEST(voice_hubs_fields, that_are_absent_stay) {
    json::reader reader;
    auto payload = bot::payload::parse(reader, R"({"userLimit": 3, "region": null})");
    auto settings = unusual();
    for (const auto& field : hub_fields())
        EXPECT_EQ(read_member(field, settings, payload), field.id == "userLimit") << field.id;
    auto expected = unusual();
    expected.user_limit = 3;
    EXPECT_EQ(settings, expected);
}

TEST(voice_hubs_fields, of_payloads_are_checked) {
    for (const auto* text : {R"({"userLimit": 100})", R"({"defaultMode": "secret"})", R"({"bitrate": 7999})",
                             R"({"bitrate": 384001})", R"({"keepFor": 3601})", R"({"emptyGrace": -1})",
                             R"({"remember": "yes"})", R"({"categoryId": "x"})",
                             R"({"overflowCategoryIds": ["1","2","3","4","5","6","7","8","9","10","11"]})",
                             R"({"allowedRoleIds": "1"})", R"({"memberPerMinute": 0})"}) {
        json::reader reader;
        auto payload = bot::payload::parse(reader, text);
        hub_settings settings;
        const auto read_all = [&] {
            for (const auto& field : hub_fields())
                read_member(field, settings, payload);
        };
        EXPECT_THROW(read_all(), bot::refused) << text;
    }
}

// What a client sends back when nothing was touched.
std::vector<std::string> untouched(const json::object& input) {
    std::vector<std::string> values;
    if (const auto* options = input.if_contains("options")) {
        for (const auto& option : options->as_array()) {
            if (option.as_object().contains("default"))
                values.emplace_back(option.at("value").as_string());
        }
    } else if (const auto* chosen = input.if_contains("default_values")) {
        for (const auto& one : chosen->as_array())
            values.emplace_back(one.at("id").as_string());
    } else if (const auto* value = input.if_contains("value")) {
        values.emplace_back(value->as_string());
    }
    return values;
}

TEST(voice_hubs_fields, a_modal_that_is_sent_untouched_changes_nothing) {
    const auto regions = many_regions();
    for (const auto& settings : {hub_settings(), unusual()}) {
        for (const auto& field : hub_fields()) {
            const auto label =
                input_of(field, settings, {.max_bitrate = 96'000, .regions = regions}, locale::fr);
            auto read = settings == hub_settings() ? unusual() : hub_settings();
            const auto taken = read_input(field, read, untouched(label.input.body()));
            ASSERT_TRUE(taken) << field.id;
            auto expected = settings == hub_settings() ? unusual() : hub_settings();
            copy(field, settings, expected);
            EXPECT_EQ(read, expected) << field.id;
        }
    }
}

TEST(voice_hubs_fields, what_is_written_is_checked_and_the_sentence_names_it) {
    struct wrong {
        std::string_view field;
        std::vector<std::string> values;
        std::string_view sentence;
    };
    const wrong cases[] = {
        {"userLimit", {"100"}, "« Nombre de places » est un nombre de 0 à 99."},
        {"userLimit", {"dix"}, "« Nombre de places » est un nombre de 0 à 99."},
        {"userLimit", {""}, "« Nombre de places » est un nombre de 0 à 99."},
        {"userLimit", {}, "« Nombre de places » est un nombre de 0 à 99."},
        {"emptyGrace", {"301"}, "« Sursis d'un salon vide » est un nombre de 0 à 300."},
        {"defaultMode", {"secret"}, "« Mode au départ » : cette valeur n'est pas possible."},
        {"bitrate", {"7999"}, "« Qualité du son » : cette valeur n'est pas possible."},
        {"remember", {"maybe"}, "« Retenir les réglages de chacun » : cette valeur n'est pas possible."},
        {"categoryId", {"1", "2"}, "« Catégorie des salons » : cette valeur n'est pas possible."},
    };
    for (const auto& one : cases) {
        hub_settings settings;
        const auto taken = read_input(*find_field(one.field), settings, one.values);
        ASSERT_FALSE(taken) << one.field;
        EXPECT_EQ(taken.error().reason.fr, one.sentence);
        EXPECT_EQ(settings, hub_settings());
    }
    hub_settings settings;
    EXPECT_TRUE(read_input(*find_field("userLimit"), settings, std::vector<std::string>{" 7 "}));
    EXPECT_EQ(settings.user_limit, 7);
    EXPECT_TRUE(read_input(*find_field("categoryId"), settings, {}));
}

TEST(voice_hubs_hub_panel, shows_every_setting_within_discords_limits) {
    const auto regions = many_regions();
    for (const auto language : {locale::fr, locale::en}) {
        for (const auto& settings : {hub_settings(), unusual()}) {
            const auto one = hub_with(settings);
            const auto panel = hub_panel({.what = one, .rooms = 12}, "✅", language);
            testing_support::expect_sendable(panel);
            for (const auto& field : hub_fields())
                EXPECT_THAT(testing_support::displayed_text(panel), HasSubstr(field.name.in(language)));
            for (const auto& group : field_groups())
                testing_support::expect_sendable(
                    group_modal(one, group, {.max_bitrate = 384'000, .regions = regions}, language));
            testing_support::expect_sendable(hub_delete_question({.what = one, .rooms = 12}, language));
            testing_support::expect_sendable(door_message(one, language));
        }
    }
}

TEST(voice_hubs_hub_panel, has_a_space_before_a_colon_in_french_alone) {
    const auto one = hub_with(hub_settings());
    const auto shown = [&](locale language) {
        return testing_support::displayed_text(hub_panel({.what = one, .rooms = 1}, "", language));
    };
    EXPECT_THAT(shown(locale::fr), HasSubstr("Nombre de places : sans limite"));
    EXPECT_THAT(shown(locale::en), HasSubstr("Number of seats: no limit"));
}

TEST(voice_hubs_hub_panel, offers_to_reset_what_differs) {
    const auto options = [](const hub_settings& settings) {
        for (const auto& one :
             testing_support::interactive(hub_panel({.what = hub_with(settings)}, {}, locale::fr))) {
            if (one.at("type").to_number<std::int64_t>() == 3)
                return one;
        }
        return json::object();
    };
    const auto fresh = options({});
    EXPECT_TRUE(fresh.at("disabled").as_bool());
    hub_settings changed{.user_limit = 4};
    changed.remember = false;
    const auto select = options(changed);
    EXPECT_FALSE(select.contains("disabled"));
    ASSERT_EQ(select.at("options").as_array().size(), 2U);
    EXPECT_EQ(select.at("options").at(0).at("value").as_string(), "userLimit");
    EXPECT_EQ(select.at("options").at(1).at("value").as_string(), "remember");
    EXPECT_EQ(options(unusual()).at("options").as_array().size(), hub_fields().size());
}

TEST(voice_hubs_hub_panel, a_patch_changes_what_it_holds) {
    hub_patch patch{.values = unusual(), .given = {find_field("userLimit"), find_field("remember")}};
    hub_settings settings;
    patch.apply_to(settings);
    EXPECT_EQ(settings.user_limit, 99);
    EXPECT_FALSE(settings.remember);
    EXPECT_EQ(settings.name_template, hub_settings().name_template);
}

TEST(voice_hubs_hub_panel, lists_hubs_page_by_page) {
    std::vector<hub_summary> all;
    for (const auto language : {locale::fr, locale::en}) {
        testing_support::expect_sendable(hub_list({}, 0, language));
        for (std::size_t count = 1; count <= 17; ++count) {
            all.resize(count, {.what = hub_with(unusual()), .rooms = count});
            for (std::size_t i = 0; i < count; ++i)
                all[i].what.channel = channel_id(i + 1);
            for (std::size_t page = 0; page < 4; ++page)
                testing_support::expect_sendable(hub_list(all, page, language));
        }
        all.clear();
    }
    EXPECT_THAT(testing_support::displayed_text(hub_list({}, 0, locale::fr)), HasSubstr("`/hub create`"));
}

TEST(voice_hubs_hub_panel, the_doctor_is_short_and_says_what_was_left_out) {
    doctor_report report{.hubs = 1, .rooms = 0};
    EXPECT_THAT(testing_support::displayed_text(doctor_message(report, locale::fr)),
                HasSubstr("🟢 Tout va bien"));
    report.findings.push_back({.how_bad = doctor_finding::severity::error,
                               .where = channel_id(5),
                               .what = localized{.fr = "il manque « Déplacer des membres »", .en = "…"}});
    report.findings.push_back({.how_bad = doctor_finding::severity::plan,
                               .where = channel_id(6),
                               .what = localized{.fr = "serait supprimé", .en = "…"}});
    const auto text = testing_support::displayed_text(doctor_message(report, locale::fr));
    EXPECT_THAT(text, HasSubstr("🔴 <#5> : il manque « Déplacer des membres »"));
    EXPECT_THAT(text, HasSubstr("rien n'est fait ici"));
    EXPECT_THAT(text, Not(HasSubstr("Tout va bien")));
    const auto long_one = bot::phrase(std::string(150, 'f'), std::string(150, 'e'));
    for (int i = 0; i < 200; ++i)
        report.findings.push_back({.how_bad = doctor_finding::severity::plan, .what = long_one});
    for (const auto language : {locale::fr, locale::en})
        testing_support::expect_sendable(doctor_message(report, language));
    EXPECT_THAT(testing_support::displayed_text(doctor_message(report, locale::fr)), HasSubstr("de plus"));
}

TEST(voice_hubs_config, says_that_games_are_not_known) {
    hub_summary of{.what = hub_with({.name_template = "{game}"})};
    EXPECT_THAT(testing_support::displayed_text(hub_panel(of, {}, locale::fr)), Not(HasSubstr("présences")));
    of.games_unknown = true;
    EXPECT_THAT(testing_support::displayed_text(hub_panel(of, {}, locale::fr)), HasSubstr("présences"));
    of.what = hub_with(unusual());
    for (const auto language : {locale::fr, locale::en})
        testing_support::expect_sendable(hub_panel(of, {}, language));
}

TEST(voice_hubs_forms, are_sendable_and_filled_with_the_present_state) {
    const auto regions = many_regions();
    room one{.channel = channel_id(INT64_MAX), .name = std::string(100, 'n')};
    one.settings.region = "gone";
    for (const auto language : {locale::fr, locale::en}) {
        testing_support::expect_sendable(name_modal(one, language));
        testing_support::expect_sendable(status_modal(one, "", language));
        testing_support::expect_sendable(status_modal(one, std::string(500, 's'), language));
        testing_support::expect_sendable(settings_modal(one, 77'000, 96'000, regions, language));
        testing_support::expect_sendable(settings_modal(one, 77'000, 96'000, {}, language));
    }
    // Rates and regions that are no longer offered are still shown as chosen.
    const auto text =
        json::serialize(discord::to_json(settings_modal(one, 77'000, 96'000, regions, locale::fr)));
    EXPECT_THAT(text, HasSubstr(R"({"label":"77 kbit/s","value":"77000","default":true})"));
    EXPECT_THAT(text, HasSubstr(R"({"label":"gone","value":"gone","default":true})"));
    EXPECT_THAT(text, Not(HasSubstr("128000")));
    EXPECT_THAT(json::serialize(discord::to_json(status_modal(one, "On joue", locale::fr))),
                HasSubstr(R"("value":"On joue")"));
    EXPECT_THAT(json::serialize(discord::to_json(name_modal(one, locale::fr))), HasSubstr("\"value\":\"nnn"));
    // So that a form can be sent with nothing touched.
    one.settings.region.clear();
    const auto untouched_room =
        json::serialize(discord::to_json(settings_modal(one, 64'000, 96'000, regions, locale::fr)));
    EXPECT_THAT(untouched_room, HasSubstr(R"({"label":"64 kbit/s","value":"64000","default":true})"));
    EXPECT_THAT(untouched_room, Not(HasSubstr("celle du salon du hub")));
    EXPECT_THAT(untouched_room, HasSubstr(R"({"label":"Automatique","value":"auto","default":true})"));
}

TEST(voice_hubs_forms, whole_numbers_are_read_strictly) {
    EXPECT_EQ(written_number(" 42 ", 0, 99), 42);
    for (const auto* text : {"", " ", "4 2", "4.2", "-1", "100", "x", "99999999999999999999"})
        EXPECT_EQ(written_number(text, 0, 99), std::nullopt) << text;
}

} // namespace
} // namespace vagrolant::voice_hubs
