#pragma once

#include "async/asio.hpp"
#include "async/task_group.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vagrolant::discord::gateway {

/// What the client sent: a text message, a control frame, or the end.
struct client_frame {
    /// 0: the connection ended.
    unsigned opcode = 0;
    std::string payload;

    /// Of a close frame.
    unsigned close_code() const;
};

/// One connection of a client, seen from the server.
class server_connection {
public:
    explicit server_connection(asio::ip::tcp::socket socket)
        : socket_(std::move(socket)) {}

    awaitable<void> accept();
    /// One frame, not masked; `first` is its first byte.
    awaitable<void> send(std::string payload, unsigned first = 0x81);
    /// Ready-made frames.
    awaitable<void> send_raw(std::string bytes);
    awaitable<void> close(std::uint16_t code);
    awaitable<client_frame> receive();
    /// Skips heartbeats.
    awaitable<client_frame> receive_other();
    void cut();

    /// Request line of the handshake.
    const std::string& request() const { return request_; }

private:
    awaitable<bool> fill(std::size_t size);

    asio::ip::tcp::socket socket_;
    std::string request_;
    std::string received_;
};

/// A gateway on a port of this machine, each of whose connections follows the next script.
class scripted_gateway {
public:
    using script = std::function<awaitable<void>(server_connection&)>;

    scripted_gateway(task_group& tasks, std::vector<script> scripts);

    std::string url() const;
    std::size_t connections() const { return connections_; }

private:
    awaitable<void> serve();
    awaitable<void> converse(asio::ip::tcp::socket socket, script what);

    task_group& tasks_;
    std::vector<script> scripts_;
    asio::ip::tcp::acceptor acceptor_;
    std::size_t connections_ = 0;
};

} // namespace vagrolant::discord::gateway
