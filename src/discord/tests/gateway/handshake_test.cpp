#include "discord/gateway/handshake.hpp"

#include <gtest/gtest.h>

namespace vagrolant::discord::gateway {

namespace {
// The example of RFC 6455, section 1.3.
constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view good = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                  "Connection: Upgrade\r\n"
                                  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

std::string replaced(std::string_view what, std::string_view with) {
    std::string text(good);
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos);
    return text.replace(at, what.size(), with);
}
} // namespace

TEST(gateway_handshake, the_rfcs_example_is_accepted) {
    EXPECT_EQ(accept_for(key), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    EXPECT_EQ(response_head(good), good.size());
    EXPECT_EQ(refusal(good, key), std::nullopt);
    EXPECT_EQ(refusal(replaced("Upgrade: websocket", "uPGRADE:  WebSocket "), key), std::nullopt);
    EXPECT_EQ(refusal(replaced("Connection: Upgrade", "Connection: keep-alive, upgrade"), key), std::nullopt);
}

TEST(gateway_handshake, anything_else_is_refused_with_its_reason) {
    EXPECT_EQ(refusal(replaced("101 Switching Protocols", "401 Unauthorized"), key),
              "the server answered 401 Unauthorized");
    EXPECT_EQ(refusal(replaced("HTTP/1.1", "SMTP/1.1"), key), "no HTTP/1.1 response");
    EXPECT_EQ(refusal(replaced("s3pPLM", "AAAAAA"), key), "wrong Sec-WebSocket-Accept");
    EXPECT_EQ(refusal(replaced("Sec-WebSocket-Accept", "X-Other"), key), "wrong Sec-WebSocket-Accept");
    EXPECT_EQ(refusal(replaced("Upgrade: websocket", "Upgrade: h2c"), key),
              "the response is no WebSocket upgrade");
    EXPECT_EQ(refusal(replaced("Connection: Upgrade", "Connection: close"), key),
              "the response is no WebSocket upgrade");
    EXPECT_EQ(
        refusal(replaced("Upgrade: w", "Sec-WebSocket-Extensions: permessage-deflate\r\nUpgrade: w"), key),
        "the server chose something that was not offered: sec-websocket-extensions");
    EXPECT_EQ(refusal("", key), "no HTTP/1.1 response");
}

TEST(gateway_handshake, keys_are_16_fresh_bytes) {
    const auto one = random_websocket_key();
    EXPECT_EQ(one.size(), 24U);
    EXPECT_NE(one, random_websocket_key());
}

} // namespace vagrolant::discord::gateway
