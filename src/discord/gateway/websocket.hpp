#pragma once

#include "async/event.hpp"
#include "discord/gateway/frames.hpp"
#include "discord/net/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace vagrolant::discord::gateway {

/// A client's WebSocket over any stream. Loop thread only.
///
/// One coroutine reads (`next` until nothing, then `receive`), one runs `write_out`; everybody may send.
class websocket {
public:
    websocket(std::unique_ptr<net::stream> stream, const asio::any_io_executor& executor,
              std::size_t max_message);

    /// The opening handshake. Throws `net::network_error` when the server refuses. Wants a deadline.
    awaitable<void> shake_hands(std::string host, std::string target);

    /// What has been received: a message, a close or a violation (both are the last). Pings are answered
    /// here.
    incoming next();

    /// Reads more; false at the end of the stream. Throws `net::network_error`. Invalidates what `next`
    /// returned.
    awaitable<bool> receive();

    /// Queues a text message.
    void send(std::string_view text);
    /// Queues a close frame; nothing is sent after it.
    void close(std::uint16_t code);
    /// Writes what is queued, until `cut`. Throws `net::network_error`.
    awaitable<void> write_out();
    /// Returns once everything queued has been written. Wants a deadline.
    awaitable<void> written();

    /// Ends the stream at once; whatever is under way ends too.
    void cut() noexcept;

    /// A peer that takes nothing in is cut once so much is queued.
    static constexpr std::size_t max_queued = std::size_t{1024} * 1024;

private:
    void queue(frame_type type, std::string_view payload);

    std::unique_ptr<net::stream> stream_;
    frame_reader frames_;
    std::string outgoing_;
    event changed_;
    bool closing_ = false;
    bool over_ = false;
    bool writing_ = false;
};

} // namespace vagrolant::discord::gateway
