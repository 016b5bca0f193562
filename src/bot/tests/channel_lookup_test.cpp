#include "bot/channel_lookup.hpp"

#include <gtest/gtest.h>

namespace vagrolant::bot {
namespace {

using discord::channel_id;
using discord::guild_id;
using namespace std::chrono_literals;

class refused_lookups_test : public testing::Test {
protected:
    /// Asks Discord, which refuses, unless something is known already; the code.
    std::string ask(std::uint64_t guild, std::uint64_t channel) {
        const auto known = lookups.objection(guild_id(guild), channel_id(channel), now);
        if (known)
            return known->code;
        lookups.note(guild_id(guild), channel_id(channel), {.code = "asked"}, now);
        ++requests;
        return "asked";
    }

    refused_lookups lookups;
    refused_lookups::time_point now{1h};
    std::size_t requests = 0;
};

TEST_F(refused_lookups_test, the_same_channel_is_asked_for_once_a_minute) {
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(ask(1, 7), "asked");
    EXPECT_EQ(requests, 1U);
    EXPECT_EQ(ask(2, 7), "asked");
    EXPECT_EQ(requests, 2U) << "another guild's channel may be this one's";
    now += refused_lookups::window;
    EXPECT_EQ(ask(1, 7), "asked");
    EXPECT_EQ(requests, 3U);
}

TEST_F(refused_lookups_test, a_guild_asks_in_vain_ten_times_a_minute) {
    for (std::uint64_t channel = 1; channel <= 100; ++channel)
        EXPECT_EQ(ask(1, channel), channel <= refused_lookups::per_guild ? "asked" : "rate_limited");
    EXPECT_EQ(requests, refused_lookups::per_guild);
    EXPECT_EQ(ask(2, 1), "asked") << "others are not concerned";
    now += refused_lookups::window;
    EXPECT_EQ(ask(1, 1000), "asked");
}

TEST_F(refused_lookups_test, many_guilds_together_stay_below_what_discord_allows) {
    for (int minute = 0; minute < 10; ++minute, now += 1min) {
        for (std::uint64_t guild = 1; guild <= 200; ++guild) {
            for (std::uint64_t channel = 1; channel <= 20; ++channel)
                ask(guild, channel);
        }
    }
    EXPECT_EQ(requests, 10 * refused_lookups::of_all);
    EXPECT_LT(requests, 5'000U) << "where the limiter stops everything";
}

TEST_F(refused_lookups_test, says_when_to_ask_again) {
    for (std::uint64_t channel = 1; channel <= refused_lookups::per_guild; ++channel)
        ask(1, channel);
    const auto known = lookups.objection(guild_id(1), channel_id(1000), now);
    ASSERT_TRUE(known);
    EXPECT_EQ(known->retry_after, refused_lookups::window);
}

} // namespace
} // namespace vagrolant::bot
