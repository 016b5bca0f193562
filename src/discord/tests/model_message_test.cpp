#include "discord/model/message_create.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vagrolant::discord {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum limit_error::kind;

std::string text_of(const json::object& body) {
    return json::serialize(json::any(body));
}

std::string repeat(std::string_view piece, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i)
        text += piece;
    return text;
}

TEST(EmbedLimits, CountCodePointsNotBytes) {
    const embed one{.title = repeat("é", 256), .description = repeat("👋", 4096)};
    EXPECT_THAT(check(std::span(&one, 1)), IsEmpty());
    const embed longer{.title = repeat("é", 257)};
    EXPECT_THAT(check(std::span(&longer, 1)),
                ElementsAre(limit_error{too_long, "embeds[0].title", 257, 256}));
}

TEST(EmbedLimits, WhiteSpaceAroundCountsNot) {
    const embed one{.title = "  " + repeat("a", 256) + "\n"};
    EXPECT_THAT(check(std::span(&one, 1)), IsEmpty());
}

struct limit_case {
    embed what;
    limit_error expected;
};

TEST(EmbedLimits, EachOfThem) {
    const std::vector<limit_case> cases{
        {{.description = repeat("a", 4097)}, {too_long, "embeds[0].description", 4097, 4096}},
        {{.color = 0x1000000}, {out_of_range, "embeds[0].color", 0x1000000, 0xFFFFFF}},
        {{.image_url = "ftp://x"}, {bad_url, "embeds[0].image.url", 0, 0}},
        {{.url = "attachment://x.png"}, {bad_url, "embeds[0].url", 0, 0}},
        {{.thumbnail_url = "https://" + repeat("a", 2041)},
         {too_long, "embeds[0].thumbnail.url", 2049, 2048}},
        {{.author = embed_author{.name = repeat("a", 257)}}, {too_long, "embeds[0].author.name", 257, 256}},
        {{.footer = embed_footer{.text = repeat("a", 2049)}},
         {too_long, "embeds[0].footer.text", 2049, 2048}},
        {{.fields = {{.name = "", .value = "v"}}}, {required, "embeds[0].fields[0].name", 0, 256}},
        {{.fields = {{.name = "n", .value = repeat("a", 1025)}}},
         {too_long, "embeds[0].fields[0].value", 1025, 1024}},
        {{.fields = std::vector<embed_field>(26, {.name = "n", .value = "v"})},
         {too_many, "embeds[0].fields", 26, 25}},
    };
    for (const auto& one : cases)
        EXPECT_THAT(check(std::span(&one.what, 1)), ElementsAre(one.expected)) << one.expected.field;
}

TEST(EmbedLimits, SixThousandOverAllOfThem) {
    const std::vector<embed> within{{.description = repeat("a", 3000)}, {.description = repeat("a", 3000)}};
    EXPECT_THAT(check(std::span<const embed>(within)), IsEmpty());
    const std::vector<embed> beyond{{.title = "x", .description = repeat("a", 3000)},
                                    {.description = repeat("a", 3000)}};
    EXPECT_THAT(check(std::span<const embed>(beyond)),
                ElementsAre(limit_error{too_long, "embeds", 6001, 6000}));
    EXPECT_EQ(total_length(beyond), 6001U);
}

TEST(MessageLimits, ContentComponentsNonce) {
    EXPECT_THAT(check(message_create{}), ElementsAre(limit_error{required, "content", 0, 2000}));
    EXPECT_THAT(check(message_create{.content = " \n"}),
                ElementsAre(limit_error{required, "content", 0, 2000}));
    EXPECT_THAT(check(message_create{.content = repeat("é", 2001)}),
                ElementsAre(limit_error{too_long, "content", 2001, 2000}));
    EXPECT_THAT(check(message_create{.content = "a", .nonce = repeat("n", 26)}),
                ElementsAre(limit_error{too_long, "nonce", 26, 25}));
    const component row(action_row{.components = {button{.label = "b", .custom_id = "x"}}});
    EXPECT_THAT(check(message_create{.components = std::vector(6, row)}),
                ElementsAre(limit_error{too_many, "components", 6, 5}));
    EXPECT_THAT(check(message_create{.components = {container{.components = std::vector(20, row)}},
                                     .flags = message_flags::components_v2}),
                ElementsAre(limit_error{too_many, "components", 41, 40}));
}

TEST(MessageJson, MentionsNobodyUnlessTold) {
    EXPECT_EQ(text_of(to_json(message_create{.content = "@everyone"})),
              R"({"content":"@everyone","allowed_mentions":{"parse":[]}})");
    EXPECT_EQ(text_of(to_json(allowed_mentions{
                  .users = true, .role_ids = {role_id(5)}, .user_ids = {user_id(6)}, .replied_user = true})),
              R"({"parse":["users"],"roles":["5"],"replied_user":true})");
    EXPECT_EQ(text_of(to_json(allowed_mentions::all())), R"({"parse":["everyone","roles","users"]})");
}

TEST(MessageJson, Whole) {
    const message_create whole{
        .embeds = {{.title = "T",
                    .color = 0xFF8800,
                    .timestamp = parse_timestamp("2026-01-01T00:00:00Z"),
                    .image_url = "attachment://a.png",
                    .fields = {{.name = "n", .value = "v", .in_line = true}}}},
        .components = {action_row{
            .components = {button{.style = button_style::link, .label = "L", .url = "https://example.org"}}}},
        .flags = message_flags::suppress_notifications,
        .nonce = "42",
        .reply_to = message_id(9),
        .files = {{.name = "a.png", .data = "x", .description = "d"}}};
    EXPECT_EQ(
        text_of(to_json(whole)),
        R"({"embeds":[{"title":"T","color":16746496,"timestamp":"2026-01-01T00:00:00.000Z",)"
        R"("image":{"url":"attachment://a.png"},"fields":[{"name":"n","value":"v","inline":true}]}],)"
        R"("components":[{"type":1,"components":[{"type":2,"style":5,"label":"L","url":"https://example.org"}]}],)"
        R"("allowed_mentions":{"parse":[]},"flags":4096,"nonce":"42","enforce_nonce":true,)"
        R"("message_reference":{"message_id":"9","fail_if_not_exists":false},)"
        R"("attachments":[{"id":"0","filename":"a.png","description":"d"}]})");
}

TEST(MessageJson, EditsOnlyWhatIsSet) {
    EXPECT_EQ(text_of(to_json(message_edit{.content = ""})),
              R"({"content":"","allowed_mentions":{"parse":[]}})");
    EXPECT_EQ(
        text_of(to_json(message_edit{.keep_attachments = {{attachment_id(7)}}, .files = {{.name = "b"}}})),
        R"({"allowed_mentions":{"parse":[]},"attachments":[{"id":"7"},{"id":"0","filename":"b"}]})");
}

TEST(MessageJson, ReplacingTakesAwayWhatWasThere) {
    EXPECT_EQ(
        text_of(to_json(message_edit::replace({.content = "new", .flags = message_flags::ephemeral}))),
        R"({"content":"new","embeds":[],"components":[],"allowed_mentions":{"parse":[]},"attachments":[]})");
}

TEST(ComponentJson, SecondGeneration) {
    const component whole(container{
        .components = {text_display{.content = "Bonjour"},
                       section{.texts = {{.content = "a"}}, .accessory = button{.custom_id = "x/y"}},
                       separator{.large = true}, media_gallery{.items = {{.url = "attachment://a.png"}}},
                       action_row{.components = {entity_select{.type = component_type::channel_select,
                                                               .custom_id = "c",
                                                               .channel_types = {channel_type::voice}}}}},
        .accent_color = 255});
    EXPECT_EQ(
        text_of(whole.body()),
        R"({"type":17,"components":[{"type":10,"content":"Bonjour"},)"
        R"({"type":9,"components":[{"type":10,"content":"a"}],"accessory":{"type":2,"style":2,"custom_id":"x/y"}},)"
        R"({"type":14,"divider":true,"spacing":2},{"type":12,"items":[{"media":{"url":"attachment://a.png"}}]},)"
        R"({"type":1,"components":[{"type":8,"custom_id":"c","min_values":1,"max_values":1,"channel_types":[2]}]}],)"
        R"("accent_color":255})");
}

TEST(ComponentJson, Modal) {
    const modal whole{
        .custom_id = "room/rename/1",
        .title = "Renommer",
        .components = {label{.text = "Nom", .input = text_input{.custom_id = "name", .max_length = 100}}}};
    EXPECT_EQ(
        text_of(to_json(whole)),
        R"({"custom_id":"room/rename/1","title":"Renommer","components":[{"type":18,"label":"Nom",)"
        R"("component":{"type":4,"custom_id":"name","style":1,"min_length":0,"max_length":100,"required":true}}]})");
}

} // namespace
} // namespace vagrolant::discord
