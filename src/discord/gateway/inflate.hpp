#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace vagrolant::discord::gateway {

/// Transport compression (Discord Docs/Gateway, "Transport Compression").
enum class compression : std::uint8_t { none, zlib_stream, zstd_stream };

/// Value of the gateway URL's `compress`; empty for none.
std::string_view to_string(compression how);

/// What came is not what this compression produces, or inflates to more than allowed.
class inflate_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Decompresses the messages of one connection: one context, as long as the connection lives.
class inflater {
public:
    virtual ~inflater() = default;

    /// Feeds one WebSocket message. The gateway message it completes, if it does: valid until the next call,
    /// with `json::padding` readable bytes behind it. Throws `inflate_error`; the context is useless
    /// afterwards.
    virtual std::optional<std::string_view> feed(std::string_view compressed) = 0;
};

/// Null for `none`. A message may inflate to at most `max_message` bytes.
std::unique_ptr<inflater> make_inflater(compression how, std::size_t max_message);

} // namespace vagrolant::discord::gateway
