#include "json/reader.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace vagrolant::json {

using id = snowflake<struct test_tag>;

std::string error_of(auto&& read) {
    try {
        read();
    } catch (const parse_error& error) {
        return error.what();
    }
    return "no error";
}

TEST(json_reader, reads_members_in_any_order) {
    reader in;
    auto root = in.parse(R"({"b":[1,2,3],"a":{"x":"é","y":-5,"z":true,"w":1.5},"n":null})");
    auto a = root["a"];
    EXPECT_EQ(a["x"].string(), "é");
    EXPECT_EQ(a["y"].integer(), -5);
    EXPECT_TRUE(a["z"].boolean());
    EXPECT_EQ(a["w"].number(), 1.5);
    std::vector<std::int64_t> numbers;
    root["b"].each([&](value one) { numbers.push_back(one.integer()); });
    EXPECT_EQ(numbers, (std::vector<std::int64_t>{1, 2, 3}));
    EXPECT_FALSE(root.find("n"));
    EXPECT_FALSE(root.find("absent"));
}

TEST(json_reader, ids_come_as_strings_or_numbers) {
    reader in;
    auto root = in.parse(R"({"s":"175928847299117063","n":175928847299117063 ,"p":"4503599627370495"})");
    EXPECT_EQ(root["s"].id<id>(), id(175928847299117063));
    EXPECT_EQ(root["n"].id<id>(), id(175928847299117063));
    EXPECT_EQ(root["p"].decimal_string(), 4503599627370495U);
}

TEST(json_reader, an_error_names_the_path_of_the_field) {
    reader in;
    const auto* text = R"({"d":{"members":[{"user":{"id":"1"}},{"user":{"id":true}}]}})";
    EXPECT_EQ(error_of([&] {
                  in.parse(text)["d"]["members"].each([](value one) { (void)one["user"]["id"].id<id>(); });
              }),
              "d.members[1].user.id: The JSON element does not have the requested type.");
    EXPECT_EQ(error_of([&] { (void)in.parse(R"({"d":{"x":"abc"}})")["d"]["x"].id<id>(); }).substr(0, 1), "d");
    EXPECT_NE(error_of([&] { (void)in.parse(R"({"d":{"x":1}})")["d"]["y"]; }).find("lacks \"y\""),
              std::string::npos);
}

TEST(json_reader, malformed_text_is_an_error) {
    reader in;
    for (const auto* bad : {"", "{", "[1,", "\"", "nul", "{\"a\"", "\xff\xfe", "1"}) {
        EXPECT_NE(error_of([&] {
                      auto root = in.parse(bad);
                      root.each_member([](std::string_view, value member) { (void)member.raw(); });
                  }),
                  "no error")
            << bad;
    }
}

// Found by fuzzing: simdjson's assertion ended the program.
TEST(json_reader, the_outermost_value_is_no_scalar) {
    for (const auto* text : {"{}", "[1]"}) {
        reader source;
        EXPECT_THROW(source.parse(text).string(), parse_error);
        EXPECT_THROW(source.parse(text).integer(), parse_error);
        EXPECT_THROW(source.parse(text).unsigned_integer(), parse_error);
        EXPECT_THROW(source.parse(text).number(), parse_error);
        EXPECT_THROW(source.parse(text).boolean(), parse_error);
        EXPECT_THROW(source.parse(text).decimal_string(), parse_error);
    }
}

TEST(json_reader, raw_text_of_every_kind) {
    reader in;
    std::vector<std::string> seen;
    in.parse(R"({"o": {"a" : 1} ,"l":[1, 2] ,"s":"x" , "n":12 ,"b":true,"z":null })")
        .each_member([&](std::string_view, value member) { seen.emplace_back(member.raw()); });
    EXPECT_EQ(seen, (std::vector<std::string>{R"({"a" : 1})", "[1, 2]", "\"x\"", "12", "true", "null"}));
}

TEST(json_reader, depth_is_bounded_before_anything_recurses) {
    const auto nested = [](std::size_t levels) {
        return std::string(levels, '[') + std::string(levels, ']');
    };
    EXPECT_NO_THROW(check_depth(nested(64)));
    EXPECT_THROW(check_depth(nested(65)), parse_error);
    EXPECT_THROW(check_depth(nested(100'000)), parse_error);
    EXPECT_NO_THROW(check_depth(
        R"({"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"["})"));
}

TEST(path_at, walks_objects_and_arrays) {
    const std::string text = R"({"a":[{"b":"}"},{"c":[10,20]}]})";
    EXPECT_EQ(path_at(text, text.find("20")), "a[1].c[1]");
    EXPECT_EQ(path_at(text, text.find("\"}\"")), "a[0].b");
    EXPECT_EQ(path_at(text, 0), "");
}

} // namespace vagrolant::json
