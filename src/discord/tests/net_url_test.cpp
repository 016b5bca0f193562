#include "discord/net/stream.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace vagrolant::discord::net {

struct accepted {
    const char* text;
    endpoint where;
    const char* target;

    friend void PrintTo(const accepted& one, std::ostream* out) { *out << one.text; }
};

class good_url : public testing::TestWithParam<accepted> {};

TEST_P(good_url, is_taken_apart) {
    const auto parsed = parse_url(GetParam().text);
    ASSERT_TRUE(parsed) << GetParam().text;
    EXPECT_EQ(parsed->endpoint, GetParam().where) << parsed->endpoint.host << ':' << parsed->endpoint.port;
    EXPECT_EQ(parsed->target, GetParam().target);
}

INSTANTIATE_TEST_SUITE_P(
    urls, good_url,
    testing::Values(accepted{"https://discord.com/api/v10", {"discord.com", "443", true}, "/api/v10"},
                    accepted{"wss://gateway.discord.gg", {"gateway.discord.gg", "443", true}, "/"},
                    accepted{"wss://gateway.discord.gg/?v=10&encoding=json",
                             {"gateway.discord.gg", "443", true},
                             "/?v=10&encoding=json"},
                    accepted{"ws://h?x=1", {"h", "80", false}, "/?x=1"},
                    accepted{"http://127.0.0.1:8080/a%20b", {"127.0.0.1", "8080", false}, "/a%20b"},
                    accepted{"HTTPS://h:444/", {"h", "444", true}, "/"},
                    accepted{"https://[2001:db8::1]:444/x", {"2001:db8::1", "444", true}, "/x"},
                    accepted{"http://h/p#fragment", {"h", "80", false}, "/p"}));

class bad_url : public testing::TestWithParam<const char*> {};

TEST_P(bad_url, is_refused) {
    EXPECT_FALSE(parse_url(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(urls, bad_url,
                         testing::Values("", "discord.com", "/api", "ftp://h/", "https://", "https:///x",
                                         "https://user:password@h/", "https://user@h/", "http://h:0/",
                                         "http://h:99999/", "http://h:x/", "http://h/a b",
                                         "http://h/\r\nX: y", "https://[::1/",
                                         // Decoded, these would stand in the Host header.
                                         "wss://a%0d%0aX/", "http://a%20b/", "http://a%00b/"));

} // namespace vagrolant::discord::net
