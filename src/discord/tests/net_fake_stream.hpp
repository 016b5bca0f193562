#pragma once

#include "async/event.hpp"
#include "discord/net/stream.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace vagrolant::discord::net {

/// The far end of a `fake_stream`: what it will say, what it was told. The test keeps it.
struct fake_peer {
    /// Pieces that one read each gives. Where they end, `after` happens.
    std::deque<std::string> says;
    enum class ending { silence, end, broken } after = ending::silence;
    /// Writing fails from the start.
    bool deaf = false;
    /// What `idle()` answers.
    bool open = true;

    std::string heard;
    bool closed = false;
};

class fake_stream final : public stream {
public:
    fake_stream(const asio::any_io_executor& executor, std::shared_ptr<fake_peer> peer)
        : peer_(std::move(peer))
        , never_(executor) {}
    ~fake_stream() override { peer_->closed = true; }

    awaitable<std::size_t> read_some(std::span<char> into) override {
        if (!peer_->says.empty()) {
            auto& piece = peer_->says.front();
            const auto size = std::min(piece.size(), into.size());
            std::memcpy(into.data(), piece.data(), size);
            piece.erase(0, size);
            if (piece.empty())
                peer_->says.pop_front();
            co_return size;
        }
        if (peer_->after == fake_peer::ending::broken)
            throw network_error("fake: read: broken");
        if (peer_->after == fake_peer::ending::silence)
            co_await never_.wait();
        co_return 0;
    }

    awaitable<void> write(std::string_view data) override {
        if (peer_->deaf)
            throw network_error("fake: write: broken");
        peer_->heard += data;
        co_return;
    }

    bool idle() noexcept override { return peer_->open; }
    void close() noexcept override { peer_->closed = true; }

private:
    std::shared_ptr<fake_peer> peer_;
    event never_;
};

} // namespace vagrolant::discord::net
