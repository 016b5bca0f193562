#include "discord/rest/answer.hpp"
#include "discord/rest/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <tuple>

namespace vagrolant::discord::rest {

using namespace std::chrono_literals;

class rate_limiter_test : public testing::Test {
protected:
    using scope = limiter_answer::scope;

    std::expected<ticket, refusal> enqueue(std::string route, std::string major,
                                           rest_priority priority = rest_priority::normal) {
        return limiter_.enqueue({.route = {std::move(route), std::move(major)}, .priority = priority}, now_);
    }

    ticket queue(std::string route, std::string major, rest_priority priority = rest_priority::normal) {
        return enqueue(std::move(route), std::move(major), priority).value();
    }

    /// Those let go now, in order. None may be refused.
    std::vector<ticket> go() {
        std::vector<ticket> sent;
        for (const auto& verdict : limiter_.poll(now_)) {
            EXPECT_FALSE(verdict.refused);
            sent.push_back(verdict.which);
        }
        return sent;
    }

    /// An answer of a bucket whose window ends at `window_end`.
    limiter_answer with_limits(std::string bucket, unsigned limit, unsigned remaining, duration reset_after) {
        const auto end = now_ + reset_after - time_point{};
        return {.status = 200,
                .bucket = std::move(bucket),
                .limit = limit,
                .remaining = remaining,
                .reset = std::chrono::duration<double>(end).count(),
                .reset_after = reset_after};
    }

    limiter_answer limited(duration retry_after, scope by) {
        return {.status = 429, .retry_after = retry_after, .limited_by = by};
    }

    /// Makes the bucket of a route known.
    void learn(const std::string& route, const std::string& major, unsigned limit, unsigned remaining,
               duration reset_after) {
        const auto probe = queue(route, major);
        ASSERT_EQ(go(), std::vector{probe});
        limiter_.answered(probe, with_limits("hash of " + route, limit, remaining, reset_after), now_);
    }

    time_point now_ = time_point{} + 1000h;
    rate_limiter limiter_{{.max_in_flight = 1000}};
};

using tickets = std::vector<ticket>;

/// How long a request counts for the limit of so many a second.
constexpr auto global_second = 1050ms;

TEST_F(rate_limiter_test, an_unknown_route_is_probed_by_one_request_until_its_bucket_is_known) {
    const auto first = queue("GET /a", "1");
    const auto second = queue("GET /a", "1");
    const auto third = queue("GET /a", "1");
    EXPECT_EQ(go(), tickets{first});
    EXPECT_EQ(go(), tickets{});
    EXPECT_EQ(limiter_.next_poll(now_), std::nullopt);

    limiter_.answered(first, with_limits("h", 5, 4, 5s), now_);
    EXPECT_EQ(go(), (tickets{second, third}));
}

TEST_F(rate_limiter_test, a_probe_that_failed_lets_the_next_one_probe) {
    const auto first = queue("GET /a", "1");
    const auto second = queue("GET /a", "1");
    const auto third = queue("GET /a", "1");
    EXPECT_EQ(go(), tickets{first});
    limiter_.abandon(first, now_);
    EXPECT_EQ(go(), tickets{second});
    limiter_.answered(second, {.status = 502}, now_);
    EXPECT_EQ(go(), tickets{third});
}

TEST_F(rate_limiter_test, a_route_without_limits_is_only_limited_globally) {
    const auto probe = queue("GET /a", "1");
    go();
    limiter_.answered(probe, {.status = 200}, now_);
    for (int i = 0; i < 60; ++i)
        queue("GET /a", "1");
    EXPECT_EQ(go().size(), 49);
    now_ += global_second;
    EXPECT_EQ(go().size(), 11);
}

TEST_F(rate_limiter_test, an_exhausted_bucket_opens_when_its_window_ends) {
    learn("POST /m", "1", 2, 0, 3s);
    const tickets some{queue("POST /m", "1"), queue("POST /m", "1"), queue("POST /m", "1")};
    EXPECT_EQ(go(), tickets{});
    EXPECT_EQ(limiter_.next_poll(now_), now_ + 3s);
    now_ += 3s;
    EXPECT_EQ(go(), (tickets{some[0], some[1]}));
}

TEST_F(rate_limiter_test, what_is_in_flight_counts) {
    learn("POST /m", "1", 3, 2, 3s);
    const tickets some{queue("POST /m", "1"), queue("POST /m", "1"), queue("POST /m", "1")};
    EXPECT_EQ(go(), (tickets{some[0], some[1]}));
    limiter_.answered(some[0], with_limits("hash of POST /m", 3, 1, 3s), now_);
    EXPECT_EQ(go(), tickets{});
    // A request whose answer never came may have been counted.
    limiter_.abandon(some[1], now_);
    EXPECT_EQ(go(), tickets{});
    now_ += 3s;
    EXPECT_EQ(go(), tickets{some[2]});
}

TEST_F(rate_limiter_test, answers_that_overtake_each_other_do_not_open_the_bucket) {
    learn("POST /m", "1", 5, 4, 5s);
    const tickets some{queue("POST /m", "1"), queue("POST /m", "1"), queue("POST /m", "1")};
    EXPECT_EQ(go(), some);
    const auto earlier = with_limits("hash of POST /m", 5, 3, 5s);
    const auto later = with_limits("hash of POST /m", 5, 1, 5s);
    limiter_.answered(some[2], later, now_);
    limiter_.answered(some[0], earlier, now_);
    limiter_.answered(some[1], with_limits("hash of POST /m", 5, 2, 5s), now_);
    queue("POST /m", "1");
    queue("POST /m", "1");
    EXPECT_EQ(go().size(), 1);
}

TEST_F(rate_limiter_test, a_new_window_is_taken_from_the_answer) {
    learn("POST /m", "1", 2, 1, 1s);
    const auto next = queue("POST /m", "1");
    now_ += 999ms;
    EXPECT_EQ(go(), tickets{next});
    now_ += 50ms;
    limiter_.answered(next, with_limits("hash of POST /m", 2, 1, 990ms), now_);
    EXPECT_EQ((queue("POST /m", "1"), go().size()), 1);
    EXPECT_EQ((queue("POST /m", "1"), go().size()), 0);
}

TEST_F(rate_limiter_test, major_parameters_have_buckets_of_their_own) {
    learn("POST /m", "1", 1, 0, 5s);
    const auto blocked = queue("POST /m", "1");
    const auto other = queue("POST /m", "2");
    EXPECT_EQ(go(), tickets{other});
    now_ += 5s;
    EXPECT_EQ(go(), tickets{blocked});
}

TEST_F(rate_limiter_test, routes_with_one_hash_share_a_bucket_in_order) {
    learn("PUT /r", "1", 3, 2, 5s);
    const auto probe = queue("DELETE /r", "1");
    go();
    limiter_.answered(probe, with_limits("hash of PUT /r", 3, 1, 5s), now_);
    const auto first = queue("DELETE /r", "1");
    const auto second = queue("PUT /r", "1");
    EXPECT_EQ(go(), tickets{first});
    now_ += 5s;
    EXPECT_EQ(go(), tickets{second});
}

TEST_F(rate_limiter_test, a_waiting_bucket_blocks_no_other) {
    learn("POST /m", "1", 1, 0, 60s);
    for (int i = 0; i < 20; ++i)
        queue("POST /m", "1", rest_priority::urgent);
    const auto other = queue("GET /other", "", rest_priority::background);
    EXPECT_EQ(go(), tickets{other});
}

TEST_F(rate_limiter_test, priorities_first_then_first_come_first_served) {
    learn("POST /m", "1", 6, 0, 5s);
    const auto background = queue("POST /m", "1", rest_priority::background);
    const auto normal = queue("POST /m", "1");
    const auto normal_later = queue("POST /m", "1");
    const auto urgent = queue("POST /m", "1", rest_priority::urgent);
    now_ += 5s;
    EXPECT_EQ(go(), (tickets{urgent, normal, normal_later, background}));
}

// Rooms are made one after another, but whoever has one is moved before the next is made; panels wait for
// both.
TEST_F(rate_limiter_test, a_move_goes_before_a_room_and_a_room_before_a_panel) {
    limiter_ = rate_limiter({.requests_per_second = 2, .max_in_flight = 1000});
    const auto log = queue("POST /log", "1", rest_priority::background);
    const auto panel = queue("POST /panel", "1");
    const auto room = queue("POST /room", "1", rest_priority::high);
    const auto other_room = queue("POST /room", "2", rest_priority::high);
    const auto move = queue("PATCH /member", "1", rest_priority::urgent);
    EXPECT_EQ(go(), (tickets{move, room}));
    now_ += global_second;
    const auto other_move = queue("PATCH /member", "2", rest_priority::urgent);
    EXPECT_EQ(go(), (tickets{other_move, other_room}));
    now_ += global_second;
    EXPECT_EQ(go(), (tickets{panel, log}));
}

TEST_F(rate_limiter_test, so_many_are_on_their_way_and_urgent_ones_a_few_more) {
    limiter_ = rate_limiter({.max_in_flight = 2, .urgent_in_flight = 1});
    const auto first = queue("GET /a", "");
    const auto second = queue("GET /b", "");
    const auto normal = queue("GET /c", "");
    EXPECT_EQ(go(), (tickets{first, second}));
    EXPECT_EQ(limiter_.next_poll(now_), std::nullopt);
    const auto urgent = queue("GET /d", "", rest_priority::urgent);
    const auto urgent_too = queue("GET /e", "", rest_priority::urgent);
    EXPECT_EQ(go(), tickets{urgent});
    limiter_.answered(first, {.status = 200}, now_);
    EXPECT_EQ(go(), tickets{urgent_too});
    limiter_.answered(urgent, {.status = 200}, now_);
    EXPECT_EQ(go(), tickets{});
    limiter_.abandon(second, now_);
    EXPECT_EQ(go(), tickets{normal});
}

TEST_F(rate_limiter_test, the_global_limit_is_a_sliding_second_and_spares_exempt_routes) {
    for (int i = 0; i < 120; ++i)
        queue("GET /" + std::to_string(i), "");
    EXPECT_EQ(go().size(), 50);
    const auto callback = limiter_.enqueue({.route = {"POST /interactions/{id}/{token}/callback", "1/t"},
                                            .priority = rest_priority::urgent,
                                            .exempt = true},
                                           now_);
    EXPECT_EQ(go(), tickets{callback.value()});
    EXPECT_EQ(limiter_.next_poll(now_), now_ + global_second);
    now_ += global_second - 1ms;
    EXPECT_EQ(go().size(), 0);
    now_ += 1ms;
    EXPECT_EQ(go().size(), 50);
    now_ += global_second;
    EXPECT_EQ(go().size(), 20);
}

TEST_F(rate_limiter_test, a_global_429_stops_all_but_exempt_routes) {
    const auto first = queue("GET /a", "1");
    go();
    limiter_.answered(first, limited(2500ms, scope::global), now_);
    const auto second = queue("GET /b", "2");
    const auto exempt =
        limiter_.enqueue({.route = {"POST /webhooks/{id}/{token}", "1/t"}, .exempt = true}, now_);
    EXPECT_EQ(go(), tickets{exempt.value()});
    now_ += 2499ms;
    EXPECT_EQ(go(), tickets{});
    now_ += 1ms;
    EXPECT_EQ(go(), tickets{second});
}

TEST_F(rate_limiter_test, a_user_429_stops_its_bucket) {
    learn("PUT /r", "1", 5, 4, 5s);
    learn("GET /x", "1", 5, 4, 5s);
    const auto hit = queue("PUT /r", "1");
    go();
    limiter_.answered(hit, limited(2s, scope::user), now_);
    const auto waits = queue("PUT /r", "1");
    const auto free = queue("GET /x", "1");
    EXPECT_EQ(go(), tickets{free});
    EXPECT_EQ(limiter_.next_poll(now_), now_ + 2s);
    now_ += 5s;
    EXPECT_EQ(go(), tickets{waits});
}

TEST_F(rate_limiter_test, a_shared_429_stops_the_route_of_this_resource_not_its_bucket) {
    learn("PUT /r", "1", 5, 4, 5s);
    const auto probe = queue("DELETE /r", "1");
    go();
    limiter_.answered(probe, with_limits("hash of PUT /r", 5, 3, 5s), now_);

    const auto hit = queue("PUT /r", "1");
    go();
    auto answer = with_limits("hash of PUT /r", 5, 2, 5s);
    answer.status = 429;
    answer.retry_after = 60s;
    answer.limited_by = scope::shared;
    limiter_.answered(hit, answer, now_);

    const auto waits = queue("PUT /r", "1");
    const auto same_bucket = queue("DELETE /r", "1");
    const auto other_resource = queue("PUT /r", "2");
    EXPECT_EQ(go(), (tickets{same_bucket, other_resource}));
    now_ += 60s;
    EXPECT_EQ(go(), tickets{waits});
}

// A channel's third new name within ten minutes: the headers still show room, the wait is minutes.
TEST_F(rate_limiter_test, a_limit_that_the_headers_do_not_show_holds_for_its_variant_alone) {
    const auto rename = [&] {
        return limiter_.enqueue({.route = {"PATCH /channels/{id}", "1"}, .variant = "name"}, now_).value();
    };
    const auto first = rename();
    go();
    limiter_.answered(first, with_limits("h", 5, 4, 15s), now_);
    const auto second = rename();
    go();
    auto answer = with_limits("h", 5, 0, 10s);
    answer.status = 429;
    answer.retry_after = 9min;
    limiter_.answered(second, answer, now_);

    const auto third = rename();
    const auto bitrate = queue("PATCH /channels/{id}", "1");
    EXPECT_EQ(go(), tickets{bitrate});
    limiter_.answered(bitrate, with_limits("h", 5, 4, 15s), now_);
    now_ += 9min;
    EXPECT_EQ(go(), tickets{third});
}

TEST_F(rate_limiter_test, a_limit_of_discords_that_lasts_too_long_is_told_at_once) {
    learn("POST /m", "1", 2, 0, 10s);
    const auto with_limit = [&](duration limit) {
        return limiter_.enqueue({.route = {"POST /m", "1"}, .limit = limit}, now_);
    };
    const auto hopeless = with_limit(9s);
    ASSERT_FALSE(hopeless);
    EXPECT_EQ(hopeless.error().reason, refusal_reason::too_long);
    EXPECT_EQ(hopeless.error().retry_after, 10s);

    // The place in the queue counts as well: two go in 10 s, the third in 20 s.
    EXPECT_TRUE(with_limit(15s));
    EXPECT_TRUE(with_limit(15s));
    const auto third = with_limit(15s);
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().retry_after, 20s);
}

// 500 members join hubs in one second: at 50 calls a second the last one's turn comes after 20 s with the
// moves, and nobody is refused although a call may take 15 s only.
TEST_F(rate_limiter_test, waiting_for_ones_turn_is_no_failure) {
    const auto began = now_;
    std::map<ticket, unsigned> rooms;
    for (unsigned guild = 0; guild < 500; ++guild) {
        const auto which = limiter_.enqueue({.route = {"POST /room", std::to_string(guild)},
                                             .priority = rest_priority::high,
                                             .limit = 15s,
                                             .give_up_at = now_ + 75s},
                                            now_);
        ASSERT_TRUE(which);
        rooms.emplace(*which, guild);
    }
    std::set<ticket> moves;
    std::size_t moved = 0;
    while (moved < 500 && now_ < began + 1min) {
        for (const auto one : go()) {
            limiter_.answered(one, {.status = 200}, now_);
            if (moves.contains(one))
                ++moved;
            else
                moves.insert(queue("PATCH /member", std::to_string(rooms.at(one)), rest_priority::urgent));
        }
        const auto next = limiter_.next_poll(now_);
        if (next && *next > now_)
            now_ = *next;
    }
    EXPECT_EQ(moved, 500);
    EXPECT_EQ(now_ - began, 19 * global_second);
}

TEST_F(rate_limiter_test, nobody_waits_for_ever) {
    limiter_ = rate_limiter({.requests_per_second = 1});
    const auto start = now_;
    queue("GET /a", "");
    const auto second = limiter_.enqueue({.route = {"GET /b", ""}, .give_up_at = start + 1500ms}, now_);
    const auto third =
        limiter_.enqueue({.route = {"GET /c", ""}, .give_up_at = start + 1500ms}, now_).value();
    EXPECT_EQ(go().size(), 1);
    now_ = start + global_second;
    EXPECT_EQ(go(), tickets{second.value()});
    EXPECT_EQ(limiter_.next_poll(now_), start + 1500ms);
    now_ = start + 1500ms;
    const auto verdicts = limiter_.poll(now_);
    ASSERT_EQ(verdicts.size(), 1);
    EXPECT_EQ(verdicts[0].which, third);
    EXPECT_TRUE(verdicts[0].refused);
    EXPECT_EQ(limiter_.waiting(), 0);
    EXPECT_EQ(limiter_.next_poll(now_), std::nullopt);
}

TEST_F(rate_limiter_test, who_no_longer_wants_to_go_leaves_the_bucket_as_it_was) {
    learn("POST /m", "1", 2, 1, 5s);
    const auto first = queue("POST /m", "1");
    const auto second = queue("POST /m", "1");
    EXPECT_EQ(go(), tickets{first});
    limiter_.withdraw(first, now_);
    EXPECT_EQ(go(), tickets{second});
}

TEST_F(rate_limiter_test, a_429_refuses_those_who_wait_and_would_wait_too_long) {
    const auto first = queue("GET /a", "1");
    const auto patient = queue("GET /a", "1");
    const auto hasty = limiter_.enqueue({.route = {"GET /a", "1"}, .limit = 5s}, now_).value();
    go();
    limiter_.answered(first, limited(30s, scope::user), now_);
    const auto verdicts = limiter_.poll(now_);
    ASSERT_EQ(verdicts.size(), 1);
    EXPECT_EQ(verdicts[0].which, hasty);
    ASSERT_TRUE(verdicts[0].refused);
    EXPECT_EQ(verdicts[0].refused->reason, refusal_reason::too_long);
    EXPECT_EQ(verdicts[0].refused->retry_after, 30s);
    now_ += 30s;
    EXPECT_EQ(go(), tickets{patient});
}

TEST_F(rate_limiter_test, the_queue_is_bounded) {
    limiter_ = rate_limiter({.max_waiting = 2});
    queue("GET /a", "1");
    queue("GET /a", "1");
    const auto third = enqueue("GET /b", "1");
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().reason, refusal_reason::queue_full);
    EXPECT_EQ(limiter_.waiting(), 2);
}

// Work that nobody waits for must not turn away somebody who does.
TEST_F(rate_limiter_test, a_full_queue_has_room_for_urgent_requests_as_many_again) {
    rate_limiter limiter({.max_waiting = 2});
    const auto wants = [&](rest_priority priority) {
        return limiter.enqueue({.route = {"GET /a", ""}, .priority = priority}, now_).has_value();
    };
    EXPECT_TRUE(wants(rest_priority::background));
    EXPECT_TRUE(wants(rest_priority::normal));
    EXPECT_FALSE(wants(rest_priority::normal));
    EXPECT_TRUE(wants(rest_priority::urgent));
    EXPECT_TRUE(wants(rest_priority::urgent));
    EXPECT_FALSE(wants(rest_priority::urgent));
}

TEST_F(rate_limiter_test, who_gives_up_leaves_his_place) {
    const auto first = queue("GET /a", "1");
    const auto second = queue("GET /a", "1");
    const auto third = queue("GET /a", "1");
    go();
    limiter_.abandon(second, now_);
    limiter_.abandon(second, now_);
    EXPECT_EQ(limiter_.waiting(), 1);
    limiter_.answered(first, with_limits("h", 5, 4, 5s), now_);
    EXPECT_EQ(go(), tickets{third});
}

TEST_F(rate_limiter_test, a_refused_token_stops_everything_authorised) {
    const auto first = queue("GET /a", "1");
    const auto waiting = queue("GET /a", "1");
    go();
    limiter_.answered(first, {.status = 401}, now_);
    const auto verdicts = limiter_.poll(now_);
    ASSERT_EQ(verdicts.size(), 1);
    EXPECT_EQ(verdicts[0].which, waiting);
    ASSERT_TRUE(verdicts[0].refused);
    EXPECT_EQ(verdicts[0].refused->reason, refusal_reason::token_refused);
    now_ += 24h;
    EXPECT_EQ(enqueue("GET /b", "1").error().reason, refusal_reason::token_refused);
    EXPECT_TRUE(limiter_.enqueue({.route = {"POST /interactions", "1/t"}, .exempt = true}, now_));
}

TEST_F(rate_limiter_test, an_expired_interaction_token_stops_nothing) {
    const auto exempt = limiter_.enqueue({.route = {"POST /webhooks", "1/t"}, .exempt = true}, now_).value();
    go();
    limiter_.answered(exempt, {.status = 401}, now_);
    EXPECT_TRUE(enqueue("GET /b", "1"));
}

TEST_F(rate_limiter_test, too_many_invalid_requests_stop_everything_until_they_are_old) {
    limiter_ = rate_limiter({.max_invalid = 3});
    const auto answer = [&](limiter_answer with) {
        const auto one = queue("GET /" + std::to_string(with.status), "1");
        now_ += 2min;
        EXPECT_EQ(go(), tickets{one});
        limiter_.answered(one, with, now_);
    };
    answer({.status = 403});
    answer(limited(0s, scope::user));
    // Shared limits do not count, nor do other errors.
    answer(limited(0s, scope::shared));
    answer({.status = 404});
    const auto last = queue("GET /403", "2");
    EXPECT_EQ(go(), tickets{last});
    queue("GET /403", "2");
    limiter_.answered(last, {.status = 403}, now_);
    const auto refused = enqueue("GET /b", "1");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, refusal_reason::too_many_invalid);
    EXPECT_EQ(refused.error().retry_after, 4min);
    EXPECT_EQ(limiter_.poll(now_).at(0).refused->reason, refusal_reason::too_many_invalid);
    now_ += 4min;
    EXPECT_TRUE(enqueue("GET /b", "1"));
}

// Taken as a window's end, infinity would make every later answer look old.
TEST(limits_of_an_answer, numbers_without_sense_are_left_out) {
    for (const auto* text : {"inf", "nan", "-1", "1e999", "x", ""}) {
        const auto limits = read_limits({429,
                                         {{"x-ratelimit-reset", text},
                                          {"x-ratelimit-reset-after", text},
                                          {"x-ratelimit-remaining", text},
                                          {"retry-after", text}},
                                         "{}"});
        EXPECT_FALSE(limits.reset) << text;
        EXPECT_FALSE(limits.reset_after) << text;
        EXPECT_FALSE(limits.remaining) << text;
        EXPECT_FALSE(limits.retry_after) << text;
    }
}

TEST_F(rate_limiter_test, idle_state_is_forgotten) {
    for (int i = 0; i < 2000; ++i) {
        const auto one = queue("POST /m", std::to_string(i));
        ASSERT_EQ(go(), tickets{one});
        limiter_.answered(one, with_limits("h", 5, 4, 5s), now_);
        now_ += 21ms;
    }
    EXPECT_GT(limiter_.footprint(), 1000);
    now_ += 2min;
    queue("POST /m", "1");
    EXPECT_LE(limiter_.footprint(), 3);
}

// What is remembered of a route outlives its idle buckets: no new probe.
TEST_F(rate_limiter_test, a_known_route_with_a_new_resource_needs_no_probe) {
    learn("POST /m", "1", 3, 2, 5s);
    for (int i = 0; i < 5; ++i)
        queue("POST /m", "2");
    EXPECT_EQ(go().size(), 3);
}

/// Discord's side for the storm: counts what it gets and says what its headers would say.
class strict_server {
public:
    struct window {
        time_point end;
        unsigned used = 0;
    };

    limiter_answer receive(const std::string& bucket, unsigned limit, duration length, time_point now) {
        auto& current = windows_[bucket];
        if (now >= current.end)
            current = {now + length, 0};
        if (current.used >= limit)
            ++violations;
        else
            ++current.used;
        return {.status = 200,
                .bucket = bucket.substr(0, bucket.find('|')),
                .limit = limit,
                .remaining = limit - current.used,
                .reset = std::chrono::duration<double>(current.end.time_since_epoch()).count(),
                .reset_after = current.end - now};
    }

    unsigned violations = 0;

private:
    std::map<std::string, window> windows_;
};

class storm_test : public testing::TestWithParam<unsigned> {};

// Random requests with random delays on both ways: no bucket and no second ever gets more than it allows,
// within a lane and priority the order is kept, and everything ends.
TEST_P(storm_test, no_limit_is_broken_and_nothing_is_lost) {
    std::minstd_rand random(GetParam());
    const auto pick = [&random](unsigned below) { return static_cast<unsigned>(random() % below); };
    struct on_the_way {
        ticket which;
        unsigned route;
        unsigned major;
        time_point arrives;
        std::optional<limiter_answer> answer;
        bool lost = false;
    };
    constexpr std::array<unsigned, 4> limits{1, 2, 5, 10};
    constexpr std::array<std::chrono::milliseconds, 4> lengths{500ms, 1000ms, 5000ms, 2000ms};

    rate_limiter limiter({.requests_per_second = 20, .max_in_flight = 6, .max_waiting = 500});
    strict_server server;
    auto now = time_point{} + 1000h;
    std::map<ticket, std::tuple<unsigned, unsigned, unsigned>> origin;
    std::map<std::tuple<unsigned, unsigned, unsigned>, ticket> latest;
    std::vector<on_the_way> wire;
    std::deque<time_point> sent_at;
    unsigned queued = 0;
    unsigned finished = 0;
    unsigned steps = 0;
    while ((queued < 1500 || finished < queued) && ++steps < 200'000) {
        if (queued < 1500 && pick(3) == 0) {
            const auto where = std::tuple(pick(4), pick(3), pick(4));
            const auto [route, major, priority] = where;
            const auto one = limiter.enqueue({.route = {"R" + std::to_string(route), std::to_string(major)},
                                              .priority = static_cast<rest_priority>(priority)},
                                             now);
            if (one) {
                origin[*one] = where;
                ++queued;
                if (pick(20) == 0) {
                    limiter.abandon(*one, now);
                    ++finished;
                }
            }
        }
        for (const auto& verdict : limiter.poll(now)) {
            ASSERT_FALSE(verdict.refused);
            const auto where = origin.at(verdict.which);
            ASSERT_LT(latest[where], verdict.which) << "overtaken in its own lane";
            latest[where] = verdict.which;
            sent_at.push_back(now);
            wire.push_back({verdict.which, std::get<0>(where), std::get<1>(where),
                            now + std::chrono::milliseconds(pick(80)), std::nullopt,
                            finished > 300 && pick(50) == 0});
        }
        while (!sent_at.empty() && now - sent_at.front() >= 1s)
            sent_at.pop_front();
        ASSERT_LE(sent_at.size(), 20);

        now += std::chrono::milliseconds(1 + pick(20));
        std::ranges::sort(wire, {}, &on_the_way::arrives);
        for (auto& one : wire) {
            if (one.answer || one.arrives > now)
                continue;
            one.answer = server.receive("h" + std::to_string(one.route) + '|' + std::to_string(one.major),
                                        limits[one.route], lengths[one.route], one.arrives);
            one.arrives += std::chrono::milliseconds(pick(80));
        }
        std::erase_if(wire, [&](const on_the_way& one) {
            if (!one.answer || one.arrives > now)
                return false;
            if (one.lost)
                limiter.abandon(one.which, now);
            else
                limiter.answered(one.which, *one.answer, now);
            ++finished;
            return true;
        });
    }
    EXPECT_EQ(queued, 1500);
    EXPECT_EQ(finished, queued);
    EXPECT_EQ(limiter.waiting(), 0);
    EXPECT_EQ(server.violations, 0);
}

INSTANTIATE_TEST_SUITE_P(seeds, storm_test, testing::Range(1U, 21U));

} // namespace vagrolant::discord::rest
