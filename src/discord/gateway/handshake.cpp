#include "discord/gateway/handshake.hpp"

#include "base/text.hpp"
#include "discord/net/crypto.hpp"

#include <bit>

namespace vagrolant::discord::gateway {

namespace {

// True when the comma-separated list names `token`, whatever its case.
bool lists(std::string_view list, std::string_view token) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        if (text::to_lower_ascii(text::trim(list.substr(0, comma))) == token)
            return true;
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return false;
}

} // namespace

std::array<char, 4> random_mask() {
    std::array<unsigned char, 4> bytes{};
    net::fill_random(bytes);
    return std::bit_cast<std::array<char, 4>>(bytes);
}

std::string random_websocket_key() {
    std::array<unsigned char, 16> bytes{};
    net::fill_random(bytes);
    return net::base64(std::string(bytes.begin(), bytes.end()));
}

std::string upgrade_request(std::string_view host, std::string_view target, std::string_view key) {
    std::string request = "GET ";
    request += target;
    request += " HTTP/1.1\r\nHost: ";
    request += host;
    request +=
        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ";
    request += key;
    request += "\r\n\r\n";
    return request;
}

std::string accept_for(std::string_view key) {
    return net::base64(net::sha1(std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
}

std::optional<std::size_t> response_head(std::string_view received) {
    const auto end = received.find("\r\n\r\n");
    if (end == std::string_view::npos)
        return std::nullopt;
    return end + 4;
}

std::optional<std::string> refusal(std::string_view head, std::string_view key) {
    auto line_end = head.find("\r\n");
    const auto status = head.substr(0, line_end);
    if (!status.starts_with("HTTP/1.1 "))
        return "no HTTP/1.1 response";
    if (status.substr(9, 3) != "101")
        return "the server answered " + std::string(status.substr(9, 60));

    bool upgrade = false;
    bool connection = false;
    bool accept = false;
    while (line_end != std::string_view::npos) {
        head.remove_prefix(line_end + 2);
        line_end = head.find("\r\n");
        const auto line = head.substr(0, line_end);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos)
            continue;
        const auto name = text::to_lower_ascii(line.substr(0, colon));
        const auto value = text::trim(line.substr(colon + 1));
        if (name == "upgrade") {
            upgrade = lists(value, "websocket");
        } else if (name == "connection") {
            connection = connection || lists(value, "upgrade");
        } else if (name == "sec-websocket-accept") {
            accept = value == accept_for(key);
        } else if (name == "sec-websocket-extensions" || name == "sec-websocket-protocol") {
            return "the server chose something that was not offered: " + name;
        }
    }
    if (!upgrade || !connection)
        return "the response is no WebSocket upgrade";
    if (!accept)
        return "wrong Sec-WebSocket-Accept";
    return std::nullopt;
}

} // namespace vagrolant::discord::gateway
