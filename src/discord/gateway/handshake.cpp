#include "discord/gateway/handshake.hpp"

#include "base/text.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace vagrolant::discord::gateway {

namespace {

std::string base64(const unsigned char* bytes, std::size_t size) {
    std::string text((size + 2) / 3 * 4 + 1, '\0');
    const int written =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size));
    text.resize(static_cast<std::size_t>(written));
    return text;
}

void fill_random(unsigned char* bytes, std::size_t size) {
    if (RAND_bytes(bytes, static_cast<int>(size)) != 1)
        throw std::runtime_error("no random bytes");
}

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
    std::array<char, 4> mask{};
    fill_random(reinterpret_cast<unsigned char*>(mask.data()), mask.size());
    return mask;
}

std::string random_websocket_key() {
    std::array<unsigned char, 16> bytes{};
    fill_random(bytes.data(), bytes.size());
    return base64(bytes.data(), bytes.size());
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
    std::string text(key);
    text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
        throw std::runtime_error("SHA-1 is not available");
    return base64(digest.data(), size);
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
