#include "features/status/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vagrolant::status {
namespace {

using namespace std::chrono_literals;

std::string value_of(const discord::message_create& message, std::string_view name) {
    for (const auto& field : message.embeds.at(0).fields) {
        if (field.name == name)
            return field.value;
    }
    return "no such field";
}

TEST(status, latencies_are_short_and_in_the_person_s_language) {
    EXPECT_EQ(format_latency(1234us, locale::fr), "1,2 ms");
    EXPECT_EQ(format_latency(1234us, locale::en), "1.2 ms");
    EXPECT_EQ(format_latency(42400us, locale::fr), "42 ms");
    EXPECT_EQ(format_latency(1260ms, locale::fr), "1,3 s");
    EXPECT_EQ(format_latency(0ms, locale::en), "0.0 ms");
}

TEST(status, uptime_has_its_two_largest_units) {
    EXPECT_EQ(format_uptime(0s, locale::fr), "0 s");
    EXPECT_EQ(format_uptime(59s, locale::fr), "59 s");
    EXPECT_EQ(format_uptime(61s, locale::fr), "1 min 1 s");
    EXPECT_EQ(format_uptime(2h + 3min + 59s, locale::en), "2 h 3 min");
    EXPECT_EQ(format_uptime(50h, locale::fr), "2 j 2 h");
    EXPECT_EQ(format_uptime(50h, locale::en), "2 d 2 h");
}

TEST(status, the_report_is_for_the_person_alone_and_in_his_language) {
    const readings now{.gateway = 40ms,
                       .rest = 60ms,
                       .database = 1ms,
                       .uptime = 90s,
                       .version = "1.2.3",
                       .shard = 1,
                       .shard_count = 4};
    const auto french = report(now, locale::fr);
    EXPECT_EQ(french.flags, discord::message_flags::ephemeral);
    EXPECT_EQ(value_of(french, "Passerelle"), "40 ms");
    EXPECT_EQ(value_of(french, "Base de données"), "1,0 ms");
    EXPECT_EQ(value_of(french, "Shard"), "2/4");
    EXPECT_EQ(value_of(french, "Version"), "1.2.3");
    EXPECT_EQ(value_of(report(now, locale::en), "REST API"), "60 ms");
    EXPECT_TRUE(discord::check(french).empty());
}

TEST(status, what_does_not_answer_is_said_and_coloured) {
    readings now{.gateway = 10ms, .rest = 10ms, .database = 1ms};
    const auto healthy = report(now, locale::fr).embeds[0].color;
    now.rest = 700ms;
    const auto slow = report(now, locale::fr).embeds[0].color;
    now.database = std::nullopt;
    now.gateway = std::nullopt;
    const auto broken = report(now, locale::fr);
    EXPECT_EQ(value_of(broken, "Base de données"), "ne répond pas");
    EXPECT_EQ(value_of(broken, "Passerelle"), "pas encore mesurée");
    EXPECT_NE(healthy, slow);
    EXPECT_NE(slow, broken.embeds[0].color);
    EXPECT_NE(healthy, broken.embeds[0].color);
}

} // namespace
} // namespace vagrolant::status
