#include "base/text.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace vagrolant {

TEST(text, length_counts_code_points) {
    EXPECT_EQ(text::length(""), 0U);
    EXPECT_EQ(text::length("été"), 3U);
    EXPECT_EQ(text::length("🎧 ok"), 4U);
}

TEST(text, truncate_keeps_whole_characters_and_marks_the_cut) {
    EXPECT_EQ(text::truncate("été", 3), "été");
    EXPECT_EQ(text::truncate("étés", 3), "ét…");
    EXPECT_EQ(text::truncate("🎧🎧🎧", 2), "🎧…");
    EXPECT_EQ(text::truncate("a", 0), "");
}

TEST(text, trim_removes_white_space_at_both_ends) {
    EXPECT_EQ(text::trim(" \t a b\n"), "a b");
    EXPECT_EQ(text::trim("   "), "");
}

TEST(text, is_utf8_refuses_malformed_sequences) {
    EXPECT_TRUE(text::is_utf8("plain, été, 🎧"));
    EXPECT_FALSE(text::is_utf8("\xC3"));             // cut
    EXPECT_FALSE(text::is_utf8("\xC0\xAF"));         // overlong
    EXPECT_FALSE(text::is_utf8("\xED\xA0\x80"));     // surrogate
    EXPECT_FALSE(text::is_utf8("\xF4\x90\x80\x80")); // above U+10FFFF
    EXPECT_FALSE(text::is_utf8("\x80"));
}

TEST(text, percent_encode_leaves_unreserved_characters) {
    EXPECT_EQ(text::percent_encode("aZ09-._~"), "aZ09-._~");
    EXPECT_EQ(text::percent_encode("a b/é+%"), "a%20b%2F%C3%A9%2B%25");
}

TEST(text, to_number_takes_all_of_a_number_or_nothing) {
    EXPECT_EQ(text::to_number<int>("-12"), -12);
    EXPECT_EQ(text::to_number<double>("0.5"), 0.5);
    EXPECT_EQ(text::to_number<std::uint16_t>("65535"), 65535);
    for (const auto* wrong : {"", " 1", "1 ", "+1", "1x", "65536", "-1"})
        EXPECT_FALSE(text::to_number<std::uint16_t>(wrong)) << wrong;
}

} // namespace vagrolant
