#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// WebSocket framing, the client's side (RFC 6455 section 5). Pure: bytes in, messages out.
namespace vagrolant::discord::gateway {

enum class frame_type : std::uint8_t {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10
};

/// Appends one masked, unfragmented frame.
void append_frame(std::string& out, frame_type type, std::string_view payload, std::array<char, 4> mask);

/// Payload of a close frame.
std::string close_payload(std::uint16_t code, std::string_view reason = {});

/// What the receive buffer holds next.
struct incoming {
    enum class kind : std::uint8_t {
        /// Nothing complete: read more.
        nothing,
        text,
        binary,
        ping,
        pong,
        close,
        /// The peer broke the protocol: `code` is to be sent, `data` says how. Nothing can be read any more.
        violation,
    };
    kind what = kind::nothing;
    /// Valid until the next call; `json::padding` bytes behind it are readable.
    std::string_view data;
    /// Of a close (none: the frame had none) or violation.
    std::optional<std::uint16_t> code;
};

/// Takes messages out of one growing receive buffer. An unfragmented message is never copied: it is read
/// where the stream put it.
class frame_reader {
public:
    explicit frame_reader(std::size_t max_message);

    /// Room for at least `read_size` bytes more. Invalidates what `next` returned.
    std::span<char> prepare();
    /// `size` bytes have been put into `prepare()`.
    void commit(std::size_t size);

    /// The next message or control frame. To be called until it returns nothing.
    incoming next();

    static constexpr std::size_t read_size = std::size_t{64} * 1024;

private:
    incoming violation(std::uint16_t code, std::string_view how);
    incoming control(frame_type type, std::string_view payload);
    void resize(std::size_t capacity);

    std::size_t max_message_;
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    // Size of the frame at `begin_` with its header, where it is known and not yet complete.
    std::size_t awaited_ = 0;

    // Of a fragmented message.
    std::string fragments_;
    std::optional<frame_type> fragmented_;
    bool fragments_done_ = false;
    std::optional<incoming> broken_;
};

} // namespace vagrolant::discord::gateway
