#include "discord/gateway/websocket.hpp"

#include "discord/gateway/handshake.hpp"

#include <algorithm>
#include <utility>

namespace vagrolant::discord::gateway {

websocket::websocket(std::unique_ptr<net::stream> stream, const asio::any_io_executor& executor,
                     std::size_t max_message)
    : stream_(std::move(stream))
    , frames_(max_message)
    , changed_(executor) {}

awaitable<void> websocket::shake_hands(std::string host, std::string target) {
    const auto key = random_websocket_key();
    const auto request = upgrade_request(host, target, key);
    co_await stream_->write(request);

    std::string received;
    std::optional<std::size_t> head;
    while (!head) {
        if (received.size() >= max_response_head)
            throw net::network_error("gateway: the response's head is too long");
        const auto before = received.size();
        received.resize(max_response_head);
        const auto size = co_await stream_->read_some(std::span(received).subspan(before));
        if (size == 0)
            throw net::network_error("gateway: connection closed during the WebSocket handshake");
        received.resize(before + size);
        head = response_head(received);
    }
    const auto wrong = refusal(std::string_view(received).substr(0, *head), key);
    if (wrong)
        throw net::network_error("gateway: " + *wrong);

    // Frames may have come with the head.
    const auto rest = std::string_view(received).substr(*head);
    const auto room = frames_.prepare();
    std::ranges::copy(rest, room.begin());
    frames_.commit(rest.size());
}

incoming websocket::next() {
    for (;;) {
        const auto in = frames_.next();
        switch (in.what) {
        case incoming::kind::ping:
            queue(frame_type::pong, in.data);
            break;
        case incoming::kind::pong:
            break;
        case incoming::kind::close:
            // The closing handshake: an unanswered close is echoed.
            close(in.code.value_or(1000));
            return in;
        case incoming::kind::violation:
            close(in.code.value_or(1002));
            return in;
        default:
            return in;
        }
    }
}

awaitable<bool> websocket::receive() {
    const auto size = co_await stream_->read_some(frames_.prepare());
    frames_.commit(size);
    co_return size > 0;
}

void websocket::send(std::string_view text) {
    queue(frame_type::text, text);
}

void websocket::close(std::uint16_t code) {
    queue(frame_type::close, close_payload(code));
    closing_ = true;
}

awaitable<void> websocket::write_out() {
    std::string batch;
    while (!over_) {
        if (outgoing_.empty()) {
            co_await changed_.wait();
            continue;
        }
        batch.clear();
        std::swap(batch, outgoing_);
        writing_ = true;
        co_await stream_->write(batch);
        writing_ = false;
        changed_.notify_all();
    }
}

awaitable<void> websocket::written() {
    while (!over_ && (writing_ || !outgoing_.empty()))
        co_await changed_.wait();
}

void websocket::cut() noexcept {
    over_ = true;
    stream_->close();
    changed_.notify_all();
}

void websocket::queue(frame_type type, std::string_view payload) {
    if (closing_ || over_)
        return;
    if (outgoing_.size() + payload.size() > max_queued) {
        cut();
        return;
    }
    append_frame(outgoing_, type, payload, random_mask());
    changed_.notify_all();
}

} // namespace vagrolant::discord::gateway
