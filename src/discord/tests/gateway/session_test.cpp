#include "discord/gateway/session.hpp"

#include <gtest/gtest.h>

#include <array>
#include <ostream>
#include <vector>

namespace vagrolant::discord::gateway {

using namespace std::chrono_literals;

std::ostream& operator<<(std::ostream& out, action what) {
    constexpr std::array names{"none",          "connect",     "reserve_identify", "send_heartbeat",
                               "send_identify", "send_resume", "deliver",          "close",
                               "cut",           "end"};
    return out << names.at(static_cast<std::size_t>(what));
}
std::ostream& operator<<(std::ostream& out, phase which) {
    return out << to_string(which);
}

namespace {

const clock::time_point start{1000h};
constexpr auto interval = 40s;

class gateway_session : public testing::Test {
protected:
    static session::options options(bool resumed = false) {
        session::options how{.url = "wss://gateway", .shard = 1, .shard_count = 4, .intents = 2};
        if (resumed)
            how.resume = resume_point{1, 4, "old", 77, "wss://resume"};
        return how;
    }

    session make(bool resumed = false) {
        return session(options(resumed), [this] { return random_; });
    }

    static message hello() { return {.op = opcode::hello, .heartbeat_interval = interval}; }
    static message ack() { return {.op = opcode::heartbeat_ack}; }
    static message ready() {
        return {.sequence = 1, .name = "READY", .session_id = "abc", .resume_url = "wss://resume"};
    }
    static message event(std::uint64_t sequence, std::string_view name = "MESSAGE_CREATE") {
        return {.sequence = sequence, .name = name};
    }

    /// A session brought into `which`.
    session in(phase which) {
        auto one = make(which == phase::resuming);
        if (which == phase::idle)
            return one;
        EXPECT_EQ(one.start(start), action::connect);
        switch (which) {
        case phase::connecting:
            return one;
        case phase::backing_off: {
            EXPECT_EQ(one.closed(std::nullopt, start), action::connect);
            EXPECT_EQ(one.closed(std::nullopt, start), action::none);
            return one;
        }
        case phase::stopped:
            EXPECT_EQ(one.stop(true, start), action::cut);
            return one;
        default:
            break;
        }
        EXPECT_EQ(one.connected(start), action::none);
        switch (which) {
        case phase::awaiting_hello:
            return one;
        case phase::fatal:
            EXPECT_EQ(one.closed(4004, start), action::end);
            return one;
        case phase::closing:
            EXPECT_EQ(one.receive({.op = opcode::reconnect}, start), action::close);
            return one;
        case phase::resuming:
            EXPECT_EQ(one.receive(hello(), start), action::send_resume);
            return one;
        default:
            break;
        }
        EXPECT_EQ(one.receive(hello(), start), action::reserve_identify);
        if (which == phase::awaiting_permit) {
            EXPECT_EQ(one.permit(start + 5s, start), action::none);
            return one;
        }
        EXPECT_EQ(one.permit(start, start), action::send_identify);
        if (which == phase::identifying)
            return one;
        EXPECT_EQ(one.receive(ready(), start), action::deliver);
        EXPECT_EQ(one.phase(), phase::ready);
        return one;
    }

    double random_ = 0.5;
};

constexpr std::array every_phase{
    phase::idle,        phase::connecting, phase::awaiting_hello, phase::awaiting_permit,
    phase::identifying, phase::resuming,   phase::ready,          phase::closing,
    phase::backing_off, phase::stopped,    phase::fatal};

struct expectation {
    action what;
    phase then;
};

struct row {
    phase from;
    expectation dispatch, heartbeat, reconnect, invalid_session, hello, ack, unknown_op, malformed;
    expectation closed_without_code, closed_4009, closed_4014, timeout, stop_resumable, stop_for_good;
};

constexpr expectation stays(phase where) {
    return {action::none, where};
}
constexpr expectation closes{action::close, phase::closing};
constexpr expectation fails{action::end, phase::fatal};
constexpr expectation reconnects{action::connect, phase::connecting};

constexpr row deaf(phase where, expectation timeout, expectation stop) {
    return {where,        stays(where), stays(where), stays(where), stays(where),
            stays(where), stays(where), stays(where), stays(where), stays(where),
            stays(where), stays(where), timeout,      stop,         stop};
}

const std::array table{
    deaf(phase::idle, stays(phase::idle), {action::end, phase::stopped}),
    row{phase::connecting,
        stays(phase::connecting),
        stays(phase::connecting),
        stays(phase::connecting),
        stays(phase::connecting),
        stays(phase::connecting),
        stays(phase::connecting),
        stays(phase::connecting),
        stays(phase::connecting),
        reconnects,
        reconnects,
        fails,
        {action::cut, phase::connecting},
        {action::cut, phase::stopped},
        {action::cut, phase::stopped}},
    row{phase::awaiting_hello,
        stays(phase::awaiting_hello),
        {action::send_heartbeat, phase::awaiting_hello},
        closes,
        closes,
        {action::reserve_identify, phase::awaiting_permit},
        stays(phase::awaiting_hello),
        stays(phase::awaiting_hello),
        closes,
        reconnects,
        reconnects,
        fails,
        closes,
        closes,
        closes},
    row{phase::awaiting_permit,
        stays(phase::awaiting_permit),
        {action::send_heartbeat, phase::awaiting_permit},
        closes,
        closes,
        stays(phase::awaiting_permit),
        stays(phase::awaiting_permit),
        stays(phase::awaiting_permit),
        closes,
        reconnects,
        reconnects,
        fails,
        {action::send_identify, phase::identifying},
        closes,
        closes},
    // The first heartbeat comes before the other deadlines.
    row{phase::identifying,
        stays(phase::identifying),
        {action::send_heartbeat, phase::identifying},
        closes,
        closes,
        stays(phase::identifying),
        stays(phase::identifying),
        stays(phase::identifying),
        closes,
        reconnects,
        reconnects,
        fails,
        {action::send_heartbeat, phase::identifying},
        closes,
        closes},
    row{phase::resuming,
        {action::deliver, phase::resuming},
        {action::send_heartbeat, phase::resuming},
        closes,
        closes,
        stays(phase::resuming),
        stays(phase::resuming),
        stays(phase::resuming),
        closes,
        reconnects,
        reconnects,
        fails,
        {action::send_heartbeat, phase::resuming},
        closes,
        closes},
    row{phase::ready,
        {action::deliver, phase::ready},
        {action::send_heartbeat, phase::ready},
        closes,
        closes,
        stays(phase::ready),
        stays(phase::ready),
        stays(phase::ready),
        closes,
        reconnects,
        reconnects,
        fails,
        {action::send_heartbeat, phase::ready},
        closes,
        closes},
    row{phase::closing,
        stays(phase::closing),
        stays(phase::closing),
        stays(phase::closing),
        stays(phase::closing),
        stays(phase::closing),
        stays(phase::closing),
        stays(phase::closing),
        stays(phase::closing),
        reconnects,
        reconnects,
        fails,
        {action::cut, phase::closing},
        stays(phase::closing),
        stays(phase::closing)},
    deaf(phase::backing_off, reconnects, {action::end, phase::stopped}),
    deaf(phase::stopped, stays(phase::stopped), stays(phase::stopped)),
    deaf(phase::fatal, stays(phase::fatal), stays(phase::fatal)),
};

} // namespace

TEST_F(gateway_session, every_phase_answers_every_input) {
    for (std::size_t i = 0; i < every_phase.size(); ++i)
        ASSERT_EQ(table.at(i).from, every_phase.at(i));
    for (const auto& expected : table) {
        const auto check = [&](std::string_view input, const expectation& want, auto feed) {
            auto one = in(expected.from);
            ASSERT_EQ(one.phase(), expected.from) << input;
            const action got = feed(one);
            EXPECT_EQ(got, want.what) << to_string(expected.from) << " on " << input;
            EXPECT_EQ(one.phase(), want.then) << to_string(expected.from) << " on " << input;
        };
        const auto message_of = [](message what) {
            return [what](session& one) { return one.receive(what, start + 1s); };
        };
        check("dispatch", expected.dispatch, message_of(event(9)));
        check("heartbeat", expected.heartbeat, message_of({.op = opcode::heartbeat}));
        check("reconnect", expected.reconnect, message_of({.op = opcode::reconnect}));
        check("invalid session", expected.invalid_session, message_of({.op = opcode::invalid_session}));
        check("hello", expected.hello, message_of(hello()));
        check("ack", expected.ack, message_of(ack()));
        check("unknown op", expected.unknown_op, message_of({.op = static_cast<opcode>(99)}));
        check("malformed", expected.malformed, [](session& one) { return one.malformed(start + 1s); });
        check("closed", expected.closed_without_code,
              [](session& one) { return one.closed(std::nullopt, start + 1s); });
        check("closed 4009", expected.closed_4009, [](session& one) { return one.closed(4009, start + 1s); });
        check("closed 4014", expected.closed_4014, [](session& one) { return one.closed(4014, start + 1s); });
        check("timeout", expected.timeout, [](session& one) {
            const auto at = one.deadline();
            return at == clock::time_point::max() ? one.timeout(start + 1000h) : one.timeout(at);
        });
        check("stop resumable", expected.stop_resumable,
              [](session& one) { return one.stop(true, start + 1s); });
        check("stop for good", expected.stop_for_good,
              [](session& one) { return one.stop(false, start + 1s); });
    }
}

TEST_F(gateway_session, every_close_code_in_every_phase_ends_the_connection) {
    for (const auto from : every_phase) {
        for (std::uint32_t code = 1000; code <= 4999; ++code) {
            auto one = in(from);
            const auto what = one.closed(static_cast<std::uint16_t>(code), start + 1s);
            const bool gone = from == phase::idle || from == phase::backing_off || from == phase::stopped ||
                              from == phase::fatal;
            const auto then = judge_close(static_cast<std::uint16_t>(code)).then;
            if (gone) {
                ASSERT_EQ(what, action::none);
                ASSERT_EQ(one.phase(), from);
            } else if (then == recovery::fatal) {
                ASSERT_EQ(one.phase(), phase::fatal) << code;
                ASSERT_EQ(one.failure_code(), code);
                ASSERT_FALSE(one.resume());
            } else {
                ASSERT_EQ(one.phase(), phase::connecting) << code << " in " << to_string(from);
                if (then == recovery::identify)
                    ASSERT_FALSE(one.resume()) << code;
            }
        }
    }
}

TEST_F(gateway_session, the_first_heartbeat_is_jittered_and_the_next_come_in_time) {
    random_ = 0.25;
    auto one = in(phase::ready);
    EXPECT_EQ(one.deadline(), start + interval / 4);
    auto now = one.deadline();
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(one.timeout(now), action::send_heartbeat);
        EXPECT_EQ(one.receive(ack(), now + 30ms), action::none);
        EXPECT_EQ(one.latency(), 30ms);
        EXPECT_EQ(one.deadline(), now + interval);
        now += interval;
    }
    EXPECT_EQ(one.timeout(now - 1ms), action::none) << "not before its time";
}

TEST_F(gateway_session, a_heartbeat_asked_for_does_not_disturb_the_schedule) {
    auto one = in(phase::ready);
    const auto due = one.deadline();
    EXPECT_EQ(one.receive({.op = opcode::heartbeat}, start + 1s), action::send_heartbeat);
    EXPECT_EQ(one.deadline(), due);
    EXPECT_EQ(one.receive(ack(), start + 2s), action::none);
    EXPECT_EQ(one.timeout(due), action::send_heartbeat);
}

TEST_F(gateway_session, a_silent_connection_is_given_up_and_resumed) {
    auto one = in(phase::ready);
    EXPECT_EQ(one.receive(event(5), start + 1s), action::deliver);
    auto now = one.deadline();
    EXPECT_EQ(one.timeout(now), action::send_heartbeat);
    now = one.deadline();
    EXPECT_EQ(one.timeout(now), action::close);
    EXPECT_EQ(one.close_code(), session::resumable_close);
    EXPECT_EQ(one.reason(), "heartbeats are not acknowledged");
    // The peer is dead: no answer to the close frame either.
    EXPECT_EQ(one.timeout(now + session::close_limit), action::cut);
    EXPECT_EQ(one.closed(std::nullopt, now + session::close_limit), action::connect);
    EXPECT_EQ(one.connect_url(), "wss://resume");
    EXPECT_EQ(one.connected(now), action::none);
    EXPECT_EQ(one.receive(hello(), now), action::send_resume);
    EXPECT_EQ(one.resume()->session_id, "abc");
    EXPECT_EQ(one.resume()->sequence, 5U);
}

TEST_F(gateway_session, traffic_excuses_one_missing_acknowledgement_only) {
    auto one = in(phase::ready);
    EXPECT_EQ(one.timeout(one.deadline()), action::send_heartbeat);
    EXPECT_EQ(one.receive(event(2), start + 21s), action::deliver);
    EXPECT_EQ(one.timeout(one.deadline()), action::send_heartbeat);
    EXPECT_EQ(one.receive(event(3), start + 61s), action::deliver);
    EXPECT_EQ(one.timeout(one.deadline()), action::close);
}

TEST_F(gateway_session, resuming_replays_until_resumed) {
    auto one = make(true);
    EXPECT_EQ(one.start(start), action::connect);
    EXPECT_EQ(one.connect_url(), "wss://resume");
    EXPECT_EQ(one.connected(start), action::none);
    EXPECT_EQ(one.receive(hello(), start), action::send_resume);
    EXPECT_EQ(one.resume(), (resume_point{1, 4, "old", 77, "wss://resume"}));
    EXPECT_EQ(one.receive(event(78), start), action::deliver);
    EXPECT_EQ(one.phase(), phase::resuming);
    EXPECT_EQ(one.receive(event(79, "RESUMED"), start), action::deliver);
    EXPECT_EQ(one.phase(), phase::ready);
    EXPECT_EQ(one.sequence(), 79U);
}

TEST_F(gateway_session, an_invalid_session_waits_one_to_five_seconds_and_identifies_at_the_general_address) {
    for (const double random : {0.0, 0.999}) {
        random_ = random;
        auto one = in(phase::resuming);
        EXPECT_EQ(one.receive({.op = opcode::invalid_session, .resumable = false}, start), action::close);
        EXPECT_EQ(one.closed(4200, start), action::none);
        EXPECT_EQ(one.phase(), phase::backing_off);
        EXPECT_GE(one.deadline(), start + 1s);
        EXPECT_LE(one.deadline(), start + 5s);
        EXPECT_EQ(one.timeout(one.deadline()), action::connect);
        EXPECT_EQ(one.connect_url(), "wss://gateway");
        EXPECT_EQ(one.connected(start), action::none);
        EXPECT_EQ(one.receive(hello(), start), action::reserve_identify);
    }
}

TEST_F(gateway_session, an_invalid_session_that_may_be_resumed_is) {
    auto one = in(phase::ready);
    EXPECT_EQ(one.receive({.op = opcode::invalid_session, .resumable = true}, start), action::close);
    EXPECT_EQ(one.closed(4200, start), action::none);
    EXPECT_EQ(one.timeout(one.deadline()), action::connect);
    EXPECT_EQ(one.connect_url(), "wss://resume");
}

TEST_F(gateway_session, reconnect_may_come_before_hello) {
    auto one = in(phase::awaiting_hello);
    EXPECT_EQ(one.receive({.op = opcode::reconnect}, start), action::close);
    EXPECT_EQ(one.closed(std::nullopt, start), action::connect);
}

TEST_F(gateway_session, backoff_grows_with_jitter_up_to_its_cap) {
    auto one = in(phase::ready);
    auto now = start + 1s;
    EXPECT_EQ(one.closed(std::nullopt, now), action::connect) << "the first attempt is made at once";
    clock::duration previous = 0s;
    for (int attempt = 0; attempt < 20; ++attempt) {
        EXPECT_EQ(one.closed(std::nullopt, now), action::none);
        const auto delay = one.deadline() - now;
        EXPECT_GE(delay, previous);
        EXPECT_LE(delay, session::backoff_cap);
        previous = delay;
        now = one.deadline();
        EXPECT_EQ(one.timeout(now), action::connect);
    }
    EXPECT_EQ(previous, session::backoff_cap * 3 / 4);
    EXPECT_FALSE(one.resume()) << "by now Discord has forgotten the session";
    EXPECT_EQ(one.connect_url(), "wss://gateway");
}

TEST_F(gateway_session, a_connection_that_held_begins_the_backoff_anew) {
    auto one = in(phase::ready);
    for (int i = 0; i < 3; ++i) {
        const auto now = start + (i + 1) * 1h;
        EXPECT_EQ(one.closed(std::nullopt, now), action::connect);
        EXPECT_EQ(one.connected(now), action::none);
        EXPECT_EQ(one.receive(hello(), now), action::send_resume);
        EXPECT_EQ(one.receive(event(5, "RESUMED"), now), action::deliver);
    }
    // One that fell at once does not.
    EXPECT_EQ(one.closed(std::nullopt, start + 3h + 1s), action::none);
    EXPECT_EQ(one.phase(), phase::backing_off);
}

TEST_F(gateway_session, after_several_failures_the_general_address_is_tried_for_resuming) {
    auto one = in(phase::ready);
    EXPECT_EQ(one.closed(std::nullopt, start), action::connect);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(one.connect_url(), "wss://resume");
        EXPECT_EQ(one.closed(std::nullopt, start), action::none);
        EXPECT_EQ(one.timeout(one.deadline()), action::connect);
    }
    EXPECT_EQ(one.connect_url(), "wss://gateway");
    EXPECT_TRUE(one.resume());
}

// Each attempt used to begin the session's five minutes anew: resuming was tried for ever.
TEST_F(gateway_session, a_server_that_never_answers_to_resume_is_identified_with_in_the_end) {
    auto one = in(phase::ready);
    auto now = start;
    auto next = one.closed(std::nullopt, now);
    int attempts = 0;
    while (one.resume() && ++attempts < 100) {
        if (next != action::connect) {
            now = one.deadline();
            next = one.timeout(now);
        }
        ASSERT_EQ(next, action::connect);
        ASSERT_EQ(one.connected(now), action::none);
        ASSERT_EQ(one.receive({.op = opcode::hello, .heartbeat_interval = 10min}, now), action::send_resume);
        next = action::none;
        while (next != action::close) {
            now = one.deadline();
            next = one.timeout(now);
        }
        next = one.closed(4200, now);
    }
    EXPECT_FALSE(one.resume());
    EXPECT_LE(now, start + session::resumable_for + 2 * session::answer_limit + session::backoff_cap);
}

TEST_F(gateway_session, the_same_malformed_message_twice_ends_the_session) {
    auto one = in(phase::ready);
    EXPECT_EQ(one.malformed(start), action::close);
    EXPECT_EQ(one.closed(4200, start), action::connect);
    EXPECT_TRUE(one.resume());
    EXPECT_EQ(one.connected(start), action::none);
    EXPECT_EQ(one.receive(hello(), start), action::send_resume);
    EXPECT_EQ(one.malformed(start), action::close);
    EXPECT_FALSE(one.resume());
}

TEST_F(gateway_session, a_hello_without_sense_is_malformed) {
    for (const auto wrong : {0ms, -5ms, 9ms, 3600'000ms}) {
        auto one = in(phase::awaiting_hello);
        EXPECT_EQ(one.receive({.op = opcode::hello, .heartbeat_interval = wrong}, start), action::close);
    }
}

TEST_F(gateway_session, stopping_resumably_keeps_the_session_and_for_good_ends_it) {
    auto one = in(phase::ready);
    EXPECT_EQ(one.receive(event(12), start), action::deliver);
    EXPECT_EQ(one.stop(true, start), action::close);
    EXPECT_NE(one.close_code(), 1000);
    EXPECT_NE(one.close_code(), 1001);
    EXPECT_EQ(one.closed(4200, start), action::end);
    EXPECT_EQ(one.resume(), (resume_point{1, 4, "abc", 12, "wss://resume"}));

    auto other = in(phase::ready);
    EXPECT_EQ(other.stop(false, start), action::close);
    EXPECT_EQ(other.close_code(), 1000);
    EXPECT_EQ(other.closed(1000, start), action::end);
    EXPECT_FALSE(other.resume());
}

TEST_F(gateway_session, a_renewed_session_is_identified_at_once) {
    auto one = in(phase::ready);
    EXPECT_EQ(one.renew(start + 1min), action::close);
    EXPECT_EQ(one.close_code(), session::resumable_close);
    EXPECT_EQ(one.closed(session::resumable_close, start + 1min), action::connect);
    EXPECT_EQ(one.connect_url(), "wss://gateway");
    EXPECT_EQ(one.connected(start + 1min), action::none);
    EXPECT_EQ(one.receive(hello(), start + 1min), action::reserve_identify);
    for (const auto phase : every_phase) {
        if (phase == phase::ready)
            continue;
        auto other = in(phase);
        EXPECT_EQ(other.renew(start), action::none) << to_string(phase);
        EXPECT_EQ(other.phase(), phase);
    }
}

TEST_F(gateway_session, heartbeats_go_on_while_the_identify_gate_is_waited_for) {
    auto one = in(phase::awaiting_hello);
    EXPECT_EQ(one.receive(hello(), start), action::reserve_identify);
    EXPECT_EQ(one.permit(start + 30s, start), action::none);
    EXPECT_EQ(one.timeout(start + 20s), action::send_heartbeat);
    EXPECT_EQ(one.receive(ack(), start + 21s), action::none);
    EXPECT_EQ(one.deadline(), start + 30s);
    EXPECT_EQ(one.timeout(start + 30s), action::send_identify);
    EXPECT_EQ(one.deadline(), start + 60s) << "the next heartbeat";
}

TEST_F(gateway_session, an_unanswered_identify_is_given_up) {
    auto one = in(phase::identifying);
    EXPECT_EQ(one.timeout(start + 20s), action::send_heartbeat);
    EXPECT_EQ(one.receive(ack(), start + 21s), action::none);
    EXPECT_EQ(one.timeout(start + 60s), action::send_heartbeat);
    EXPECT_EQ(one.timeout(start + 60s), action::close);
    EXPECT_EQ(one.reason(), "no answer to identify");
}

TEST_F(gateway_session, disallowed_intents_are_fatal_and_named) {
    auto one = in(phase::identifying);
    EXPECT_EQ(one.closed(4014, start), action::end);
    EXPECT_EQ(one.phase(), phase::fatal);
    EXPECT_NE(one.failure().find("Server Members Intent"), std::string::npos) << one.failure();
}

} // namespace vagrolant::discord::gateway
