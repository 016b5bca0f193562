#include "discord/gateway/identify_gate.hpp"
#include "discord/gateway/send_limiter.hpp"

#include <gtest/gtest.h>

namespace vagrolant::discord::gateway {

using namespace std::chrono_literals;

namespace {
const clock::time_point start{1000h};
}

TEST(gateway_identify_gate, one_identify_per_bucket_and_interval) {
    identify_gate gate({.max_concurrency = 2}, start);
    EXPECT_EQ(gate.reserve(0, start), start);
    EXPECT_EQ(gate.reserve(1, start), start);
    EXPECT_EQ(gate.reserve(2, start), start + identify_gate::interval);
    EXPECT_EQ(gate.reserve(4, start), start + 2 * identify_gate::interval);
    EXPECT_EQ(gate.reserve(3, start), start + identify_gate::interval);
    EXPECT_EQ(gate.reserve(6, start + 1h), start + 1h);
}

TEST(gateway_identify_gate, asked_again_it_gives_the_same_turn) {
    identify_gate gate({}, start);
    EXPECT_EQ(gate.reserve(0, start), start);
    EXPECT_EQ(gate.reserve(1, start), start + identify_gate::interval);
    EXPECT_EQ(gate.reserve(1, start + 1s), start + identify_gate::interval);
    // A turn that was not used is over.
    EXPECT_EQ(gate.reserve(1, start + 1min), start + 1min);
}

TEST(gateway_identify_gate, the_last_identify_of_the_day_is_kept) {
    identify_gate gate({.total = 1000, .remaining = 3, .reset_after = 1h, .max_concurrency = 16}, start);
    EXPECT_EQ(gate.reserve(0, start), start);
    gate.spend(0, start);
    EXPECT_EQ(gate.remaining(), 2U);
    EXPECT_EQ(gate.reserve(1, start), start);
    // One is left beside the one promised to shard 1: it stays.
    EXPECT_EQ(gate.reserve(2, start), start + 1h);
    gate.spend(1, start);
    EXPECT_EQ(gate.reserve(3, start + 1min), start + 1h);
    EXPECT_EQ(gate.reserve(2, start + 1h), start + 1h + 0ms);
    gate.spend(2, start + 1h);
    EXPECT_EQ(gate.remaining(), 999U);
}

TEST(gateway_identify_gate, nonsense_from_outside_is_survived) {
    identify_gate gate({.total = 0, .remaining = 0, .reset_after = 0ms, .max_concurrency = 0}, start);
    EXPECT_GT(gate.reserve(0, start), start);
    gate.spend(0, start);
    EXPECT_EQ(gate.remaining(), 0U);
}

TEST(gateway_send_limiter, keeps_room_for_heartbeats) {
    send_limiter limiter;
    limiter.keep_for_heartbeats(41250ms);
    std::size_t sent = 0;
    while (limiter.ready_at(start) == start) {
        limiter.sent(start);
        ++sent;
        ASSERT_LE(sent, send_limiter::limit);
    }
    EXPECT_EQ(sent, send_limiter::limit - 4);
    EXPECT_EQ(limiter.ready_at(start + 1s), start + 60s);
    // Heartbeats do not ask, but they count.
    limiter.sent(start + 30s);
    EXPECT_EQ(limiter.ready_at(start + 59s), start + 60s);
    EXPECT_EQ(limiter.ready_at(start + 60s), start + 60s);
}

TEST(gateway_send_limiter, no_window_of_a_minute_holds_more_than_allowed) {
    send_limiter limiter;
    limiter.keep_for_heartbeats(1000ms);
    std::deque<clock::time_point> sent;
    auto now = start;
    for (int i = 0; i < 1000; ++i) {
        now = std::max(now, limiter.ready_at(now));
        limiter.sent(now);
        sent.push_back(now);
        while (sent.front() + 60s <= now)
            sent.pop_front();
        ASSERT_LE(sent.size(), 60U);
        now += 100ms;
    }
}

} // namespace vagrolant::discord::gateway
