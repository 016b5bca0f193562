#include "features/moderation/slowmode.hpp"
#include "features/moderation/texts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vagrolant::moderation {
namespace {

using testing::ElementsAre;

std::vector<std::string> names(std::string_view typed, locale language = locale::fr) {
    std::vector<std::string> found;
    for (const auto& one : slowmode_choices(typed, language))
        found.push_back(one.name);
    return found;
}

TEST(duration_label, has_the_units_that_count) {
    EXPECT_EQ(duration_label(0), "0 s");
    EXPECT_EQ(duration_label(5), "5 s");
    EXPECT_EQ(duration_label(90), "1 min 30 s");
    EXPECT_EQ(duration_label(3600), "1 h");
    EXPECT_EQ(duration_label(21'599), "5 h 59 min 59 s");
}

TEST(slowmode_choices, are_the_usual_ones_until_something_is_typed) {
    const auto usual = names("");
    EXPECT_EQ(usual.size(), 14U);
    EXPECT_EQ(usual.front(), "désactivé");
    EXPECT_EQ(names(" ", locale::en).front(), "off");
    EXPECT_EQ(usual.back(), "6 h");
}

TEST(slowmode_choices, read_a_number_as_seconds_minutes_and_hours) {
    EXPECT_THAT(names("2"), ElementsAre("2 s", "2 min", "2 h"));
    EXPECT_THAT(names("90"), ElementsAre("1 min 30 s", "1 h 30 min"));
    EXPECT_THAT(names("0"), ElementsAre("désactivé"));
    EXPECT_THAT(names("21600"), ElementsAre("6 h"));
    for (const auto* text : {"21601", "-1", "5 min", "999999999999999999999"})
        EXPECT_THAT(names(text), ElementsAre()) << text;
}

TEST(has_slowmode, as_discord_documents_it) {
    for (const auto type : {0, 2, 10, 11, 12, 13, 15, 16})
        EXPECT_TRUE(has_slowmode(static_cast<discord::channel_type>(type))) << type;
    for (const auto type : {1, 3, 4, 5, 14})
        EXPECT_FALSE(has_slowmode(static_cast<discord::channel_type>(type))) << type;
}

TEST(moderation_texts, count_in_plain_words) {
    EXPECT_EQ(purged({{"deleted", 0}}, "<#1>", locale::fr), "Aucun message supprimé dans <#1>.");
    EXPECT_EQ(purged({{"deleted", 1}}, "<#1>", locale::fr), "1 message supprimé dans <#1>.");
    EXPECT_EQ(purged({{"deleted", 12}}, "<#1>", locale::en), "12 messages deleted in <#1>.");
    EXPECT_EQ(purging(0, 550, locale::fr), "Purge en cours… 0 message supprimé sur 550.");
    EXPECT_EQ(purging(100, 550, locale::fr), "Purge en cours… 100 messages supprimés sur 550.");
    EXPECT_EQ(purging(100, 550, locale::en), "Purging… 100 of 550 messages deleted.");
    json::object warned{{"deleted", 2}};
    bot::put_warnings(warned, {{.code = "x", .text = {"Attention.", "Careful."}}}, locale::fr);
    EXPECT_EQ(purged(warned, "<#1>", locale::fr), "2 messages supprimés dans <#1>.\n⚠️ Attention.");
}

TEST(moderation_texts, ask_before_a_big_purge) {
    purge_request request{.channel = discord::channel_id(1), .what = {.amount = 500}, .progress = {}};
    EXPECT_EQ(
        purge_question(request, locale::fr),
        "Supprimer les 500 derniers messages dans <#1> ? Les messages épinglés aussi. C'est définitif.");
    request.what.mode = purge_mode::users;
    request.what.keep_pinned = true;
    EXPECT_EQ(purge_question(request, locale::en),
              "Delete the latest 500 messages of members in <#1>? Pinned messages are kept. This cannot be "
              "undone.");
}

TEST(moderation_texts, say_what_became_of_a_lock) {
    EXPECT_EQ(locked({{"changed", true}}, "<#1>", locale::fr), "🔒 <#1> est verrouillé.");
    EXPECT_EQ(locked({{"changed", false}}, "<#1>", locale::en), "🔒 <#1> was locked already.");
    EXPECT_EQ(unlocked({{"changed", true}}, "<#1>", locale::fr), "🔓 <#1> est comme avant le verrouillage.");
    json::object nothing{{"changed", false}};
    bot::put_warnings(nothing, {{.code = "not_locked", .text = {"Rien.", "Nothing."}}}, locale::en);
    EXPECT_EQ(unlocked(nothing, "<#1>", locale::en), "⚠️ Nothing.");
    EXPECT_EQ(slowed(0, "<#1>", locale::fr), "Mode lent désactivé dans <#1>.");
    EXPECT_EQ(slowed(30, "<#1>", locale::en), "Slow mode in <#1>: one message every 30 s for each member.");
}

} // namespace
} // namespace vagrolant::moderation
