#include "async/backoff.hpp"

#include <gtest/gtest.h>

namespace vagrolant {
namespace {

using namespace std::chrono_literals;

TEST(backoff, pauses_double_up_to_the_last) {
    const auto longest = [](int failures) { return backoff_pause(failures, 250ms, 5000ms, 1.0); };
    EXPECT_EQ(longest(1), 250ms);
    EXPECT_EQ(longest(2), 500ms);
    EXPECT_EQ(longest(5), 4000ms);
    EXPECT_EQ(longest(6), 5000ms);
    EXPECT_EQ(longest(1'000'000), 5000ms);
    EXPECT_EQ(backoff_pause(2, 250ms, 5000ms, 0.0), 250ms);
}

TEST(backoff, begins_anew_after_a_success) {
    backoff pause(100ms, 10s);
    for (int i = 0; i < 10; ++i)
        pause.next();
    EXPECT_GE(pause.next(), 5s);
    pause.reset();
    EXPECT_LE(pause.next(), 100ms);
}

} // namespace
} // namespace vagrolant
