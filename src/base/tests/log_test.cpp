#include "base/log.hpp"

#include <gtest/gtest.h>

namespace vagrolant {

TEST(log, text_lines_quote_what_would_be_ambiguous) {
    EXPECT_EQ(log::render(log::format::text, log::level::info, "gateway ready",
                          {{"shard", 0}, {"name", "deux mots"}, {"ok", true}, {"empty", ""}}),
              R"(info    gateway ready shard=0 name="deux mots" ok=true empty="")");
}

TEST(log, a_line_break_in_a_value_cannot_forge_a_line) {
    EXPECT_EQ(log::render(log::format::text, log::level::error, "e", {{"reason", "a\nb"}}),
              R"(error   e reason="a\nb")");
}

TEST(log, json_lines_are_members_of_one_object) {
    EXPECT_EQ(log::render(log::format::json, log::level::warning, "slow", {{"ms", 1.5}, {"why", "\"x\""}}),
              R"("level":"warning","event":"slow","ms":1.5,"why":"\"x\"")");
}

TEST(log, secrets_are_masked_wherever_they_turn_up) {
    log::mask("very-secret-token");
    EXPECT_EQ(log::render(log::format::text, log::level::info, "e", {{"url", "/a/very-secret-token/b"}}),
              "info    e url=/a/***/b");
}

TEST(log, a_secret_is_masked_before_it_is_escaped) {
    log::mask(R"(pass"word\with)");
    const std::string text = R"(before pass"word\with after)";
    EXPECT_EQ(log::render(log::format::text, log::level::info, "e", {{"error", text}}),
              R"(info    e error="before *** after")");
    EXPECT_EQ(log::render(log::format::json, log::level::info, text, {{"error", text}}),
              R"("level":"info","event":"before *** after","error":"before *** after")");
}

TEST(log, a_secret_is_masked_as_addresses_spell_it) {
    log::mask("p@ss/word:é?");
    EXPECT_EQ(log::render(log::format::text, log::level::info, "e",
                          {{"url", "postgresql://me:p%40ss%2Fword%3A%C3%A9%3F@host/db"}}),
              "info    e url=postgresql://me:***@host/db");
}

TEST(log, a_short_secret_is_masked_where_it_is_a_word_of_its_own) {
    log::mask("abc12");
    EXPECT_EQ(log::render(log::format::text, log::level::info, "e",
                          {{"url", "//me:abc12@host"}, {"whole", "abc12"}, {"id", "1abc12"}}),
              "info    e url=//me:***@host whole=*** id=1abc12");
}

TEST(log, of_two_secrets_the_longer_is_masked_first) {
    log::mask("long-secret");
    log::mask("long-secret-and-longer");
    EXPECT_EQ(log::render(log::format::text, log::level::info, "e", {{"v", "long-secret-and-longer"}}),
              "info    e v=***");
}

} // namespace vagrolant
