#pragma once

#include "async/asio.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

/// Byte streams over TCP, with TLS where the address asks for it. The only place that knows sockets and
/// OpenSSL.
namespace vagrolant::discord::net {

/// Where to connect, from a URL's scheme (`http`, `https`, `ws`, `wss`), host and port.
struct endpoint {
    std::string host;
    std::string port;
    bool tls = true;

    friend bool operator==(const endpoint&, const endpoint&) = default;
};

struct url {
    net::endpoint endpoint;
    /// Path with query; begins with '/'.
    std::string target;
};

/// What a request's Host header says (RFC 9110 section 7.2): without the port where it is the usual one.
std::string host_header(const endpoint& of);

/// nullopt for anything but an absolute http(s) or ws(s) URL without credentials.
std::optional<url> parse_url(std::string_view text);

/// A connection could not be made or broke: `what()` says at which step and why ("api: certificate is not for
/// …").
class network_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Which certificates are trusted; one for the whole process. The system's store, or `ca_file` (PEM) instead
/// of it.
class tls_trust {
public:
    /// Throws `network_error` when the file cannot be read.
    explicit tls_trust(const std::optional<std::string>& ca_file = std::nullopt);
    ~tls_trust();
    tls_trust(const tls_trust&) = delete;
    tls_trust& operator=(const tls_trust&) = delete;

    struct context;
    context& get() const { return *context_; }

private:
    std::unique_ptr<context> context_;
};

/// One connection. Loop thread only; one read and one write may be under way at a time. Cancelling an
/// operation leaves the connection unusable.
class stream {
public:
    virtual ~stream() = default;

    /// Reads what there is, at least one byte; 0 at the orderly end of the peer. Throws `network_error`.
    virtual awaitable<std::size_t> read_some(std::span<char> into) = 0;

    /// Writes all of `data`, which must stay alive until the end. Throws `network_error`.
    virtual awaitable<void> write(std::string_view data) = 0;

    /// True while a connection that nobody uses is open and silent: what can be asked before it is used
    /// again.
    virtual bool idle() noexcept { return true; }

    /// Cuts the connection; whatever is under way ends with an error. Safe to call again.
    virtual void close() noexcept = 0;
};

/// Resolves, connects and (for TLS >= 1.2) shakes hands, verifying certificate chain and host name, all
/// within `limit`. Throws `network_error`; `deadline_exceeded` when it took too long.
awaitable<std::unique_ptr<stream>> connect(endpoint to, const tls_trust& trust,
                                           std::chrono::steady_clock::duration limit);

} // namespace vagrolant::discord::net
