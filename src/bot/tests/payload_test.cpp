#include "bot/payload.hpp"
#include "bot/refusal.hpp"
#include "discord/model/ids.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vagrolant::bot {
namespace {

using discord::channel_id;
using testing::HasSubstr;

class payload_test : public testing::Test {
protected:
    payload read(std::string_view text) { return payload::parse(reader_, text); }

    // The reason in French of what `use` is refused for.
    template <class Use>
    std::string reason(std::string_view text, Use use) {
        try {
            auto data = read(text);
            use(data);
        } catch (const refused& error) {
            EXPECT_EQ(error.why().code, "bad_payload");
            EXPECT_FALSE(error.why().reason.en.empty());
            return error.why().reason.fr;
        }
        return "taken";
    }

    json::reader reader_;
};

const auto read_id = [](payload& data) { data.id<channel_id>("channelId"); };
const auto read_text = [](payload& data) { data.text("message"); };
const auto read_inner = [](payload& data) { data.object("embed")->text("title"); };

TEST_F(payload_test, members_are_read_by_type_in_any_order) {
    auto data = read(R"({"embed": {"b": "2", "a": "1"}, "message": "é😀", "channelId": "42", "other": [1]})");
    EXPECT_EQ(data.id<channel_id>("channelId"), channel_id(42));
    auto embed = data.object("embed");
    ASSERT_TRUE(embed);
    EXPECT_EQ(embed->text("a"), "1");
    EXPECT_EQ(embed->text("b"), "2");
    EXPECT_EQ(data.text("message"), "é😀");
}

TEST_F(payload_test, absent_and_null_are_the_same) {
    auto data = read(R"({"message": null, "embed": null})");
    EXPECT_EQ(data.text("message"), std::nullopt);
    EXPECT_EQ(data.text("nothing"), std::nullopt);
    EXPECT_FALSE(data.object("embed"));
    for (const auto* empty : {"", "null", "{}", "  {} "})
        EXPECT_EQ(read(empty).text("message"), std::nullopt) << empty;
}

TEST_F(payload_test, what_is_no_object_is_refused) {
    for (const auto* text : {"[]", "[1]", "\"text\"", "42", "true", "{", "{]", "}", "nonsense"})
        EXPECT_THAT(reason(text, read_text),
                    testing::AnyOf(HasSubstr("objet JSON"), HasSubstr("JSON valide")))
            << text;
}

TEST_F(payload_test, a_wrong_type_names_the_field_with_its_path) {
    EXPECT_EQ(reason("{}", read_id),
              "Champ « channelId » invalide : un identifiant Discord (écrit comme un texte) est attendu.");
    for (const auto* wrong : {R"({"channelId": 42})", R"({"channelId": null})", R"({"channelId": ["1"]})"})
        EXPECT_THAT(reason(wrong, read_id), HasSubstr("« channelId »")) << wrong;
    for (const auto* wrong : {"", "0", "-1", "01", "1.5", "general", "99999999999999999999", " 1"}) {
        EXPECT_THAT(reason("{\"channelId\": \"" + std::string(wrong) + "\"}", read_id),
                    HasSubstr("« channelId »"))
            << wrong;
    }
    EXPECT_THAT(reason(R"({"message": 5})", read_text), HasSubstr("« message » invalide : un texte"));
    EXPECT_THAT(reason(R"({"embed": "x"})", read_inner), HasSubstr("« embed » invalide : un objet"));
    EXPECT_THAT(reason(R"({"embed": {"title": {}}})", read_inner),
                HasSubstr("« embed.title » invalide : un texte"));
}

TEST_F(payload_test, numbers_are_whole_and_within_their_bounds) {
    const auto amount = [this](std::string_view text) { return read(text).integer("amount", 1, 1000); };
    EXPECT_EQ(amount(R"({"amount": 1})"), 1);
    EXPECT_EQ(amount(R"({"amount": 1000})"), 1000);
    const auto read_amount = [](payload& data) { data.integer("amount", 1, 1000); };
    for (const auto* wrong : {"0", "1001", "-1", "1.5", "1e3", "\"50\"", "null", "true", "[]",
                              "9223372036854775808", "-9223372036854775809"}) {
        EXPECT_EQ(reason("{\"amount\": " + std::string(wrong) + "}", read_amount),
                  "Champ « amount » invalide : un nombre entier de 1 à 1000 est attendu.")
            << wrong;
    }
    EXPECT_THAT(reason("{}", read_amount), HasSubstr("« amount »"));
}

TEST_F(payload_test, booleans_are_nothing_else) {
    auto data = read(R"({"a": true, "b": false, "c": null})");
    EXPECT_EQ(data.boolean("a"), true);
    EXPECT_EQ(data.boolean("b"), false);
    EXPECT_EQ(data.boolean("c"), std::nullopt);
    EXPECT_EQ(data.boolean("d"), std::nullopt);
    const auto read_flag = [](payload& data) { data.boolean("keepPinned"); };
    for (const auto* wrong : {"0", "1", "\"true\"", "[]", "{}"})
        EXPECT_THAT(reason("{\"keepPinned\": " + std::string(wrong) + "}", read_flag),
                    HasSubstr("« keepPinned » invalide"))
            << wrong;
}

TEST_F(payload_test, lists_of_ids_are_bounded_and_hold_no_id_twice) {
    const auto read_ids = [](payload& data) { data.ids<channel_id>("ids", 2); };
    auto data = read(R"({"ids": ["42", "43"], "none": []})");
    EXPECT_EQ(data.ids<channel_id>("ids", 2), (std::vector{channel_id(42), channel_id(43)}));
    EXPECT_EQ(data.ids<channel_id>("none", 2), std::vector<channel_id>());
    EXPECT_EQ(data.ids<channel_id>("nothing", 2), std::nullopt);
    for (const auto* text : {R"({"ids": ["1", "2", "3"]})", R"({"ids": ["1", "1"]})", R"({"ids": [1]})",
                             R"({"ids": ["x"]})", R"({"ids": "1"})", R"({"ids": [["1"]]})"})
        EXPECT_THAT(reason(text, read_ids), HasSubstr("« ids »")) << text;
}

TEST_F(payload_test, an_id_can_be_left_out_and_emptied) {
    auto data = read(R"({"a": "42", "b": "", "c": null})");
    EXPECT_EQ(data.optional_id<channel_id>("a"), channel_id(42));
    EXPECT_EQ(data.optional_id<channel_id>("b"), channel_id());
    EXPECT_EQ(data.optional_id<channel_id>("c"), std::nullopt);
    EXPECT_THAT(reason(R"({"a": "x"})", [](payload& one) { one.optional_id<channel_id>("a"); }),
                HasSubstr("« a »"));
}

TEST_F(payload_test, numbers_that_may_be_left_out_are_held_to_their_bounds) {
    auto data = read(R"({"a": 7, "b": null})");
    EXPECT_EQ(data.optional_integer("a", 0, 7), 7);
    EXPECT_EQ(data.optional_integer("b", 0, 7), std::nullopt);
    for (const auto* text : {R"({"a": 8})", R"({"a": -1})", R"({"a": 1.5})", R"({"a": "7"})"})
        EXPECT_THAT(reason(text, [](payload& one) { one.optional_integer("a", 0, 7); }),
                    HasSubstr("de 0 à 7"))
            << text;
}

} // namespace
} // namespace vagrolant::bot
