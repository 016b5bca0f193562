#include "bot/command_queue/checks.hpp"
#include "json/reader.hpp"

#include <gtest/gtest.h>

namespace vagrolant::bot {
namespace {

claimed_command with_payload(std::string type, std::string text) {
    claimed_command which;
    which.payload_type = std::move(type);
    which.payload_bytes = static_cast<std::int64_t>(text.size());
    which.request.payload = std::move(text);
    return which;
}

std::string code_of(const claimed_command& which) {
    const auto wrong = check_payload(which);
    return wrong ? std::string(wrong->code) : "accepted";
}

TEST(CheckPayload, TakesAnObjectOrNothing) {
    EXPECT_EQ(code_of({.payload_type = "null"}), "accepted");
    EXPECT_EQ(code_of(with_payload("object", R"({"amount": 5})")), "accepted");
}

TEST(CheckPayload, RefusesOtherTypes) {
    for (const auto* type : {"array", "string", "number", "boolean"})
        EXPECT_EQ(code_of(with_payload(type, "…")), "payload_invalid") << type;
}

TEST(CheckPayload, RefusesWhatIsTooLarge) {
    auto limit = with_payload("object", "{}");
    limit.payload_bytes = max_payload_bytes;
    EXPECT_EQ(code_of(limit), "accepted");
    ++limit.payload_bytes;
    EXPECT_EQ(code_of(limit), "payload_too_large");
}

TEST(CheckPayload, RefusesWhatNestsTooDeeply) {
    const auto nested = [](std::size_t depth) {
        return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
    };
    EXPECT_EQ(code_of(with_payload("object", nested(json::max_depth))), "accepted");
    EXPECT_EQ(code_of(with_payload("object", nested(json::max_depth + 1))), "payload_too_deep");
    EXPECT_EQ(code_of(with_payload("object", nested(20'000))), "payload_too_deep");
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
