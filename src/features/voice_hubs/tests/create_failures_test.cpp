#include "async/deadline.hpp"
#include "discord/rest/error.hpp"
#include "features/voice_hubs/create_failures.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vagrolant::voice_hubs {
namespace {

using discord::rest_error;

// As Discord answers.
rest_error answer(int status, std::string_view body) {
    return rest_error::from_body(status, body, "POST /guilds/{id}/channels");
}

std::string form_error(std::string_view field, std::string_view code) {
    return std::string(R"({"code":50035,"message":"Invalid Form Body","errors":{")") + std::string(field) +
           R"(":{"_errors":[{"code":")" + std::string(code) + R"(","message":"no"}]}}})";
}

TEST(voice_create_failures, what_discord_says_decides) {
    struct row {
        int status;
        std::string body;
        create_failure expected;
    };
    for (const auto& one : {
             row{400, R"x({"code":30013,"message":"Maximum number of guild channels reached (500)"})x",
                 create_failure::guild_full},
             row{400, form_error("parent_id", "CHANNEL_PARENT_MAX_CHANNELS"), create_failure::category_full},
             row{400, form_error("parent_id", "CHANNEL_PARENT_INVALID"), create_failure::refused},
             row{400, form_error("bitrate", "NUMBER_TYPE_MAX"), create_failure::bad_sound},
             row{400, form_error("rtc_region", "BASE_TYPE_CHOICES"), create_failure::bad_sound},
             row{400, form_error("name", "BASE_TYPE_BAD_LENGTH"), create_failure::bad_name},
             row{400, R"({"code":20031,"message":"Channel names contain words that are not allowed"})",
                 create_failure::bad_name},
             row{400, form_error("topic", "BASE_TYPE_BAD_LENGTH"), create_failure::refused},
             row{400, R"({"code":50035,"message":"Invalid Form Body"})", create_failure::refused},
             row{403, R"({"code":50013,"message":"Missing Permissions"})", create_failure::forbidden},
             row{403, R"({"code":50001,"message":"Missing Access"})", create_failure::forbidden},
             row{404, R"({"code":10009,"message":"Unknown Overwrite"})", create_failure::unknown_overwrite},
             row{404, R"({"code":10004,"message":"Unknown Guild"})", create_failure::refused},
             row{400, R"({"code":0,"message":"400: Bad Request"})", create_failure::refused},
             row{400, "<html>", create_failure::refused},
             row{500, R"({"code":0,"message":"500: Internal Server Error"})", create_failure::unknown},
             row{503, "", create_failure::unknown},
             // Whatever a failing Discord says, the channel may be there.
             row{502, R"({"code":30013,"message":"x"})", create_failure::unknown},
         })
        EXPECT_EQ(classify(answer(one.status, one.body)), one.expected) << one.status << ' ' << one.body;
}

TEST(voice_create_failures, without_an_answer_it_may_have_been_made_unless_it_was_not_sent) {
    EXPECT_EQ(classify(deadline_exceeded("POST /guilds/{id}/channels")), create_failure::unknown);
    EXPECT_EQ(classify(std::runtime_error("connection reset")), create_failure::unknown);
    EXPECT_EQ(classify(discord::malformed_answer("POST", "id")), create_failure::unknown);
    EXPECT_EQ(classify(discord::rate_limited("POST", "bucket", std::chrono::seconds(3))),
              create_failure::not_sent);
    EXPECT_EQ(classify(discord::not_wanted("POST")), create_failure::not_sent);
}

TEST(voice_create_failures, administrators_are_told_what_they_can_mend) {
    struct row {
        create_failure failure;
        std::string_view code;
    };
    for (const auto& [failure, code] :
         {row{create_failure::category_full, "category_full"},
          row{create_failure::category_gone, "category_gone"}, row{create_failure::guild_full, "guild_full"},
          row{create_failure::forbidden, "missing_permissions"},
          row{create_failure::refused, "refused_by_discord"},
          row{create_failure::bad_sound, "refused_by_discord"},
          row{create_failure::unknown, "refused_by_discord"}}) {
        const auto why = why_refused(failure);
        EXPECT_EQ(why.code, code);
        EXPECT_FALSE(why.reason.fr.empty());
        EXPECT_FALSE(why.reason.en.empty());
    }
}

TEST(voice_create_failures, only_discord_s_own_errors_have_a_code) {
    EXPECT_EQ(code_of(answer(404, R"({"code":10003,"message":"Unknown Channel"})")), 10003);
    EXPECT_EQ(code_of(answer(502, "<html>")), 0);
    EXPECT_EQ(code_of(std::runtime_error("x")), 0);
}

} // namespace
} // namespace vagrolant::voice_hubs
