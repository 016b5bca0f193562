#include "async/deadline.hpp"
#include "discord/net/stream.hpp"
#include "discord/tests/net_tls_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <dlfcn.h>
#include <netdb.h>

namespace {

std::atomic<bool> name_server_hangs = false;

}

// Stands before the C library's: for one name the name server takes as long as the test wants.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** found) {
    if (node != nullptr && std::strcmp(node, "slow.test") == 0) {
        name_server_hangs.wait(true);
        return EAI_AGAIN;
    }
    static const auto real = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    return real(node, service, hints, found);
}

namespace vagrolant::discord::net {

using namespace std::chrono_literals;
using testing::HasSubstr;

class tls_test : public testing::Test {
protected:
    ~tls_test() override { std::remove(ca_file_.c_str()); }

    template <class T>
    T run(awaitable<T> work) {
        std::optional<T> result;
        std::exception_ptr failed;
        asio::co_spawn(io_, std::move(work), [&](std::exception_ptr failure, T value) {
            failed = failure;
            if (!failure)
                result = std::move(value);
        });
        io_.run();
        io_.restart();
        if (failed)
            std::rethrow_exception(failed);
        return std::move(*result);
    }

    /// What the server says until it hangs up.
    awaitable<std::string> fetch(const tls_trust& trust, endpoint to) {
        auto connection = co_await connect(to, trust, 10s);
        co_await connection->write("ping");
        std::string text;
        std::string buffer(64 * 1024, '\0');
        while (true) {
            const auto got = co_await connection->read_some(buffer);
            if (got == 0)
                co_return text;
            text.append(buffer, 0, got);
        }
    }

    std::string failure(const tls_server& server, const std::string& host, const tls_trust& trust) {
        try {
            run(fetch(trust, {host, server.port(), true}));
        } catch (const network_error& error) {
            return error.what();
        }
        return "no failure";
    }

    static void say_pong(SSL* ssl) {
        char ping[4] = {};
        SSL_read(ssl, ping, sizeof ping);
        SSL_write(ssl, "pong", 4);
        SSL_shutdown(ssl);
    }

    asio::io_context io_{1};
    certificate authority_ = certificate::authority("test authority");
    std::string ca_file_ = authority_.to_file();
    tls_trust trust_{ca_file_};
};

TEST_F(tls_test, a_known_authority_and_the_right_name_are_accepted) {
    const tls_server server(certificate::signed_by(authority_, "DNS:localhost,IP:127.0.0.1"), say_pong);
    EXPECT_EQ(run(fetch(trust_, {"localhost", server.port(), true})), "pong");
    EXPECT_EQ(run(fetch(trust_, {"127.0.0.1", server.port(), true})), "pong");
}

TEST_F(tls_test, an_unknown_authority_is_refused) {
    const auto stranger = certificate::authority("stranger");
    const tls_server server(certificate::signed_by(stranger, "DNS:localhost"), say_pong);
    EXPECT_THAT(failure(server, "localhost", trust_),
                HasSubstr("certificate refused: unable to get local issuer certificate"));
    const tls_trust system;
    EXPECT_THAT(failure(server, "localhost", system), HasSubstr("certificate refused"));
}

TEST_F(tls_test, a_self_signed_certificate_is_refused) {
    const tls_server server(certificate::authority("localhost"), say_pong);
    EXPECT_THAT(failure(server, "localhost", trust_),
                HasSubstr("certificate refused: self-signed certificate"));
}

TEST_F(tls_test, a_wrong_name_is_refused) {
    const tls_server server(certificate::signed_by(authority_, "DNS:discord.com,IP:10.0.0.1"), say_pong);
    EXPECT_THAT(failure(server, "localhost", trust_), HasSubstr("certificate refused: hostname mismatch"));
    EXPECT_THAT(failure(server, "127.0.0.1", trust_), HasSubstr("certificate refused: IP address mismatch"));
}

TEST_F(tls_test, an_address_does_not_pass_as_a_name) {
    const tls_server server(certificate::signed_by(authority_, "DNS:127.0.0.1"), say_pong);
    EXPECT_THAT(failure(server, "127.0.0.1", trust_), HasSubstr("IP address mismatch"));
}

TEST_F(tls_test, an_expired_certificate_is_refused) {
    const tls_server server(certificate::signed_by(authority_, "DNS:localhost", 1), say_pong);
    EXPECT_THAT(failure(server, "localhost", trust_),
                HasSubstr("certificate refused: certificate has expired"));
}

TEST_F(tls_test, old_protocols_are_refused) {
    const tls_server server(certificate::signed_by(authority_, "DNS:localhost"), say_pong, TLS1_1_VERSION);
    EXPECT_THAT(failure(server, "localhost", trust_), HasSubstr("TLS handshake"));
}

TEST_F(tls_test, the_name_is_sent_and_sessions_are_resumed) {
    std::atomic<int> resumed = 0;
    std::string name;
    const tls_server server(certificate::signed_by(authority_, "DNS:localhost"), [&](SSL* ssl) {
        name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        resumed += SSL_session_reused(ssl);
        say_pong(ssl);
    });
    EXPECT_EQ(run(fetch(trust_, {"localhost", server.port(), true})), "pong");
    EXPECT_EQ(run(fetch(trust_, {"localhost", server.port(), true})), "pong");
    EXPECT_EQ(name, "localhost");
    EXPECT_EQ(resumed, 1);
}

TEST_F(tls_test, large_amounts_come_whole) {
    const std::string large(5'000'000, 'x');
    const tls_server server(certificate::signed_by(authority_, "DNS:localhost"), [&](SSL* ssl) {
        char ping[4] = {};
        SSL_read(ssl, ping, sizeof ping);
        SSL_write(ssl, large.data(), static_cast<int>(large.size()));
        SSL_shutdown(ssl);
    });
    EXPECT_EQ(run(fetch(trust_, {"localhost", server.port(), true})).size(), large.size());
}

TEST_F(tls_test, a_connection_that_ends_without_goodbye_is_an_error) {
    const tls_server server(certificate::signed_by(authority_, "DNS:localhost"), [](SSL* ssl) {
        char ping[4] = {};
        SSL_read(ssl, ping, sizeof ping);
        SSL_write(ssl, "po", 2);
        SSL_set_quiet_shutdown(ssl, 1);
    });
    EXPECT_THAT(failure(server, "localhost", trust_), HasSubstr("connection closed without notice"));
}

TEST_F(tls_test, a_peer_that_says_nothing_meets_the_deadline) {
    asio::ip::tcp::acceptor silent(io_, {asio::ip::address_v4::loopback(), 0});
    const auto port = std::to_string(silent.local_endpoint().port());
    EXPECT_THROW(run(connect({"127.0.0.1", port, true}, trust_, 50ms)), deadline_exceeded);
}

// getaddrinfo cannot be interrupted: whoever waited for it used to stay until the name server answered.
TEST_F(tls_test, a_name_server_that_says_nothing_meets_the_deadline) {
    name_server_hangs = true;
    std::exception_ptr failed;
    asio::co_spawn(io_, connect({"slow.test", "443", true}, trust_, 50ms),
                   [&](std::exception_ptr failure, const std::unique_ptr<stream>&) { failed = failure; });
    for (int step = 0; step < 100 && !failed; ++step)
        io_.run_one_for(100ms);
    name_server_hangs = false;
    name_server_hangs.notify_all();
    ASSERT_TRUE(failed);
    EXPECT_THROW(std::rethrow_exception(failed), deadline_exceeded);
    // What was left behind ends without harm.
    io_.run();
}

TEST_F(tls_test, whoever_is_not_there_is_named) {
    asio::ip::tcp::acceptor closed(io_, {asio::ip::address_v4::loopback(), 0});
    const auto port = std::to_string(closed.local_endpoint().port());
    closed.close();
    try {
        run(connect({"127.0.0.1", port, false}, trust_, 10s));
        FAIL() << "connected";
    } catch (const network_error& error) {
        EXPECT_EQ(error.what(), "127.0.0.1:" + port + ": connect: Connection refused");
    }
}

TEST_F(tls_test, an_authority_file_that_is_none_is_named) {
    const auto problem = [](const std::string& path) -> std::string {
        try {
            const tls_trust trust(path);
        } catch (const network_error& error) {
            return error.what();
        }
        return "no problem";
    };
    EXPECT_EQ(problem("/nonexistent/ca.pem"), "certificate authorities: /nonexistent/ca.pem cannot be read");
    EXPECT_EQ(problem("/dev/null"), "certificate authorities: /dev/null holds no PEM certificate");
}

// An idle connection shows when the peer has gone; TLS 1.3 sends session tickets in between, which are no
// answer.
TEST_F(tls_test, an_idle_connection_tells_whether_it_is_still_open) {
    std::atomic<bool> hang_up = false;
    const tls_server server(certificate::signed_by(authority_, "DNS:localhost"), [&](SSL* ssl) {
        char ping[4] = {};
        SSL_read(ssl, ping, sizeof ping);
        SSL_write(ssl, "pong", 4);
        hang_up.wait(false);
        SSL_shutdown(ssl);
    });
    auto test = [&]() -> awaitable<bool> {
        auto connection = co_await connect({"localhost", server.port(), true}, trust_, 10s);
        EXPECT_TRUE(connection->idle());
        co_await connection->write("ping");
        char pong[4] = {};
        co_await connection->read_some(pong);
        EXPECT_TRUE(connection->idle());
        hang_up = true;
        hang_up.notify_all();
        const auto end = co_await connection->read_some(pong);
        EXPECT_EQ(end, 0);
        co_return connection->idle();
    };
    EXPECT_FALSE(run(test()));
}

} // namespace vagrolant::discord::net
