#include "features/announcements/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vagrolant::announcements {
namespace {

using discord::channel_type;
using discord::permission;
using discord::permissions;
using testing::HasSubstr;

std::string repeat(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

struct refused_draft {
    const char* name;
    draft wanted;
    std::string code;
    std::string french;
};

void PrintTo(const refused_draft& one, std::ostream* out) {
    *out << one.name;
}

class announcements_refused : public testing::TestWithParam<refused_draft> {};

TEST_P(announcements_refused, with_a_reason_in_both_languages) {
    const auto result = compose(GetParam().wanted, mention_policy::all);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, GetParam().code);
    EXPECT_THAT(result.error().reason.fr, HasSubstr(GetParam().french));
    EXPECT_FALSE(result.error().reason.en.empty());
    EXPECT_NE(result.error().reason.en, result.error().reason.fr);
}

INSTANTIATE_TEST_SUITE_P(
    drafts, announcements_refused,
    testing::Values(
        refused_draft{"nothing", {}, "empty", "vide"},
        refused_draft{"space", {.message = " \n\t"}, "empty", "vide"},
        refused_draft{"empty_embed", {.embed = embed_draft{}}, "empty", "vide"},
        refused_draft{"colour_alone", {.embed = embed_draft{.color = "#112233"}}, "empty", "vide"},
        refused_draft{
            "long_message", {.message = repeat("é", 2001)}, "too_long", "2001 caractères, 2000 au plus"},
        refused_draft{
            "long_title", {.embed = embed_draft{.title = repeat("😀", 257)}}, "too_long", "257 caractères"},
        refused_draft{"long_description",
                      {.embed = embed_draft{.description = repeat("x", 4097)}},
                      "too_long",
                      "4097 caractères"},
        refused_draft{"long_image",
                      {.embed = embed_draft{.image = "https://example.com/" + repeat("x", 2048)}},
                      "too_long",
                      "L'adresse de l'image compte 2068 caractères, 2048 au plus"},
        refused_draft{
            "colour_name", {.embed = embed_draft{.title = "a", .color = "red"}}, "bad_color", "« red »"},
        refused_draft{
            "no_scheme", {.embed = embed_draft{.image = "example.com/a.png"}}, "bad_image", "https://"},
        refused_draft{
            "script", {.embed = embed_draft{.image = "javascript:alert(1)"}}, "bad_image", "https://"},
        refused_draft{
            "attachment", {.embed = embed_draft{.image = "attachment://a.png"}}, "bad_image", "https://"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(announcements, what_fits_exactly_is_taken_and_counted_in_characters) {
    const draft wanted{.message = repeat("😀", 2000),
                       .embed = embed_draft{.title = repeat("é", 256), .description = repeat("😀", 4096)}};
    EXPECT_TRUE(compose(wanted, mention_policy::all));
}

TEST(announcements, white_space_around_texts_is_left_out) {
    const auto message = compose({.message = "  Bonjour \n",
                                  .embed = embed_draft{.title = " T ",
                                                       .description = "\nD\n",
                                                       .color = " #e11D48 ",
                                                       .image = " https://example.com/a.png "}},
                                 mention_policy::all);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->content, "Bonjour");
    ASSERT_EQ(message->embeds.size(), 1U);
    EXPECT_EQ(message->embeds[0].title, "T");
    EXPECT_EQ(message->embeds[0].description, "D");
    EXPECT_EQ(message->embeds[0].color, 0xE11D48U);
    EXPECT_EQ(message->embeds[0].image_url, "https://example.com/a.png");
}

TEST(announcements, an_empty_embed_beside_a_message_is_left_out) {
    const auto message = compose({.message = "Bonjour", .embed = embed_draft{}}, mention_policy::all);
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->embeds.empty());
}

TEST(announcements, colours_are_six_hexadecimal_digits_behind_a_hash) {
    EXPECT_EQ(parse_color("#000000"), 0U);
    EXPECT_EQ(parse_color("#FFFFFF"), 0xFFFFFFU);
    EXPECT_EQ(parse_color("#e11d48"), 0xE11D48U);
    for (const auto* wrong :
         {"", "#", "FFFFFF", "#FFF", "#FFFFFFF", "#GGGGGG", "#-1FFFF", "#+1FFFF", "# 1FFFF", "0xFFFFF"})
        EXPECT_EQ(parse_color(wrong), std::nullopt) << wrong;
}

TEST(announcements, mentions_notify_at_most_whom_the_draft_and_the_guild_let_them) {
    using enum mention_policy;
    for (const auto wanted : {none, users, all}) {
        for (const auto allowed : {none, users, all}) {
            const auto message = compose({.message = "@everyone", .mentions = wanted}, allowed);
            ASSERT_TRUE(message);
            EXPECT_EQ(message->allowed_mentions.everyone, wanted == all && allowed == all);
            EXPECT_EQ(message->allowed_mentions.roles, wanted == all && allowed == all);
            EXPECT_EQ(message->allowed_mentions.users, wanted != none && allowed != none);
        }
    }
}

TEST(announcements, the_nonce_is_the_command_s_id_and_short_enough) {
    EXPECT_EQ(nonce_of("00000000-0000-0000-0000-000000000000"), "AAAAAAAAAAAAAAAAAAAAAA");
    EXPECT_EQ(nonce_of("ffffffff-ffff-ffff-ffff-ffffffffffff"), "_____________________w");
    const auto one = nonce_of("3f2504e0-4f89-41d3-9a0c-0305e82c3301");
    EXPECT_EQ(one.size(), 22U);
    EXPECT_EQ(one, nonce_of("3F2504E0-4F89-41D3-9A0C-0305E82C3301"));
    EXPECT_NE(one, nonce_of("3f2504e0-4f89-41d3-9a0c-0305e82c3302"));
    EXPECT_LE(nonce_of(repeat("f", 500)).size(), 25U);
}

struct place {
    const char* name;
    std::optional<target> where;
    bool with_embed;
    std::string code;
    std::string french;
};

void PrintTo(const place& one, std::ostream* out) {
    *out << one.name;
}

class announcements_place : public testing::TestWithParam<place> {};

TEST_P(announcements_place, is_judged_by_type_and_permissions) {
    discord::message_create message{.content = "Bonjour"};
    if (GetParam().with_embed)
        message.embeds.push_back({.title = "T"});
    const auto refused = objection(message, GetParam().where);
    EXPECT_EQ(refused ? refused->code : "", GetParam().code);
    if (refused)
        EXPECT_THAT(refused->reason.fr, HasSubstr(GetParam().french));
}

constexpr permissions writing{permission::view_channel, permission::send_messages};
constexpr permissions embedding = writing | permission::embed_links;

target at(channel_type type, permissions own, std::string name = "salon") {
    return {.type = type, .name = std::move(name), .own = own};
}

INSTANTIATE_TEST_SUITE_P(
    places, announcements_place,
    testing::Values(
        place{"unknown", std::nullopt, false, "unknown_channel", "n'existe pas"},
        place{"text", at(channel_type::text, writing), false, "", ""},
        place{"news", at(channel_type::announcement, embedding), true, "", ""},
        place{"voice", at(channel_type::voice, embedding), false, "wrong_channel_type", "#salon n'est ni"},
        place{"category", at(channel_type::category, embedding), false, "wrong_channel_type", "#salon"},
        place{"forum", at(channel_type::forum, embedding), false, "wrong_channel_type", "#salon"},
        place{"stage", at(channel_type::stage, embedding), false, "wrong_channel_type", "#salon"},
        place{"media", at(channel_type::media, embedding), false, "wrong_channel_type", "#salon"},
        place{"thread", at(channel_type::public_thread, embedding), false, "wrong_channel_type", "#salon"},
        place{"no_links", at(channel_type::text, writing), true, "missing_permissions", "dans #salon"},
        place{"links_not_needed", at(channel_type::text, writing), false, "", ""},
        place{"no_writing", at(channel_type::text, permission::view_channel), false, "missing_permissions",
              "Permissions insuffisantes"},
        place{"hidden", at(channel_type::text, {}, ""), false, "missing_permissions", "dans ce salon"}),
    [](const auto& info) { return std::string(info.param.name); });

using enum mention_policy;

TEST(announcements_mentions, who_may_not_mention_everyone_does_not_do_it_through_the_bot) {
    for (const auto of_guild : {none, users, all}) {
        EXPECT_EQ(allowed_to(true, of_guild), of_guild);
        EXPECT_EQ(allowed_to(false, of_guild), std::min(of_guild, users));
    }
}

struct withheld_case {
    const char* text;
    mention_policy wanted;
    mention_policy allowed;
    bool told;
};

class announcements_withheld : public testing::TestWithParam<withheld_case> {};

TEST_P(announcements_withheld, is_told_where_the_text_has_such_mentions) {
    const auto& [text, wanted, allowed, told] = GetParam();
    const auto found = withheld({.message = text, .embed = {}, .mentions = wanted}, allowed);
    EXPECT_EQ(found.has_value(), told) << text;
    if (found)
        EXPECT_EQ(found->code, "mentions_withheld");
}

INSTANTIATE_TEST_SUITE_P(
    all, announcements_withheld,
    testing::Values(withheld_case{"@everyone", all, all, false}, withheld_case{"@everyone", all, users, true},
                    withheld_case{"@here", all, none, true}, withheld_case{"<@&5>", all, users, true},
                    withheld_case{"<@&5>", users, users, false}, withheld_case{"<@5>", all, users, false},
                    withheld_case{"<@5>", users, none, true}, withheld_case{"<@&5> <@6>", users, none, true},
                    withheld_case{"<@&5>", users, none, false},
                    withheld_case{"<@6> <@&5>", users, users, false},
                    withheld_case{"<@5>", none, none, false}, withheld_case{"nobody", all, none, false}));

} // namespace
} // namespace vagrolant::announcements
