#include "base/text.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace vagrolant::text {

namespace {

constexpr bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

constexpr bool is_space(char byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

} // namespace

std::size_t length(std::string_view utf8) {
    std::size_t count = 0;
    for (const char byte : utf8) {
        if (!is_continuation(byte))
            ++count;
    }
    return count;
}

std::string truncate(std::string_view utf8, std::size_t limit) {
    if (length(utf8) <= limit)
        return std::string(utf8);
    if (limit == 0)
        return {};
    std::size_t count = 0;
    std::size_t end = 0;
    for (; end < utf8.size(); ++end) {
        if (!is_continuation(utf8[end]) && ++count == limit)
            break;
    }
    return std::string(utf8.substr(0, end)) + "…";
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string to_lower_ascii(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

bool is_utf8(std::string_view bytes) {
    std::size_t i = 0;
    while (i < bytes.size()) {
        const auto lead = static_cast<std::uint8_t>(bytes[i]);
        std::size_t extra = 0;
        std::uint32_t code = 0;
        if (lead < 0x80) {
            ++i;
            continue;
        }
        if (lead >= 0xC2 && lead <= 0xDF) {
            extra = 1;
            code = lead & 0x1FU;
        } else if (lead >= 0xE0 && lead <= 0xEF) {
            extra = 2;
            code = lead & 0x0FU;
        } else if (lead >= 0xF0 && lead <= 0xF4) {
            extra = 3;
            code = lead & 0x07U;
        } else {
            return false;
        }
        if (bytes.size() - i <= extra)
            return false;
        for (std::size_t k = 1; k <= extra; ++k) {
            if (!is_continuation(bytes[i + k]))
                return false;
            code = (code << 6U) | (static_cast<std::uint8_t>(bytes[i + k]) & 0x3FU);
        }
        const bool overlong = (extra == 2 && code < 0x800) || (extra == 3 && code < 0x10000);
        const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        if (overlong || surrogate || code > 0x10FFFF)
            return false;
        i += extra + 1;
    }
    return true;
}

std::string percent_encode(std::string_view bytes) {
    std::string encoded;
    for (const char c : bytes) {
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                           std::string_view("-._~").contains(c);
        if (plain)
            encoded += c;
        else
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

} // namespace vagrolant::text
