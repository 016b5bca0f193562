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

TEST(RefusalByLanguage, HasEachAndThatOfWhoHasNotChosen) {
    const auto texts = refusal_by_language(reasons::rate_limited, locale::en, {{"retryAfter", 5}});
    const auto reason = [&](const char* language) {
        const auto& result = texts.at(language).as_object();
        EXPECT_EQ(result.at("code"), "rate_limited");
        EXPECT_EQ(result.at("ok"), false);
        EXPECT_EQ(result.at("retryAfter"), 5);
        return std::string(result.at("reason").as_string());
    };
    EXPECT_EQ(reason("fr"), reasons::rate_limited.reason.fr);
    EXPECT_EQ(reason("en"), reasons::rate_limited.reason.en);
    EXPECT_EQ(reason(""), reasons::rate_limited.reason.en);
}

TEST(Storable, KeepsWhatIsFine) {
    EXPECT_EQ(storable(command_outcome::success({{"messageId", "1"}}), locale::fr),
              R"({"messageId":"1","ok":true})");
}

TEST(Storable, CompletesAFailure) {
    const auto text = storable({.ok = false, .result = {{"reason", 7}}}, locale::en);
    EXPECT_THAT(text, HasSubstr(R"("ok":false)"));
    EXPECT_THAT(text, HasSubstr(R"("code":"internal")"));
    EXPECT_THAT(text, HasSubstr(reasons::failed.reason.en));
}

TEST(Storable, IsAskedForWordsOnlyWhereTheyAreNeeded) {
    EXPECT_EQ(text_of(command_outcome::success({{"messageId", "1"}})), R"({"messageId":"1","ok":true})");
    EXPECT_EQ(text_of(command_outcome::failure("busy", "…")), R"({"ok":false,"code":"busy","reason":"…"})");
    EXPECT_FALSE(text_of({.ok = true, .result = {}}));
    EXPECT_FALSE(text_of({.ok = false, .result = {{"ok", true}, {"code", "x"}, {"reason", "y"}}}));
    EXPECT_FALSE(text_of(command_outcome::failure("", "…")));
    EXPECT_FALSE(text_of(command_outcome::failure("busy", "")));
    EXPECT_FALSE(text_of({.ok = false, .result = {{"ok", false}, {"code", "x"}, {"reason", 7}}}));
    EXPECT_FALSE(text_of(command_outcome::success({{"name", "\xff"}})));
}

TEST(Storable, OkSaysWhatTheStatusSays) {
    EXPECT_THAT(storable({.ok = false, .result = {{"ok", true}}}, locale::fr), HasSubstr(R"("ok":false)"));
}

TEST(Storable, DropsWhatPostgresqlRefuses) {
    for (const auto& text : {std::string("a\0b", 3), std::string("\xff\xfe")}) {
        const auto failure = storable(command_outcome::failure("x", text), locale::fr);
        EXPECT_THAT(failure, HasSubstr(reasons::failed.reason.fr));
        const auto success = storable(command_outcome::success({{"name", text}}), locale::fr);
        EXPECT_THAT(success,
                    HasSubstr(R"("warnings":[{"code":"result_not_storable","text":"La commande a été)"));
    }
    // An escaped backslash before "u0000" is no U+0000.
    const auto fine = storable(command_outcome::success({{"name", "\\u0000"}}), locale::fr);
    EXPECT_THAT(fine, HasSubstr("name"));
}

} // namespace
} // namespace vagrolant::bot
