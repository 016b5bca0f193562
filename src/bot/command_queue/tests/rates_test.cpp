#include "bot/command_queue/rates.hpp"

#include <gmock/gmock.h>

namespace vagrolant::bot {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

const auto start = lane_rates::time_point() + 24h;

lane_rates two_a_second_three_at_once() {
    return lane_rates({{.name = "reads", .actions = {}, .per_second = 2, .burst = 3}, {.name = "free"}});
}

TEST(LaneRates, ABurstIsFollowedByOneAtATime) {
    auto rates = two_a_second_three_at_once();
    for (int i = 0; i < 3; ++i) {
        EXPECT_THAT(rates.exhausted(start), IsEmpty()) << i;
        rates.take("1/reads", "reads", start);
    }
    EXPECT_THAT(rates.exhausted(start), ElementsAre("1/reads"));
    EXPECT_THAT(rates.exhausted(start + 499ms), ElementsAre("1/reads"));
    EXPECT_THAT(rates.exhausted(start + 500ms), IsEmpty());
    rates.take("1/reads", "reads", start + 500ms);
    EXPECT_THAT(rates.exhausted(start + 999ms), ElementsAre("1/reads"));
    EXPECT_THAT(rates.exhausted(start + 1000ms), IsEmpty());
}

TEST(LaneRates, APauseFillsTheBucketButNotBeyondItsBurst) {
    auto rates = two_a_second_three_at_once();
    rates.take("1/reads", "reads", start);
    const auto later = start + 1h;
    for (int i = 0; i < 3; ++i) {
        EXPECT_THAT(rates.exhausted(later), IsEmpty()) << i;
        rates.take("1/reads", "reads", later);
    }
    EXPECT_THAT(rates.exhausted(later), ElementsAre("1/reads"));
}

TEST(LaneRates, GuildsDoNotShareABucket) {
    auto rates = two_a_second_three_at_once();
    for (int i = 0; i < 3; ++i)
        rates.take("1/reads", "reads", start);
    rates.take("2/reads", "reads", start);
    EXPECT_THAT(rates.exhausted(start), ElementsAre("1/reads"));
}

TEST(LaneRates, ALaneWithoutARateIsNeverExhausted) {
    auto rates = two_a_second_three_at_once();
    for (int i = 0; i < 1'000; ++i) {
        rates.take("1/free", "free", start);
        rates.take("1/unheard of", "unheard of", start);
    }
    EXPECT_THAT(rates.exhausted(start), IsEmpty());
    EXPECT_EQ(rates.size(), 0U);
}

TEST(LaneRates, SaysWhenTheNextTokenComes) {
    auto rates = two_a_second_three_at_once();
    EXPECT_EQ(rates.next_token(start), std::nullopt);
    for (int i = 0; i < 3; ++i)
        rates.take("1/reads", "reads", start);
    for (int i = 0; i < 4; ++i)
        rates.take("2/reads", "reads", start);
    EXPECT_EQ(rates.next_token(start), start + 500ms);
    EXPECT_EQ(rates.next_token(start + 500ms), start + 1000ms);
    EXPECT_EQ(rates.next_token(start + 1000ms), std::nullopt);
}

TEST(LaneRates, FullBucketsAreForgotten) {
    auto rates = two_a_second_three_at_once();
    for (int guild = 0; guild < 100; ++guild)
        rates.take(std::to_string(guild) + "/reads", "reads", start);
    EXPECT_EQ(rates.size(), 100U);
    rates.exhausted(start + 500ms);
    EXPECT_EQ(rates.size(), 0U);
}

TEST(TimeToWorkOff, IsWhatTheRateTakes) {
    const lane reads{.name = "reads", .actions = {}, .per_second = 8, .burst = 3};
    EXPECT_EQ(time_to_work_off(reads, 100), 12'500ms);
    EXPECT_EQ(time_to_work_off({.name = "free"}, 100), 0ms);
}

} // namespace
} // namespace vagrolant::bot
