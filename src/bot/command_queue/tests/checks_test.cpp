#include "bot/command_queue/checks.hpp"
#include "json/reader.hpp"

#include <gmock/gmock.h>

namespace vagrolant::bot {
namespace {

using ::testing::HasSubstr;

claimed_command with_payload(std::string type, std::string text) {
    claimed_command which;
    which.payload_type = std::move(type);
    which.payload_bytes = static_cast<std::int64_t>(text.size());
    which.request.payload = std::move(text);
    return which;
}

std::string reason_against(const claimed_command& which) {
    const auto wrong = check_payload(which);
    return wrong ? std::string(wrong->reason.fr) : "accepted";
}

TEST(CheckPayload, TakesAnObjectOrNothing) {
    EXPECT_EQ(reason_against({.payload_type = "null"}), "accepted");
    EXPECT_EQ(reason_against(with_payload("object", R"({"amount": 5})")), "accepted");
}

TEST(CheckPayload, RefusesOtherTypes) {
    for (const auto* type : {"array", "string", "number", "boolean"})
        EXPECT_THAT(reason_against(with_payload(type, "…")), HasSubstr("objet JSON")) << type;
}

TEST(CheckPayload, RefusesWhatIsTooLarge) {
    auto limit = with_payload("object", "{}");
    limit.payload_bytes = max_payload_bytes;
    EXPECT_EQ(reason_against(limit), "accepted");
    ++limit.payload_bytes;
    EXPECT_THAT(reason_against(limit), HasSubstr("volumineuses"));
}

TEST(CheckPayload, RefusesWhatNestsTooDeeply) {
    const auto nested = [](std::size_t depth) {
        return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
    };
    EXPECT_EQ(reason_against(with_payload("object", nested(json::max_depth))), "accepted");
    EXPECT_THAT(reason_against(with_payload("object", nested(json::max_depth + 1))), HasSubstr("imbriquées"));
    EXPECT_THAT(reason_against(with_payload("object", nested(20'000))), HasSubstr("imbriquées"));
}

TEST(Storable, KeepsWhatIsFine) {
    const auto kept = storable(command_outcome::success({{"messageId", "1"}}), locale::fr);
    EXPECT_EQ(json::serialize(kept.result), R"({"messageId":"1","ok":true})");
}

TEST(Storable, CompletesAFailure) {
    auto kept = storable({.ok = false, .result = {{"reason", 7}}}, locale::en);
    EXPECT_EQ(kept.result["ok"], false);
    EXPECT_EQ(kept.result["code"].as_string(), "internal");
    EXPECT_EQ(kept.result["reason"].as_string(), reasons::failed.reason.en);
}

TEST(Storable, OkSaysWhatTheStatusSays) {
    EXPECT_EQ(storable({.ok = false, .result = {{"ok", true}}}, locale::fr).result["ok"], false);
}

TEST(Storable, DropsWhatPostgresqlRefuses) {
    for (const auto& text : {std::string("a\0b", 3), std::string("\xff\xfe")}) {
        const auto failure = storable(command_outcome::failure("x", text), locale::fr);
        EXPECT_EQ(failure.result.at("reason").as_string(), reasons::failed.reason.fr);
        const auto success = storable(command_outcome::success({{"name", text}}), locale::fr);
        EXPECT_EQ(json::serialize(success.result), R"({"warnings":["result_not_storable"],"ok":true})");
    }
    // An escaped backslash before "u0000" is no U+0000.
    const auto fine = storable(command_outcome::success({{"name", "\\u0000"}}), locale::fr);
    EXPECT_TRUE(fine.result.contains("name"));
}

} // namespace
} // namespace vagrolant::bot
