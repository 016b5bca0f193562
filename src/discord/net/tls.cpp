#include "discord/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <sys/socket.h>
#include <system_error>

namespace vagrolant::discord::net {

namespace {

constexpr std::size_t read_ahead = std::size_t{64} * 1024;
constexpr std::size_t max_sessions = 16;

std::string last_openssl_error() {
    const auto code = ERR_peek_last_error();
    ERR_clear_error();
    if (code == 0)
        return "unknown TLS error";
    if (const char* reason = ERR_reason_error_string(code))
        return reason;
    std::array<char, 128> text{};
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

// OpenSSL's own socket BIO writes with write(2), which raises SIGPIPE on a broken connection; this one does
// not.
int socket_of(BIO* bio) {
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int bio_read(BIO* bio, char* into, int size) {
    const auto got = ::recv(socket_of(bio), into, static_cast<std::size_t>(size), 0);
    BIO_clear_retry_flags(bio);
    if (got < 0 && would_block())
        BIO_set_retry_read(bio);
    return static_cast<int>(got);
}

int bio_write(BIO* bio, const char* from, int size) {
    const auto sent = ::send(socket_of(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    BIO_clear_retry_flags(bio);
    if (sent < 0 && would_block())
        BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

long bio_ctrl(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO* new_socket_bio(int socket) {
    static BIO_METHOD* const method = [] {
        auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");
        BIO_meth_set_read(made, bio_read);
        BIO_meth_set_write(made, bio_write);
        BIO_meth_set_ctrl(made, bio_ctrl);
        return made;
    }();
    auto* bio = BIO_new(method);
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
    BIO_set_init(bio, 1);
    return bio;
}

// With TLS 1.3 sessions come after the handshake, between the first bytes of data. Returning 1 keeps
// `session`.
int keep_session(SSL* ssl, SSL_SESSION* session) {
    auto* context = static_cast<tls_trust::context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    const auto* key = static_cast<const std::string*>(SSL_get_app_data(ssl));
    if (key == nullptr || (!context->sessions.contains(*key) && context->sessions.size() >= max_sessions))
        return 0;
    context->sessions[*key].reset(session);
    return 1;
}

} // namespace

tls_trust::tls_trust(const std::optional<std::string>& ca_file)
    : context_(std::make_unique<context>()) {
    context_->ssl.reset(SSL_CTX_new(TLS_client_method()));
    auto* ssl = context_->ssl.get();
    SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ssl, 1);
    SSL_CTX_set_default_read_buffer_len(ssl, read_ahead);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_app_data(ssl, context_.get());
    SSL_CTX_sess_set_new_cb(ssl, keep_session);

    if (!ca_file) {
        SSL_CTX_set_default_verify_paths(ssl);
    } else if (SSL_CTX_load_verify_locations(ssl, ca_file->c_str(), nullptr) != 1) {
        const bool readable = std::ifstream(*ca_file).good();
        ERR_clear_error();
        throw network_error("certificate authorities: " + *ca_file +
                            (readable ? " holds no PEM certificate" : " cannot be read"));
    }
}

tls_trust::~tls_trust() = default;

tls_session::tls_session(const tls_trust& trust, const endpoint& peer, int socket)
    : key_(peer.host + ":" + peer.port)
    , ssl_(SSL_new(trust.get().ssl.get())) {
    auto* ssl = ssl_.get();
    auto* bio = new_socket_bio(socket);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_connect_state(ssl);
    SSL_set_app_data(ssl, &key_);

    auto* verification = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(verification, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // An address is looked for among the certificate's addresses and is no server name (RFC 6066, 3).
    if (X509_VERIFY_PARAM_set1_ip_asc(verification, peer.host.c_str()) != 1) {
        X509_VERIFY_PARAM_set1_host(verification, peer.host.data(), peer.host.size());
        SSL_set_tlsext_host_name(ssl, peer.host.c_str());
    }
    static constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_set_alpn_protos(ssl, http_1_1.data(), http_1_1.size());

    auto& sessions = trust.get().sessions;
    if (const auto known = sessions.find(key_); known != sessions.end()) {
        SSL_set_session(ssl, known->second.get());
        // A TLS 1.3 ticket is good for one use (RFC 8446, C.4).
        sessions.erase(known);
    }
}

tls_session::status tls_session::handshake() {
    ERR_clear_error();
    return classify(SSL_do_handshake(ssl_.get()));
}

tls_session::result tls_session::read(std::span<char> into) {
    ERR_clear_error();
    std::size_t total = 0;
    while (total < into.size()) {
        std::size_t got = 0;
        const int returned = SSL_read_ex(ssl_.get(), into.data() + total, into.size() - total, &got);
        if (returned == 1) {
            total += got;
            continue;
        }
        const auto stopped = classify(returned);
        // What came before the end or a failure is delivered first; the next call meets it again.
        if (total == 0)
            return {stopped, 0};
        break;
    }
    return {status::done, total};
}

tls_session::result tls_session::write(std::string_view data) {
    ERR_clear_error();
    std::size_t sent = 0;
    const int returned = SSL_write_ex(ssl_.get(), data.data(), data.size(), &sent);
    return {classify(returned), sent};
}

void tls_session::say_goodbye() noexcept {
    if (SSL_is_init_finished(ssl_.get()) == 1 && error_.empty())
        SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

tls_session::status tls_session::classify(int returned) {
    const int system_error = errno;
    if (returned != 1 && !error_.empty())
        return status::failed;
    switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_NONE:
        return status::done;
    case SSL_ERROR_WANT_READ:
        return status::want_read;
    case SSL_ERROR_WANT_WRITE:
        return status::want_write;
    case SSL_ERROR_ZERO_RETURN:
        return status::end;
    case SSL_ERROR_SYSCALL:
        error_ = system_error == 0 ? "connection closed without notice"
                                   : std::generic_category().message(system_error);
        return status::failed;
    default:
        break;
    }
    const long verification = SSL_get_verify_result(ssl_.get());
    const auto code = ERR_peek_last_error();
    if (ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED && verification != X509_V_OK) {
        error_ = std::string("certificate refused: ") + X509_verify_cert_error_string(verification);
        ERR_clear_error();
    } else if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        error_ = "connection closed without notice";
        ERR_clear_error();
    } else {
        error_ = last_openssl_error();
    }
    return status::failed;
}

} // namespace vagrolant::discord::net
