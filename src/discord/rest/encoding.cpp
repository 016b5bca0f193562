#include "discord/rest/encoding.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace vagrolant::discord::rest {

namespace {

constexpr std::string_view hex = "0123456789ABCDEF";

std::string escaped(unsigned char byte) {
    return {'%', hex[byte >> 4U], hex[byte & 15U]};
}

// A boundary that the data cannot hold but by a 2^128 chance.
std::string random_boundary() {
    std::random_device random;
    std::string boundary = "form-";
    for (int word = 0; word < 4; ++word) {
        for (auto bits = random(), digit = 0U; digit < 8; ++digit, bits >>= 4U)
            boundary += hex[bits & 15U];
    }
    return boundary;
}

std::string in_quotes(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\r' || c == '\n' || c == '\0')
            out += escaped(static_cast<unsigned char>(c));
        else
            out += c;
    }
    return out + '"';
}

} // namespace

multipart encode_multipart(std::string_view payload_json, const std::vector<file>& files) {
    const auto boundary = random_boundary();
    const auto open = [&](std::string_view disposition, std::string_view type) {
        return "--" + boundary + "\r\nContent-Disposition: form-data; " + std::string(disposition) +
               "\r\nContent-Type: " + std::string(type) + "\r\n\r\n";
    };
    multipart form{"multipart/form-data; boundary=" + boundary, {}};
    form.body = open("name=\"payload_json\"", "application/json") + std::string(payload_json) + "\r\n";
    for (std::size_t index = 0; index < files.size(); ++index) {
        const auto& one = files[index];
        const auto clean_type = one.content_type.substr(0, one.content_type.find_first_of("\r\n"));
        form.body += open("name=\"files[" + std::to_string(index) + "]\"; filename=" + in_quotes(one.name),
                          clean_type.empty() ? "application/octet-stream" : clean_type);
        form.body += one.data + "\r\n";
    }
    form.body += "--" + boundary + "--\r\n";
    return form;
}

} // namespace vagrolant::discord::rest
