// The bare limit on the flood: reads TLS records itself, walks the frames in one buffer, picks op, s, t and
// three ids with simdjson. Nothing is checked, cached or dispatched: a floor to compare with, no client.
// Arguments: port, file with the certificate to trust.
#include "gateway_result.hpp"

#include <openssl/ssl.h>
#include <simdjson.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

namespace {

constexpr std::size_t capacity = std::size_t{1} << 22U;

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "gateway_limit: %s\n", what);
    std::exit(1);
}

int connect_to(const char* port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo("localhost", port, &hints, &found) != 0)
        fail("cannot resolve localhost");
    for (const auto* one = found; one != nullptr; one = one->ai_next) {
        const int socket_fd = socket(one->ai_family, one->ai_socktype, one->ai_protocol);
        if (connect(socket_fd, one->ai_addr, one->ai_addrlen) == 0) {
            freeaddrinfo(found);
            return socket_fd;
        }
    }
    fail("cannot connect");
}

void write_all(SSL* ssl, std::string_view text) {
    if (SSL_write(ssl, text.data(), static_cast<int>(text.size())) != static_cast<int>(text.size()))
        fail("cannot write");
}

// A masked text frame whose mask is zero.
void send_text(SSL* ssl, std::string_view text) {
    std::string frame("\x81\xFE", 2);
    frame += static_cast<char>(text.size() >> 8U);
    frame += static_cast<char>(text.size() & 0xFFU);
    frame.append(4, '\0');
    frame += text;
    write_all(ssl, frame);
}

std::uint64_t number_of(std::string_view digits) {
    std::uint64_t number = 0;
    for (const char digit : digits)
        number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    return number;
}

class limit {
public:
    explicit limit(SSL* ssl)
        : ssl_(ssl)
        , buffer_(capacity + simdjson::SIMDJSON_PADDING) {}

    void run() {
        while (!done_) {
            if (begin_ == end_)
                begin_ = end_ = 0;
            if (capacity - end_ < (std::size_t{1} << 17U)) {
                std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
                end_ -= begin_;
                begin_ = 0;
            }
            const int got = SSL_read(ssl_, buffer_.data() + end_, static_cast<int>(capacity - end_));
            if (got <= 0)
                fail("connection lost");
            end_ += static_cast<std::size_t>(got);
            walk();
        }
    }

private:
    void walk() {
        if (!upgraded_) {
            const std::string_view head(buffer_.data(), end_);
            const auto end = head.find("\r\n\r\n");
            if (end == std::string_view::npos)
                return;
            upgraded_ = true;
            begin_ = end + 4;
        }
        while (end_ - begin_ >= 2) {
            const auto* bytes = reinterpret_cast<const unsigned char*>(buffer_.data() + begin_);
            std::size_t header = 2;
            std::uint64_t size = bytes[1] & 0x7FU;
            if (size >= 126) {
                const std::size_t extended = size == 126 ? 2 : 8;
                header += extended;
                if (end_ - begin_ < header)
                    return;
                size = 0;
                for (std::size_t i = 0; i < extended; ++i)
                    size = (size << 8U) | bytes[2 + i];
            }
            if (end_ - begin_ < header + size)
                return;
            message({buffer_.data() + begin_ + header, size});
            begin_ += header + size;
        }
    }

    void message(std::string_view text) {
        auto document = parser_.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING);
        auto root = document.get_object();
        std::string_view name;
        auto t = root.find_field_unordered("t");
        if (!t.is_null())
            name = t.get_string();
        std::uint64_t sequence = 0;
        auto s = root.find_field_unordered("s");
        if (!s.is_null())
            sequence = s.get_uint64();
        const std::uint64_t op = root.find_field_unordered("op").get_uint64();
        if (op == 10)
            send_text(ssl_, R"({"op":2,"d":{"token":"bench","intents":1,"properties":{}}})");
        if (op != 0)
            return;
        if (name == "READY")
            return;
        if (name == "GUILD_CREATE") {
            result_.begin();
            send_text(ssl_, R"({"op":3,"d":{"since":null,"activities":[],"status":"online","afk":false}})");
            return;
        }
        in_order_ = in_order_ && sequence > last_;
        last_ = sequence;

        simdjson::ondemand::object data = root.find_field_unordered("d").get_object();
        const auto pick = [&](std::string_view key) {
            std::string_view digits;
            if (data.find_field_unordered(key).get_string().get(digits) == simdjson::SUCCESS)
                ids_ += number_of(digits);
        };
        if (name == "MESSAGE_CREATE") {
            pick("id");
            pick("channel_id");
            pick("guild_id");
            // The last message is a short one.
            if (text.size() < 1000 && text.find("end of flood") != std::string_view::npos) {
                result_.print(events_, in_order_ && ids_ != 0);
                done_ = true;
                return;
            }
        } else if (name == "GUILD_MEMBER_UPDATE") {
            simdjson::ondemand::object user = data.find_field_unordered("user").get_object();
            std::string_view digits = user.find_field_unordered("id").get_string();
            ids_ += number_of(digits);
            pick("guild_id");
        } else {
            pick("user_id");
            pick("guild_id");
            pick("channel_id");
        }
        ++events_;
    }

    SSL* ssl_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool upgraded_ = false;
    bool done_ = false;
    simdjson::ondemand::parser parser_;
    gateway_result result_;
    std::size_t events_ = 0;
    std::uint64_t last_ = 0;
    std::uint64_t ids_ = 0;
    bool in_order_ = true;
};

} // namespace

int main(int argc, char** argv) {
    if (argc != 3)
        fail("usage: gateway_limit PORT CERTIFICATE");
    const int socket_fd = connect_to(argv[1]);
    const int on = 1;
    setsockopt(socket_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_load_verify_locations(context, argv[2], nullptr);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    auto* ssl = SSL_new(context);
    SSL_set_fd(ssl, socket_fd);
    SSL_set_tlsext_host_name(ssl, "localhost");
    SSL_set1_host(ssl, "localhost");
    if (SSL_connect(ssl) != 1)
        fail("TLS handshake failed");
    write_all(ssl, "GET /?v=10&encoding=json HTTP/1.1\r\nHost: localhost\r\nUpgrade: "
                   "websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    try {
        limit(ssl).run();
    } catch (const simdjson::simdjson_error& error) {
        fail(error.what());
    }
}
