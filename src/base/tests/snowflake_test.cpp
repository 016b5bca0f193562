#include "base/snowflake.hpp"

#include <gtest/gtest.h>

namespace vagrolant {

using id = snowflake<struct test_tag>;

TEST(snowflake, parses_decimal_digits_only) {
    EXPECT_EQ(id::parse("175928847299117063"), id(175928847299117063));
    for (const auto* bad :
         {"", "0", "-1", "+1", " 1", "1 ", "12a", "007", "9223372036854775808", "99999999999999999999"}) {
        EXPECT_FALSE(id::parse(bad)) << bad;
    }
}

TEST(snowflake, tells_when_it_was_made) {
    // The example of Discord Docs/Reference.
    EXPECT_EQ(id(175928847299117063).created_at().time_since_epoch().count(), 1'462'015'105'796);
}

} // namespace vagrolant
