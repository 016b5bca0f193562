#include "features/voice_hubs/backoff.hpp"
#include "features/voice_hubs/conference.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <set>

namespace vagrolant::voice_hubs {
namespace {

using namespace std::chrono_literals;
using enum silence_phase;

constexpr channel_id hall(70);
constexpr channel_id other_hall(71);
constexpr std::array phases{written, sending, answered, shown, lifting, lifted};

std::string text(const voice_case& c) {
    return fmt::format("room {} may_speak {} granted {} muted {} suppressed {} phase {} silenced_in {} "
                       "pardoned_in {} released_in {}",
                       c.room.value(), c.may_speak, c.granted, c.muted, c.suppressed,
                       c.phase ? static_cast<int>(*c.phase) : -1, c.silenced_in.value(),
                       c.pardoned_in.value(), c.released_in.value());
}

std::vector<voice_case> all_cases() {
    std::vector<voice_case> all;
    for (const auto room : {channel_id(), hall, other_hall})
        for (const auto note : {channel_id(), hall})
            for (int phase = -1; phase < static_cast<int>(phases.size()); ++phase)
                for (int bits = 0; bits < 64; ++bits) {
                    voice_case one{.room = room,
                                   .may_speak = (bits & 1) != 0,
                                   .granted = (bits & 2) != 0,
                                   .muted = (bits & 4) != 0,
                                   .suppressed = (bits & 8) != 0};
                    if (phase >= 0) {
                        one.phase = phases[static_cast<std::size_t>(phase)];
                        one.silenced_in = hall;
                    }
                    one.pardoned_in = (bits & 16) != 0 ? note : channel_id();
                    one.released_in = (bits & 32) != 0 ? note : channel_id();
                    all.push_back(one);
                }
    return all;
}

// What happens when a step is carried out, and Discord does and shows what it is asked.
void carry_out(voice_case& here, voice_step step) {
    switch (step) {
    case voice_step::none:
        break;
    case voice_step::write:
        here.silenced_in = here.room;
        if (!here.phase)
            here.phase = written;
        break;
    case voice_step::mute:
        here.muted = true;
        here.phase = shown;
        break;
    case voice_step::unmute:
        here.muted = here.suppressed = false;
        if (here.phase)
            here.phase = lifted;
        else
            here.released_in = here.room;
        break;
    case voice_step::pardon:
        here.pardoned_in = here.room;
        here.phase = lifted;
        break;
    case voice_step::forget:
        here.phase.reset();
        here.silenced_in = {};
        break;
    }
}

TEST(voice_conference, from_every_case_all_is_settled_in_a_few_steps) {
    for (const auto& start : all_cases()) {
        auto here = start;
        int steps = 0;
        for (auto next = next_step(here); next != voice_step::none && steps < 10; next = next_step(here)) {
            carry_out(here, next);
            ++steps;
        }
        EXPECT_LE(steps, 5) << text(start);
        const bool to_be_silent = here.room && !here.may_speak;
        const bool heard = !here.muted && !here.suppressed;
        // Nobody stays muted by us but where he may not speak, and never without a row.
        if (start.phase == answered || start.phase == shown) {
            if (here.muted && start.muted) {
                EXPECT_TRUE(to_be_silent && here.phase) << text(start);
            }
        }
        if (here.phase) {
            EXPECT_TRUE(to_be_silent) << text(start);
            EXPECT_EQ(here.silenced_in, here.room) << text(start);
        }
        // Nobody who may not speak is heard, but whom a moderator wants heard.
        if (to_be_silent && heard) {
            EXPECT_TRUE(here.pardoned_in == here.room || start.phase == answered) << text(start);
        }
    }
}

TEST(voice_conference, a_moderator_s_mute_is_never_lifted) {
    for (const auto& start : all_cases()) {
        if (!start.muted || (start.phase && start.phase != written))
            continue;
        auto here = start;
        for (int steps = 0; steps < 10; ++steps) {
            const auto next = next_step(here);
            EXPECT_NE(next, voice_step::unmute) << text(start);
            EXPECT_NE(next, voice_step::mute) << text(start);
            carry_out(here, next);
        }
        EXPECT_FALSE(here.phase) << text(start);
    }
}

TEST(voice_conference, whom_a_moderator_unmutes_is_heard_in_that_room) {
    voice_case here{.room = hall, .may_speak = false, .phase = shown, .silenced_in = hall};
    EXPECT_EQ(next_step(here), voice_step::pardon);
    carry_out(here, voice_step::pardon);
    EXPECT_EQ(next_step(here), voice_step::forget);
    carry_out(here, voice_step::forget);
    EXPECT_EQ(next_step(here), voice_step::none);
    here.room = other_hall;
    EXPECT_EQ(next_step(here), voice_step::write);
}

TEST(voice_conference, a_row_that_no_mute_followed_goes_without_a_call) {
    const voice_case here{.room = hall, .may_speak = true, .phase = written, .silenced_in = hall};
    EXPECT_EQ(next_step(here), voice_step::forget);
}

TEST(voice_conference, what_discord_did_not_answer_is_asked_again) {
    voice_case here{.room = hall, .may_speak = false, .phase = sending, .silenced_in = hall};
    EXPECT_EQ(next_step(here), voice_step::mute);
    here.phase = lifting;
    EXPECT_EQ(next_step(here), voice_step::mute);
    here.may_speak = true;
    EXPECT_EQ(next_step(here), voice_step::unmute);
    here.phase = sending;
    EXPECT_EQ(next_step(here), voice_step::unmute);
}

TEST(voice_conference, events_show_a_mute_that_was_asked_for_and_no_other) {
    const std::set asked{sending, answered};
    for (const auto before : phases) {
        EXPECT_EQ(after_event(before, false), before);
        EXPECT_EQ(after_event(before, true), asked.contains(before) ? shown : before);
    }
}

// A conference begins, ends and begins again before Discord has told of the first mute.
TEST(voice_conference, events_of_former_mutes_and_unmutes_are_no_moderator_s) {
    const time_point start(1'000'000s);
    awaited_events awaited;
    EXPECT_FALSE(awaited.any(start));
    awaited.asked(true, false, start);
    awaited.asked(false, false, start);
    awaited.asked(true, false, start);
    for (const bool told : {true, false, true}) {
        EXPECT_TRUE(awaited.any(start));
        awaited.heard(told);
    }
    EXPECT_FALSE(awaited.any(start));
    // Of what changes nothing, and of what is asked again, there is one event or none.
    awaited.asked(true, true, start);
    EXPECT_FALSE(awaited.any(start));
    awaited.asked(false, true, start);
    awaited.asked(false, true, start);
    awaited.heard(false);
    EXPECT_FALSE(awaited.any(start));
    // One that is lost is not awaited for ever, and keeps no later one from being heard.
    awaited.asked(true, false, start);
    EXPECT_TRUE(awaited.any(start + 29s));
    EXPECT_FALSE(awaited.any(start + 30s));
    awaited.asked(false, true, start + 30s);
    awaited.heard(false);
    EXPECT_FALSE(awaited.any(start + 30s));
}

TEST(voice_conference, while_an_event_is_awaited_what_is_shown_tells_nothing_of_moderators) {
    voice_case here{.room = hall, .may_speak = false, .muted = true, .awaits_event = true};
    EXPECT_EQ(next_step(here), voice_step::write);
    here.phase = written;
    here.silenced_in = hall;
    EXPECT_EQ(next_step(here), voice_step::mute);
    here.phase = shown;
    here.muted = false;
    EXPECT_EQ(next_step(here), voice_step::none);
}

TEST(voice_backoff, waits_longer_with_each_failure_up_to_five_minutes) {
    backoff waiting;
    time_point now(1'000'000s);
    for (const auto expected : {5s, 10s, 20s, 40s, 80s, 160s, 300s, 300s}) {
        const auto pause = waiting.failed(now);
        EXPECT_EQ(pause, expected);
        EXPECT_EQ(waiting.failed(now + pause / 2), expected);
        now += pause;
    }
    now += 10min;
    EXPECT_EQ(waiting.failed(now), 5s);
}

} // namespace
} // namespace vagrolant::voice_hubs
