#include "base/log.hpp"
#include "db/error.hpp"
#include "db/url.hpp"

#include <gtest/gtest.h>

namespace vagrolant::db {
namespace {

TEST(DatabaseUrl, IsShownWithoutItsPassword) {
    EXPECT_EQ(redacted("postgresql://bot:s3cret%40word@db:5433/guilds?sslmode=require"),
              "host=db port=5433 dbname=guilds user=bot");
}

TEST(DatabaseUrl, GetsTimeLimitsUnlessItHasItsOwn) {
    const auto text = connection_string("postgres://bot@db/guilds?connect_timeout=9");
    EXPECT_TRUE(text.contains("connect_timeout='9'")) << text;
    EXPECT_TRUE(text.contains("tcp_user_timeout='30000'")) << text;
    EXPECT_TRUE(text.contains("host='db'")) << text;
}

TEST(DatabaseUrl, QuotesWhatLibpqWouldMisread) {
    const auto text = connection_string("postgresql://bot:a%27b%5Cc@db/guilds");
    EXPECT_TRUE(text.contains(R"(password='a\'b\\c')")) << text;
}

TEST(DatabaseUrl, ItsPasswordIsMaskedHoweverItIsSpelled) {
    connection_string("postgresql://bot:needles%2fsly%65scaped@db/guilds");
    for (const auto* spelling : {"needles/slyescaped", "needles%2Fslyescaped", "needles%2fsly%65scaped"}) {
        const auto line = log::render(log::format::text, log::level::info, "e", {{"url", spelling}});
        EXPECT_TRUE(line.ends_with("url=***")) << line;
    }
}

TEST(DatabaseUrl, WhatIsNoneIsRefusedWithoutRepeatingIt) {
    for (const auto* text : {"", "mysql://bot:s3cret@db/x", "host=db password=s3cret",
                             "postgresql://bot:s3cret@db:x:y/z", "postgresql://bot:s3cret@db/x?what=ever"}) {
        try {
            static_cast<void>(connection_string(text));
            ADD_FAILURE() << text;
        } catch (const misconfigured& error) {
            EXPECT_FALSE(std::string_view(error.what()).contains("s3cret")) << error.what();
        }
    }
}

} // namespace
} // namespace vagrolant::db
