#include "discord/net/http.hpp"

#include "async/deadline.hpp"
#include "base/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <array>

namespace vagrolant::discord::net {

namespace {

namespace http = boost::beast::http;

constexpr std::size_t read_size = std::size_t{16} * 1024;

bool has_break(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

using response_parser = http::response_parser<http::string_body>;

std::unique_ptr<response_parser> new_parser() {
    auto parser = std::make_unique<response_parser>();
    parser->eager(true);
    parser->header_limit(http_connection::max_header);
    parser->body_limit(http_connection::max_body);
    return parser;
}

http_response to_response(http::response<http::string_body>&& parsed) {
    http_response response{static_cast<int>(parsed.result_int()), {}, std::move(parsed.body())};
    for (const auto& field : parsed) {
        const auto name = field.name_string();
        const auto value = field.value();
        response.headers.emplace_back(text::to_lower_ascii({name.data(), name.size()}),
                                      std::string(value.data(), value.size()));
    }
    return response;
}

} // namespace

std::optional<std::string_view> http_response::header(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, [](const auto& one) { return one.first; });
    if (found == headers.end())
        return std::nullopt;
    return found->second;
}

std::string serialize(const http_request& request) {
    std::string out = request.method + ' ' + request.target + " HTTP/1.1\r\nHost: " + request.host;
    bool broken = has_break(out.substr(0, out.find(" HTTP/1.1"))) || has_break(request.host) ||
                  request.target.find(' ') != std::string::npos;
    for (const auto& [name, value] : request.headers) {
        broken = broken || has_break(name) || has_break(value);
        out += "\r\n" + name + ": " + value;
    }
    if (broken)
        throw std::invalid_argument("HTTP request: line break or space where none may be");
    // A GET without a body says nothing; a POST without one says 0 (RFC 9110, 8.6).
    if (!request.body.empty() || (request.method != "GET" && request.method != "DELETE"))
        out += "\r\nContent-Length: " + std::to_string(request.body.size());
    out += "\r\n\r\n";
    out += request.body;
    return out;
}

bool http_connection::reusable() const {
    return progress_ == progress::done && keep_alive_ && buffered_.empty() && stream_->idle();
}

awaitable<http_response> http_connection::exchange(http_request request) {
    progress_ = progress::sending;
    const auto text = serialize(request);
    co_await stream_->write(text);
    progress_ = progress::waiting;

    auto parser = new_parser();
    std::array<char, read_size> chunk{};
    while (true) {
        boost::system::error_code error;
        while (!buffered_.empty() && !error && !parser->is_done()) {
            const auto used = parser->put(asio::buffer(buffered_), error);
            buffered_.erase(0, used);
            if (used == 0)
                break;
        }
        if (error && error != http::error::need_more)
            throw network_error("HTTP answer: " + error.message());
        if (parser->is_done()) {
            const auto status = parser->get().result_int();
            if (status >= 200)
                break;
            // An interim answer; the real one follows (RFC 9110, 15.2).
            if (status == 101)
                throw network_error("HTTP answer: protocol switched without being asked");
            parser = new_parser();
            continue;
        }
        // Beast bounds head and body; what it leaves behind here is an unfinished chunk header.
        if (buffered_.size() > max_header)
            throw network_error("HTTP answer: header limit exceeded");
        const auto got = co_await stream_->read_some(chunk);
        if (got > 0) {
            progress_ = progress::answering;
            buffered_.append(chunk.data(), got);
            continue;
        }
        if (progress_ == progress::waiting)
            throw network_error("HTTP answer: connection closed before it began");
        if (parser->got_some())
            parser->put_eof(error);
        if (error || !parser->is_done())
            throw network_error("HTTP answer: connection closed in the middle");
    }
    keep_alive_ = parser->get().keep_alive() && !parser->get().need_eof();
    progress_ = progress::done;
    co_return to_response(parser->release());
}

/// A place among the open connections, and the connection that fills it.
class http_pool::lease {
public:
    explicit lease(http_pool& pool)
        : pool_(pool) {
        ++pool_.in_use_;
    }
    ~lease() {
        --pool_.in_use_;
        if (connection && connection->reusable())
            pool_.kept_.push_back({std::move(connection), std::chrono::steady_clock::now()});
        pool_.returned_.notify_all();
    }
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;

    std::unique_ptr<http_connection> connection;

private:
    http_pool& pool_;
};

http_pool::http_pool(const asio::any_io_executor& executor, connector connect, options limits)
    : connect_(std::move(connect))
    , limits_(limits)
    , returned_(executor) {}

awaitable<http_response> http_pool::exchange(http_request request, bool repeatable, bool urgent) {
    const auto allowed = limits_.max_connections + (urgent ? limits_.urgent_connections : 0);
    while (in_use_ >= allowed)
        co_await returned_.wait();
    lease place(*this);

    place.connection = take_kept();
    if (place.connection) {
        try {
            co_return co_await place.connection->exchange(request);
        } catch (const network_error&) {
            using enum http_connection::progress;
            const auto reached = place.connection->reached();
            if (reached != sending && !(reached == waiting && repeatable))
                throw;
        }
    }
    place.connection = co_await connect_anew();
    try {
        co_return co_await place.connection->exchange(std::move(request));
    } catch (const network_error& error) {
        if (place.connection->reached() == http_connection::progress::sending)
            throw not_sent(error.what());
        throw;
    }
}

awaitable<std::unique_ptr<http_connection>> http_pool::connect_anew() {
    try {
        auto stream = co_await connect_();
        co_return std::make_unique<http_connection>(std::move(stream));
    } catch (const network_error& error) {
        throw not_sent(error.what());
    } catch (const deadline_exceeded& error) {
        throw not_sent(error.what());
    }
}

std::unique_ptr<http_connection> http_pool::take_kept() {
    close_idle(std::chrono::steady_clock::now());
    while (!kept_.empty()) {
        auto connection = std::move(kept_.back().connection);
        kept_.pop_back();
        if (connection->reusable())
            return connection;
    }
    return nullptr;
}

void http_pool::close_idle(std::chrono::steady_clock::time_point now) {
    std::erase_if(kept_, [&](const kept& one) { return now - one.since >= limits_.idle_limit; });
}

} // namespace vagrolant::discord::net
