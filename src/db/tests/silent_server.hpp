#pragma once

#include "async/asio.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace vagrolant::db::testing {

/// A PostgreSQL that takes connections and from some point on says nothing: one that is stopped, or a pooler
/// that waits for its server.
class silent_server {
public:
    enum class stage { connected, authenticated, ready };

    /// `last`: the last that it lets a client know.
    explicit silent_server(stage last)
        : last_(last)
        , acceptor_(context_, {asio::ip::address_v4::loopback(), 0}) {
        asio::co_spawn(context_, accept(), asio::detached);
        thread_ = std::thread([this] { context_.run(); });
    }
    ~silent_server() {
        context_.stop();
        thread_.join();
    }
    silent_server(const silent_server&) = delete;
    silent_server& operator=(const silent_server&) = delete;

    /// Whoever connects would wait for minutes.
    std::string url(int connect_timeout = 600) const {
        return "postgresql://me@127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) +
               "/x?sslmode=disable&connect_timeout=" + std::to_string(connect_timeout);
    }

    /// Clients that wait for an answer.
    int waiting() const { return waiting_; }

private:
    using socket = asio::ip::tcp::socket;

    awaitable<void> accept() {
        for (;;)
            asio::co_spawn(context_, serve(co_await acceptor_.async_accept(asio::use_awaitable)),
                           asio::detached);
    }

    awaitable<void> serve(socket client) {
        using namespace std::string_view_literals;
        co_await receive(client);
        if (last_ != stage::connected) {
            constexpr auto authentication_ok = "R\0\0\0\x08\0\0\0\0"sv;
            co_await asio::async_write(client, asio::buffer(authentication_ok), asio::use_awaitable);
        }
        if (last_ == stage::ready) {
            constexpr auto ready_for_query = "Z\0\0\0\x05I"sv;
            co_await asio::async_write(client, asio::buffer(ready_for_query), asio::use_awaitable);
            co_await receive(client);
        }
        ++waiting_;
        // Until the client goes.
        for (;;)
            co_await receive(client);
    }

    static awaitable<void> receive(socket& client) {
        std::array<char, 1024> bytes{};
        co_await client.async_read_some(asio::buffer(bytes), asio::use_awaitable);
    }

    const stage last_;
    asio::io_context context_;
    asio::ip::tcp::acceptor acceptor_;
    std::atomic<int> waiting_ = 0;
    std::thread thread_;
};

/// A port that swallows whatever would connect to it, as a firewall does: its queue is full.
class swallowing_port {
public:
    swallowing_port()
        : acceptor_(context_) {
        acceptor_.open(asio::ip::tcp::v4());
        acceptor_.bind({asio::ip::address_v4::loopback(), 0});
        acceptor_.listen(0);
        // One that waits to be accepted is the queue; what else asks is not heard.
        for (int i = 0; i < 3; ++i) {
            auto& filler = fillers_.emplace_back(context_);
            filler.open(asio::ip::tcp::v4());
            filler.native_non_blocking(true);
            // Asio would wait until it is connected.
            const auto here = acceptor_.local_endpoint();
            static_cast<void>(
                ::connect(filler.native_handle(), here.data(), static_cast<::socklen_t>(here.size())));
        }
    }

    std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }

private:
    asio::io_context context_;
    asio::ip::tcp::acceptor acceptor_;
    std::vector<asio::ip::tcp::socket> fillers_;
};

} // namespace vagrolant::db::testing
