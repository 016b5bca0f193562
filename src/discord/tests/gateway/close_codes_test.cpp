#include "discord/gateway/close_codes.hpp"
#include "discord/gateway/protocol.hpp"

#include <gtest/gtest.h>

#include <set>

namespace vagrolant::discord::gateway {

TEST(gateway_close_codes, every_code_has_a_verdict) {
    const std::set<std::uint16_t> fatal{4004, 4010, 4011, 4012, 4013, 4014};
    const std::set<std::uint16_t> new_session{4003, 4007, 4009};
    for (std::uint32_t code = 0; code <= UINT16_MAX; ++code) {
        const auto which = static_cast<std::uint16_t>(code);
        const auto expected = fatal.contains(which)         ? recovery::fatal
                              : new_session.contains(which) ? recovery::identify
                                                            : recovery::resume;
        const auto verdict = judge_close(which);
        ASSERT_EQ(verdict.then, expected) << code;
        ASSERT_FALSE(verdict.meaning.empty()) << code;
        ASSERT_FALSE(remedy(which, 0).empty()) << code;
    }
    EXPECT_EQ(judge_close(std::nullopt).then, recovery::resume);
}

TEST(gateway_close_codes, a_remedy_says_what_to_change_and_where) {
    EXPECT_NE(remedy(4004, 0).find("BOT_TOKEN"), std::string::npos);
    EXPECT_NE(remedy(4004, 0).find("https://discord.com/developers/applications"), std::string::npos);
    EXPECT_NE(remedy(4010, 0).find("SHARD_COUNT"), std::string::npos);
    EXPECT_NE(remedy(4011, 0).find("SHARD_COUNT"), std::string::npos);
    const auto disallowed = remedy(4014, intent::guilds | intent::guild_members | intent::message_content);
    EXPECT_NE(disallowed.find("Server Members Intent, Message Content Intent."), std::string::npos)
        << disallowed;
    EXPECT_EQ(disallowed.find("Presence Intent"), std::string::npos) << disallowed;
    EXPECT_NE(disallowed.find("page \"Bot\""), std::string::npos) << disallowed;
}

} // namespace vagrolant::discord::gateway
