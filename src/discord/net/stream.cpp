#include "discord/net/stream.hpp"

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "base/scope_exit.hpp"
#include "discord/net/tls.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>
#include <sys/socket.h>

namespace vagrolant::discord::net {

namespace {

using asio::ip::tcp;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

class tcp_stream : public stream {
public:
    tcp_stream(tcp::socket socket, std::string name)
        : socket_(std::move(socket))
        , name_(std::move(name)) {}

    awaitable<std::size_t> read_some(std::span<char> into) override {
        const auto [error, got] =
            co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), as_result);
        if (error == asio::error::eof)
            co_return 0;
        check("read", error);
        co_return got;
    }

    awaitable<void> write(std::string_view data) override {
        const auto [error, sent] =
            co_await asio::async_write(socket_, asio::buffer(data.data(), data.size()), as_result);
        check("write", error);
    }

    bool idle() noexcept override {
        char byte = 0;
        return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
    }

    void close() noexcept override {
        closed_ = true;
        error_code ignored;
        socket_.close(ignored);
    }

protected:
    [[noreturn]] void fail(std::string_view step, std::string_view reason) const {
        throw network_error(name_ + ": " + std::string(step) + ": " + std::string(reason));
    }

    void check(std::string_view step, const error_code& error) const {
        if (closed_)
            fail(step, "connection closed");
        // A cancelled operation ends as Asio's do, so that whoever cancelled can tell.
        if (error == asio::error::operation_aborted)
            throw boost::system::system_error(error);
        if (error)
            fail(step, error.message());
    }

    tcp::socket socket_;
    std::string name_;
    bool closed_ = false;
};

class tls_stream final : public tcp_stream {
public:
    tls_stream(tcp::socket socket, std::string name, const tls_trust& trust, const endpoint& peer)
        : tcp_stream(std::move(socket), std::move(name))
        , session_(trust, peer, socket_.native_handle()) {}

    ~tls_stream() override { close(); }
    tls_stream(const tls_stream&) = delete;
    tls_stream& operator=(const tls_stream&) = delete;

    awaitable<void> handshake() {
        while (true) {
            const auto outcome = session_.handshake();
            if (outcome == tls_session::status::done)
                co_return;
            if (outcome == tls_session::status::end)
                fail("TLS handshake", "connection closed");
            co_await wait_for("TLS handshake", outcome);
        }
    }

    awaitable<std::size_t> read_some(std::span<char> into) override {
        for (bool waited = false;; waited = true) {
            check("read", {});
            const auto [outcome, got] = session_.read(into);
            if (outcome == tls_session::status::end)
                co_return 0;
            if (outcome != tls_session::status::done) {
                co_await wait_for("read", outcome);
                continue;
            }
            // A peer that sends without pause must not keep the loop from everything else.
            if (!waited)
                co_await asio::post(socket_.get_executor(), asio::use_awaitable);
            co_return got;
        }
    }

    awaitable<void> write(std::string_view data) override {
        while (!data.empty()) {
            check("write", {});
            const auto [outcome, sent] = session_.write(data);
            if (outcome == tls_session::status::done) {
                data.remove_prefix(sent);
            } else if (outcome == tls_session::status::end) {
                fail("write", "connection closed");
            } else {
                co_await wait_for("write", outcome);
            }
        }
    }

    bool idle() noexcept override {
        // Takes in what TLS itself sends between answers.
        char byte = 0;
        return !closed_ && session_.read({&byte, 1}).outcome == tls_session::status::want_read;
    }

    void close() noexcept override {
        if (!closed_)
            session_.say_goodbye();
        tcp_stream::close();
    }

private:
    awaitable<void> wait_for(std::string_view step, tls_session::status what) {
        if (what == tls_session::status::failed)
            fail(step, session_.error());
        const auto direction =
            what == tls_session::status::want_read ? tcp::socket::wait_read : tcp::socket::wait_write;
        const auto [error] = co_await socket_.async_wait(direction, as_result);
        check(step, error);
    }

    tls_session session_;
};

/// Connects and shakes hands with one of the peer's addresses.
awaitable<std::unique_ptr<stream>> connect_to(tcp::endpoint address, endpoint to, std::string name,
                                              const tls_trust& trust) {
    tcp::socket socket(co_await asio::this_coro::executor);
    const auto [error] = co_await socket.async_connect(address, as_result);
    if (error == asio::error::operation_aborted)
        throw boost::system::system_error(error);
    if (error)
        throw network_error(name + ": connect: " + error.message());

    socket.set_option(tcp::no_delay(true));
    socket.set_option(asio::socket_base::keep_alive(true));
    socket.non_blocking(true);
    if (!to.tls)
        co_return std::make_unique<tcp_stream>(std::move(socket), name);
    auto secured = std::make_unique<tls_stream>(std::move(socket), name, trust, to);
    co_await secured->handshake();
    co_return secured;
}

/// A question to the name server. getaddrinfo cannot be interrupted, and Asio does not pretend to: who stops
/// waiting leaves it behind, to be freed by its answer.
struct lookup {
    explicit lookup(const asio::any_io_executor& executor)
        : resolver(executor)
        , answered(executor) {}

    tcp::resolver resolver;
    event answered;
    std::optional<error_code> error;
    tcp::resolver::results_type addresses;
};

awaitable<tcp::resolver::results_type> resolve(endpoint to, std::string name) {
    const auto question = std::make_shared<lookup>(co_await asio::this_coro::executor);
    question->resolver.async_resolve(
        to.host, to.port, [question](const error_code& error, tcp::resolver::results_type addresses) {
            question->error = error;
            question->addresses = std::move(addresses);
            question->answered.notify_all();
        });
    // One that has not begun is dropped.
    const scope_exit give_up([&question] { question->resolver.cancel(); });
    while (!question->error)
        co_await question->answered.wait();
    if (*question->error || question->addresses.empty())
        throw network_error(name + ": resolve: " + question->error->message());
    co_return std::move(question->addresses);
}

awaitable<std::unique_ptr<stream>> connect_to_any(endpoint to, std::string name, const tls_trust& trust,
                                                  std::chrono::steady_clock::duration limit) {
    const auto addresses = co_await resolve(to, name);

    // One address that swallows packets must not eat the time of the others.
    const auto share = limit / static_cast<int>(addresses.size());
    std::exception_ptr failure;
    for (const auto& address : addresses) {
        try {
            co_return co_await with_deadline(name + ": connect", share,
                                             connect_to(address.endpoint(), to, name, trust));
        } catch (const network_error&) {
            failure = std::current_exception();
        } catch (const deadline_exceeded&) {
            failure = std::current_exception();
        }
    }
    std::rethrow_exception(failure);
}

} // namespace

awaitable<std::unique_ptr<stream>> connect(endpoint to, const tls_trust& trust,
                                           std::chrono::steady_clock::duration limit) {
    const bool brackets = to.host.find(':') != std::string::npos;
    const std::string name = (brackets ? "[" + to.host + "]" : to.host) + ":" + to.port;
    return with_deadline(name + ": connect", limit, connect_to_any(std::move(to), name, trust, limit));
}

} // namespace vagrolant::discord::net
