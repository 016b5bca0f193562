#include "base/text.hpp"

#include <gtest/gtest.h>

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

} // namespace vagrolant
