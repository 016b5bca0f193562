#include "json/reader.hpp"

#include <gtest/gtest.h>

#include <array>
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

// Simdjson's assertion ended the program: skipping what had been half read led elsewhere than reading it.
TEST(json_reader, members_of_what_is_no_json_are_looked_for_in_any_order) {
    for (const std::string_view text : {R"({"a":{"b":1 2,"c":3},"d":4})", R"({"a":{"b":1},"c":3},"d":4})"}) {
        reader in;
        auto root = in.parse(text);
        EXPECT_EQ(root["a"]["b"].integer(), 1);
        EXPECT_EQ(root["c"].integer(), 3);
        EXPECT_FALSE(root.find("absent"));
        EXPECT_EQ(root["a"]["b"].integer(), 1);
    }
}

// Reads `from` as `guess` says: sometimes not at all, sometimes to the end, sometimes one member after
// another.
void wander(value from, std::size_t& guess, std::size_t depth = 0) {
    guess = guess * 6364136223846793005U + 1442695040888963407U;
    auto choice = guess >> 40U;
    const auto next = [&choice](std::size_t bound) {
        const auto picked = choice % bound;
        choice /= bound;
        return picked;
    };
    if (depth > 8 || next(8) == 0)
        return;
    switch (from.type()) {
    case kind::object:
        if (next(4) == 0) {
            from.each_member([&](std::string_view, value member) { wander(member, guess, depth + 1); });
            break;
        }
        for (auto left = next(6); left > 0; --left) {
            if (auto member = from.find(next(2) == 0 ? "a" : "b"))
                wander(*member, guess, depth + 1);
        }
        break;
    case kind::array:
        from.each([&](value element) { wander(element, guess, depth + 1); });
        break;
    case kind::string:
        (void)from.string();
        break;
    default:
        (void)from.raw();
    }
}

// Not inlined: AddressSanitizer gives a loop's stack back only where no exception leaves what is inlined into
// it.
[[gnu::noinline]] bool is_readable(reader& in, std::string_view text, std::size_t& guess) {
    try {
        wander(in.parse(text), guess);
        return true;
    } catch (const parse_error&) {
        return false;
    }
}

// Every text of up to four tokens between braces, and some longer ones: what is no error may be read as
// anything, but the program goes on.
TEST(json_reader, no_order_of_tokens_ends_the_program) {
    constexpr std::array<std::string_view, 10> tokens{"{", "}",      "[",       "]", ",",
                                                      ":", R"("a")", R"("b":)", "1", R"("a":)"};
    reader in;
    std::size_t guess = 1;
    std::size_t readable = 0;
    const auto attempt = [&](std::size_t number, std::size_t length) {
        std::string text = R"({"a":)";
        for (; length > 0; --length, number /= tokens.size())
            text += tokens[number % tokens.size()];
        text += '}';
        if (is_readable(in, text, guess))
            ++readable;
    };
    std::size_t count = 1;
    for (std::size_t length = 0; length <= 4; ++length, count *= tokens.size()) {
        for (std::size_t number = 0; number < count; ++number)
            attempt(number, length);
    }
    std::size_t number = 1;
    for (std::size_t n = 0; n < 10'000; ++n) {
        number = number * 6364136223846793005U + 1442695040888963407U;
        attempt(number >> 5U, 5 + n % 12);
    }
    EXPECT_GT(readable, 1000U);
}

// AddressSanitizer sees what is read behind the padding.
TEST(json_reader, a_text_that_was_cut_off_is_not_read_beyond) {
    reader in;
    const std::string_view whole = R"({"a":[1],"b":{"c":"d"}})";
    // Begins what would go on for ever.
    for (const char behind : {'"', '1', ' '}) {
        const auto read = [&](std::size_t size) {
            std::vector<char> text(size + padding, behind == '"' ? 'x' : behind);
            std::ranges::copy(whole.substr(0, size), text.begin());
            text[size] = behind;
            auto root = in.parse_in_place(std::string_view(text.data(), size));
            (void)root["a"].raw();
            (void)root["b"]["c"].string();
            (void)root.find("absent");
        };
        for (std::size_t size = 0; size < whole.size(); ++size)
            EXPECT_THROW(read(size), parse_error) << size << behind;
        EXPECT_NO_THROW(read(whole.size())) << behind;
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
