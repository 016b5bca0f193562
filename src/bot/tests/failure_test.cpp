#include "async/deadline.hpp"
#include "bot/failure.hpp"
#include "bot/permissions.hpp"
#include "bot/replies.hpp"
#include "db/error.hpp"
#include "discord/net/stream.hpp"
#include "discord/rest/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vagrolant::bot {
namespace {

using discord::permission;
using discord::permissions;
using testing::HasSubstr;
using testing::Not;

refusal explained(const std::exception& error) {
    return explain(error).value_or(refusal{.code = "unexplained"});
}

discord::rest_error rest(int status, int code, std::vector<discord::field_error> fields = {}) {
    return {status, code, "Something in English", std::move(fields), "POST /channels/{id}/messages"};
}

TEST(failures, discord_s_refusals_are_told_in_plain_words) {
    EXPECT_EQ(explained(rest(404, 10003)).code, "unknown_channel");
    EXPECT_EQ(explained(rest(403, 50001)).code, "missing_access");
    EXPECT_THAT(explained(rest(403, 50013)).reason.fr, HasSubstr("Permissions insuffisantes"));
    EXPECT_THAT(explained(rest(503, 0)).reason.fr, HasSubstr("HTTP 503"));
    EXPECT_THAT(explained(rest(400, 31337)).reason.fr, HasSubstr("code 31337"));
    const auto field =
        explained(rest(400, 50035, {{"embeds[0].image.url", "URL_TYPE", "Not a well formed URL."}}));
    EXPECT_THAT(field.reason.fr, HasSubstr("« embeds[0].image.url »"));
}

TEST(failures, a_rate_limit_says_when_to_ask_again) {
    const auto limited =
        explained(discord::rate_limited("POST /x", "too long", std::chrono::milliseconds(1500)));
    EXPECT_EQ(limited.code, "rate_limited");
    EXPECT_EQ(limited.retry_after, std::chrono::milliseconds(1500));
    EXPECT_THAT(limited.reason.fr, HasSubstr("dans 2 s"));
}

TEST(failures, networks_and_databases_are_told_without_their_insides) {
    EXPECT_EQ(explained(discord::net::network_error("api: connection refused 10.0.0.1")).code,
              "discord_unreachable");
    EXPECT_EQ(explained(deadline_exceeded("POST")).code, "discord_unreachable");
    EXPECT_EQ(explained(discord::malformed_answer("GET /x", "id: not a snowflake")).code,
              "discord_unreachable");
    const auto database = explained(db::unavailable("connection to host=secret failed"));
    EXPECT_EQ(database.code, "database_unavailable");
    EXPECT_THAT(database.reason.fr + database.reason.en, Not(HasSubstr("secret")));
    EXPECT_EQ(explained(db::late()).code, "database_unavailable");
    EXPECT_FALSE(explain(std::logic_error("a bug")));
}

TEST(failures, people_read_them_in_their_language) {
    const replies words(locale::fr);
    using discord::interactions::failure;
    const auto lost = rest(403, 50013);
    EXPECT_THAT(words.sentence(failure::internal, &lost, "fr"), HasSubstr("Permissions insuffisantes"));
    EXPECT_THAT(words.sentence(failure::internal, &lost, "en-GB"), HasSubstr("Missing permissions"));
    const std::logic_error bug("at line 5");
    EXPECT_THAT(words.sentence(failure::internal, &bug, "ja"), HasSubstr("mal passé"));
    EXPECT_THAT(words.sentence(failure::internal, &bug, "fr"), Not(HasSubstr("line")));
    EXPECT_THAT(words.sentence(failure::stale_component, nullptr, "en-US"), HasSubstr("earlier version"));
    EXPECT_NE(words.sentence(failure::busy, nullptr, "fr"),
              words.sentence(failure::unknown_command, nullptr, "fr"));
}

TEST(own_permissions, what_is_lacking_is_named_with_the_channel) {
    const permissions own{permission::view_channel};
    EXPECT_FALSE(missing_permissions(own, permission::view_channel, "général"));
    const auto lacking =
        missing_permissions(own, {permission::send_messages, permission::embed_links}, "annonces");
    ASSERT_TRUE(lacking);
    EXPECT_EQ(lacking->code, "missing_permissions");
    EXPECT_EQ(lacking->reason.fr,
              "Permissions insuffisantes : il manque au bot « Envoyer des messages », « Intégrer "
              "des liens » dans #annonces.");
    EXPECT_THAT(lacking->reason.en, HasSubstr("\"Send Messages\", \"Embed Links\" in #annonces"));
    EXPECT_THAT(missing_permissions({}, permission::send_messages, "")->reason.fr,
                HasSubstr("dans ce salon"));
}

} // namespace
} // namespace vagrolant::bot
