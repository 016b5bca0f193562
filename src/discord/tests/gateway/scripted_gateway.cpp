#include "discord/tests/gateway/scripted_gateway.hpp"

#include "discord/gateway/frames.hpp"
#include "discord/gateway/handshake.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/write.hpp>

namespace vagrolant::discord::gateway {

using asio::ip::tcp;

unsigned client_frame::close_code() const {
    if (opcode != 8 || payload.size() < 2)
        return 0;
    return static_cast<unsigned>(static_cast<unsigned char>(payload[0])) << 8U |
           static_cast<unsigned char>(payload[1]);
}

awaitable<bool> server_connection::fill(std::size_t size) {
    while (received_.size() < size) {
        std::string chunk(4096, '\0');
        const auto [error, got] =
            co_await socket_.async_read_some(asio::buffer(chunk), asio::as_tuple(asio::use_awaitable));
        if (error == asio::error::operation_aborted)
            throw boost::system::system_error(error);
        if (error)
            co_return false;
        received_.append(chunk, 0, got);
    }
    co_return true;
}

awaitable<void> server_connection::accept() {
    std::size_t end = std::string::npos;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
        const bool more = co_await fill(received_.size() + 1);
        if (!more)
            co_return;
    }
    request_ = received_.substr(0, received_.find("\r\n"));
    const auto begin = received_.find("Sec-WebSocket-Key: ") + 19;
    const auto key = received_.substr(begin, received_.find("\r\n", begin) - begin);
    received_.erase(0, end + 4);
    const std::string answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                               "Upgrade\r\nSec-WebSocket-Accept: " +
                               accept_for(key) + "\r\n\r\n";
    co_await asio::async_write(socket_, asio::buffer(answer), asio::use_awaitable);
}

awaitable<void> server_connection::send(std::string payload, unsigned first) {
    std::string bytes(1, static_cast<char>(first));
    if (payload.size() < 126) {
        bytes += static_cast<char>(payload.size());
    } else {
        bytes += '\x7E';
        bytes += static_cast<char>(payload.size() >> 8U);
        bytes += static_cast<char>(payload.size() & 0xFFU);
    }
    bytes += payload;
    co_await send_raw(std::move(bytes));
}

awaitable<void> server_connection::send_raw(std::string bytes) {
    co_await asio::async_write(socket_, asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
}

awaitable<void> server_connection::close(std::uint16_t code) {
    co_await send(close_payload(code), 0x88);
}

awaitable<client_frame> server_connection::receive() {
    client_frame frame;
    bool there = co_await fill(2);
    if (!there)
        co_return frame;
    std::size_t size = static_cast<unsigned char>(received_[1]) & 0x7FU;
    std::size_t header = 2;
    if (size == 126) {
        there = co_await fill(4);
        size = static_cast<std::size_t>(static_cast<unsigned char>(received_[2])) << 8U |
               static_cast<unsigned char>(received_[3]);
        header = 4;
    }
    there = co_await fill(header + 4 + size);
    if (!there)
        co_return frame;
    frame.opcode = static_cast<unsigned char>(received_[0]) & 0x0FU;
    frame.payload = received_.substr(header + 4, size);
    for (std::size_t i = 0; i < size; ++i)
        frame.payload[i] = static_cast<char>(frame.payload[i] ^ received_[header + i % 4]);
    received_.erase(0, header + 4 + size);
    co_return frame;
}

awaitable<client_frame> server_connection::receive_other() {
    for (;;) {
        auto frame = co_await receive();
        if (!frame.payload.starts_with(R"({"op":1,)"))
            co_return frame;
    }
}

void server_connection::cut() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

scripted_gateway::scripted_gateway(task_group& tasks, std::vector<script> scripts)
    : tasks_(tasks)
    , scripts_(std::move(scripts))
    , acceptor_(tasks.executor(), tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    tasks_.spawn("scripted gateway", serve());
}

std::string scripted_gateway::url() const {
    return "ws://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/gateway";
}

awaitable<void> scripted_gateway::serve() {
    while (connections_ < scripts_.size()) {
        auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
        tasks_.spawn("script", converse(std::move(socket), scripts_[connections_++]));
    }
}

awaitable<void> scripted_gateway::converse(tcp::socket socket, script what) {
    server_connection connection(std::move(socket));
    co_await connection.accept();
    co_await what(connection);
}

} // namespace vagrolant::discord::gateway
