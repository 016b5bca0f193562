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

} // namespace vagrolant
