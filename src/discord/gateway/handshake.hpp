#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// The opening handshake of a WebSocket, the client's side (RFC 6455 section 4.1). Pure, but for random
/// bytes.
namespace vagrolant::discord::gateway {

/// Unpredictable bytes for keys and masks (RFC 6455 section 5.3).
std::array<char, 4> random_mask();
/// A fresh `Sec-WebSocket-Key`.
std::string random_websocket_key();

std::string upgrade_request(std::string_view host, std::string_view target, std::string_view key);

/// The answer to the `key` (`Sec-WebSocket-Accept`).
std::string accept_for(std::string_view key);

/// Size of the response's head in `received`, its empty line included; nullopt: more is needed.
std::optional<std::size_t> response_head(std::string_view received);

/// Nullopt when `head` accepts the upgrade; else what is wrong with it.
std::optional<std::string> refusal(std::string_view head, std::string_view key);

/// Larger response heads are refused.
inline constexpr std::size_t max_response_head = std::size_t{16} * 1024;

} // namespace vagrolant::discord::gateway
