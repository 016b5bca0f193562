#pragma once

#include "async/event.hpp"
#include "discord/net/stream.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// HTTP/1.1 from the client's side (RFC 9112), one request at a time on a connection.
namespace vagrolant::discord::net {

struct http_request {
    std::string method;
    std::string host;
    std::string target;
    /// Host and Content-Length are added.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

struct http_response {
    int status = 0;
    /// Names in lower case.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// `name` in lower case; the first one where there are several.
    std::optional<std::string_view> header(std::string_view name) const;
};

/// The request did not leave as a whole, so it cannot have been carried out: repeating it is always safe.
class not_sent : public network_error {
public:
    using network_error::network_error;
};

/// The text that goes over the wire. Throws `std::invalid_argument` where a line break stands in its head.
std::string serialize(const http_request& request);

class http_connection {
public:
    static constexpr std::size_t max_header = std::size_t{32} * 1024;
    static constexpr std::size_t max_body = std::size_t{16} * 1024 * 1024;

    explicit http_connection(std::unique_ptr<stream> stream)
        : stream_(std::move(stream)) {}

    /// Throws `network_error`, for an answer that is no HTTP or too large as well.
    awaitable<http_response> exchange(http_request request);

    /// How far the last exchange came: what decides whether repeating it is safe.
    enum class progress {
        /// Not all of the request left, so it cannot have been carried out.
        sending,
        /// The request left, no byte of an answer came.
        waiting,
        answering,
        done,
    };
    progress reached() const { return progress_; }

    /// True when another exchange may follow.
    bool reusable() const;

private:
    std::unique_ptr<stream> stream_;
    progress progress_ = progress::done;
    bool keep_alive_ = true;
    std::string buffered_;
};

/// Kept-alive connections to one endpoint. Loop thread only.
class http_pool {
public:
    using connector = std::function<awaitable<std::unique_ptr<stream>>()>;

    struct options {
        /// Open at the same time; further exchanges wait for one.
        std::size_t max_connections = 8;
        /// So many more for urgent exchanges, which others that hang must not keep waiting.
        std::size_t urgent_connections = 2;
        /// An unused connection is not used again after this.
        std::chrono::steady_clock::duration idle_limit = std::chrono::seconds(50);
    };

    http_pool(const asio::any_io_executor& executor, connector connect, options limits);

    /// One exchange on a kept or a new connection. When a kept connection turns out to be dead before any
    /// answer came, the request goes once more on a new one, if it is `repeatable` or did not leave. Throws
    /// `network_error`, `deadline_exceeded` (connecting).
    awaitable<http_response> exchange(http_request request, bool repeatable, bool urgent = false);

    /// Closes what is unused for longer than the limit.
    void close_idle(std::chrono::steady_clock::time_point now);

    std::size_t open() const { return in_use_ + kept_.size(); }

private:
    class lease;
    struct kept {
        std::unique_ptr<http_connection> connection;
        std::chrono::steady_clock::time_point since;
    };

    std::unique_ptr<http_connection> take_kept();
    awaitable<std::unique_ptr<http_connection>> connect_anew();

    connector connect_;
    options limits_;
    // The latest used at the back: the others grow old and go.
    std::vector<kept> kept_;
    std::size_t in_use_ = 0;
    event returned_;
};

} // namespace vagrolant::discord::net
