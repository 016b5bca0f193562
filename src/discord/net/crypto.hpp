#pragma once

#include <span>
#include <string>
#include <string_view>

/// The little of OpenSSL that is wanted outside TLS.
namespace vagrolant::discord::net {

/// Fills `into` with unpredictable bytes. Throws `std::runtime_error` when there are none.
void fill_random(std::span<unsigned char> into);

/// The digest's 20 bytes. Throws `std::runtime_error` where SHA-1 is not to be had.
std::string sha1(std::string_view bytes);

/// (RFC 4648, 4)
std::string base64(std::string_view bytes);

} // namespace vagrolant::discord::net
