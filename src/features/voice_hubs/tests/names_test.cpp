#include "base/text.hpp"
#include "features/voice_hubs/names.hpp"
#include "features/voice_hubs/renames.hpp"

#include <gmock/gmock.h>

namespace vagrolant::voice_hubs {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(voice_names, templates_are_filled_in) {
    struct row {
        std::string_view name_template;
        name_facts facts;
        std::string_view expected;
    };
    const std::string endless(300, 'x');
    for (const auto& [name_template, facts, expected] : {
             row{"Salon de {member}", {.member = "Zoé"}, "Salon de Zoé"},
             row{"{n}. {game} ({count})", {.count = 3, .game = "Go", .number = 7}, "7. Go (3)"},
             row{"{game}", {.game = "", .number = 4}, "Salon 4"},
             row{"{member}", {.member = "{count}{n}"}, "{count}{n}"},
             row{"{member", {.member = "a"}, "{member"},
             row{"{unknown} {n}", {.number = 2}, "{unknown} 2"},
             row{"  a \n\t b  ", {}, "a b"},
             row{"{member}", {.member = "\u202Eevil\u202C\u200B"}, "evil"},
             row{"{member}", {.member = "\u200B"}, "Salon 1"},
             row{"{member}", {.member = "\u200B", .number = 2, .language = locale::en}, "Room 2"},
             row{"{member}", {.member = "\u3164"}, "Salon 1"},
             row{"{member}", {.member = "\u200D\uFE0F \u2800\u034F"}, "Salon 1"},
             row{"{member}", {.member = "a\u3164\u3164b"}, "a b"},
             row{"{member}", {.member = "❤️"}, "❤️"},
             row{"{game}", {.number = 4, .language = locale::en}, "Room 4"},
             row{"👨‍👩‍👧 {n}", {}, "👨‍👩‍👧 1"},
         }) {
        EXPECT_EQ(name_from(name_template, facts), expected);
    }
    const auto cut = name_from("{member}", {.member = endless});
    EXPECT_EQ(text::length(cut), max_name);
}

TEST(voice_names, without_a_game_nothing_hangs_in_the_air) {
    struct row {
        std::string_view name_template;
        std::string_view with_game;
        std::string_view without;
    };
    for (const auto& [name_template, with_game, without] : {
             row{"{member} · {game}", "Zoé · Go", "Zoé"},
             row{"{game} · {member}", "Go · Zoé", "Zoé"},
             row{"{member} · {game} · {n}", "Zoé · Go · 3", "Zoé · 3"},
             row{"{member} - {game} - {n}", "Zoé - Go - 3", "Zoé - 3"},
             row{"{game}-{member}", "Go-Zoé", "Zoé"},
             row{"Salon de {member} ({game})", "Salon de Zoé (Go)", "Salon de Zoé"},
             row{"[{game}] {member}", "[Go] Zoé", "Zoé"},
             row{"{member} « {game} » {n}", "Zoé « Go » 3", "Zoé 3"},
             row{"{member} · ({game}) · {n}", "Zoé · (Go) · 3", "Zoé · 3"},
             row{"{member} ({game} · {count})", "Zoé (Go · 2)", "Zoé (2)"},
             row{"{member} ({count} · {game})", "Zoé (2 · Go)", "Zoé (2)"},
             row{"{member} joue à {game}", "Zoé joue à Go", "Zoé"},
             row{"{game} avec {member}", "Go avec Zoé", "Zoé"},
             row{"🎮 {game} avec {member}", "🎮 Go avec Zoé", "🎮 Zoé"},
             row{"{member} | joue à {game}", "Zoé | joue à Go", "Zoé"},
             row{"Salon {n} {game}", "Salon 3 Go", "Salon 3"},
             row{"Salon de jeu: {game}", "Salon de jeu: Go", "Salon de jeu"},
             row{"• {game} • {member} •", "• Go • Zoé •", "• Zoé •"},
             row{"Jean-{member}  {game}", "Jean-Zoé Go", "Jean-Zoé"},
             row{"{game} {game} {member}", "Go Go Zoé", "Zoé"},
             row{"{game}", "Go", "Salon 3"},
             row{"🎮 {game}", "🎮 Go", "🎮 Salon 3"},
             row{"[{game}]", "[Go]", "[Salon 3]"},
             row{"{n}. {game} ({count})", "3. Go (2)", "3. Salon 3 (2)"},
             row{"Partie de {game}", "Partie de Go", "Salon 3"},
         }) {
        name_facts facts{.member = "Zoé", .count = 2, .game = "Go", .number = 3};
        EXPECT_EQ(name_from(name_template, facts), with_game);
        facts.game = " \u200B ";
        EXPECT_EQ(name_from(name_template, facts), without) << name_template;
        facts.game.clear();
        EXPECT_EQ(name_from(name_template, facts), without) << name_template;
    }
    // Whoever is called like nothing that can be read keeps his name.
    EXPECT_EQ(name_from("{member} · {game}", {.member = "123"}), "123");
    EXPECT_EQ(name_from("{member} · {game}", {.number = 3}), "Salon 3");
    // A game's name is cut with the rest, and is never read as a template.
    EXPECT_EQ(text::length(name_from("{game}", {.game = std::string(300, 'g')})), max_name);
    EXPECT_EQ(name_from("{game} {n}", {.game = "{n}{member}", .number = 3}), "{n}{member} 3");
}

TEST(voice_names, broken_bytes_are_no_name) {
    EXPECT_EQ(clean_name("\xFF\xFE"), "");
    EXPECT_EQ(clean_name("a\x01z"), "az");
}

TEST(voice_names, a_cleaned_name_is_clean) {
    for (const std::string_view text : {"a", " a  b ", "é\u00A0é", "x\u2028y", "\u200Bz"})
        EXPECT_EQ(clean_name(clean_name(text)), clean_name(text));
}

TEST(voice_names, templates_that_cannot_be_used_are_refused) {
    EXPECT_FALSE(template_objection("Salon de {member}"));
    EXPECT_FALSE(template_objection("{n}"));
    for (const std::string_view bad : {"", "  ", "{membre}", "a } b", "{member"}) {
        const auto objection = template_objection(bad);
        ASSERT_TRUE(objection) << bad;
        EXPECT_EQ(objection->code, "bad_name_template");
    }
    EXPECT_TRUE(template_objection(std::string(101, 'a')));
    EXPECT_FALSE(template_objection(std::string(100, 'a')));
}

TEST(voice_names, what_follows_the_room_s_life) {
    EXPECT_TRUE(follows_count("{count} in {member}"));
    EXPECT_FALSE(follows_count("{member}"));
    EXPECT_TRUE(follows_game("{game}"));
    EXPECT_FALSE(follows_game("{count}"));
}

TEST(voice_names, the_lowest_free_number) {
    EXPECT_EQ(lowest_free({}), 1);
    EXPECT_EQ(lowest_free({1, 2, 3}), 4);
    EXPECT_EQ(lowest_free({2, 3}), 1);
    EXPECT_EQ(lowest_free({1, 2, 4, 5}), 3);
}

TEST(voice_renames, two_in_ten_minutes) {
    const time_point start(1'000'000s);
    std::vector<time_point> taken;
    EXPECT_EQ(next_rename(taken, start), start);
    note_rename(taken, start);
    EXPECT_EQ(next_rename(taken, start + 1s), start + 1s);
    note_rename(taken, start + 1min);
    EXPECT_EQ(next_rename(taken, start + 2min), start + rename_window + rename_margin);
    EXPECT_EQ(next_rename(taken, start + 11min), start + 11min);
    note_rename(taken, start + 11min);
    EXPECT_THAT(taken, ElementsAre(start + 1min, start + 11min));
    EXPECT_EQ(next_rename(taken, start + 11min), start + 11min + rename_margin);
}

TEST(voice_renames, what_nobody_asked_for_leaves_one_name_to_people) {
    const time_point start(1'000'000s);
    std::vector<time_point> taken;
    EXPECT_EQ(next_automatic_rename(taken, start), start + rename_settling);
    note_rename(taken, start);
    EXPECT_EQ(next_automatic_rename(taken, start + 1s), start + rename_window + rename_margin);
    EXPECT_EQ(next_automatic_rename(taken, start + 1h), start + 1h + rename_settling);
    // A person's name comes at once, whatever the template has taken.
    EXPECT_EQ(next_rename(taken, start + 1s), start + 1s);
    note_rename(taken, start + 2min);
    EXPECT_EQ(next_automatic_rename(taken, start + 3min), start + 2min + rename_window + rename_margin);
}

} // namespace
} // namespace vagrolant::voice_hubs
