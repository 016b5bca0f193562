#pragma once

#include "discord/net/stream.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vagrolant::discord::net {

struct free_ssl {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* connection) const { SSL_free(connection); }
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

struct tls_trust::context {
    std::unique_ptr<SSL_CTX, free_ssl> ssl;
    /// The latest session of each host and port: the next handshake there is shorter.
    std::unordered_map<std::string, std::unique_ptr<SSL_SESSION, free_ssl>> sessions;
};

/// The client's side of TLS on a non-blocking socket that belongs to somebody else. Never waits: says what to
/// wait for.
class tls_session {
public:
    tls_session(const tls_trust& trust, const endpoint& peer, int socket);
    // OpenSSL points at it.
    tls_session(const tls_session&) = delete;
    tls_session& operator=(const tls_session&) = delete;

    enum class status { done, want_read, want_write, end, failed };
    struct result {
        status outcome = status::done;
        std::size_t bytes = 0;
    };

    status handshake();
    /// Fills `into` as far as there is something to read.
    result read(std::span<char> into);
    result write(std::string_view data);
    /// Tells the peer that nothing follows, if that is possible at once.
    void say_goodbye() noexcept;

    /// Why the last call failed, for people.
    const std::string& error() const { return error_; }

private:
    status classify(int returned);

    std::string key_;
    std::unique_ptr<SSL, free_ssl> ssl_;
    std::string error_;
};

} // namespace vagrolant::discord::net
