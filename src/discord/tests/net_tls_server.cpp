#include "discord/tests/net_tls_server.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <csignal>
#include <cstdio>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace vagrolant::discord::net {

namespace {

certificate make(const std::string& name, const certificate* issuer, int extension, const std::string& value,
                 int days) {
    certificate made;
    made.key.reset(EVP_EC_gen("P-256"));
    made.x509.reset(X509_new());
    auto* x509 = made.x509.get();
    X509_set_version(x509, X509_VERSION_3);
    int serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial & 0x7fffffff);
    constexpr int two_days = 2 * 24 * 3600;
    X509_gmtime_adj(X509_getm_notBefore(x509), -two_days);
    X509_gmtime_adj(X509_getm_notAfter(x509), -two_days + 24L * 3600 * days);
    X509_set_pubkey(x509, made.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    const auto& by = issuer == nullptr ? made : *issuer;
    X509_set_issuer_name(x509, X509_get_subject_name(by.x509.get()));
    auto* added = X509V3_EXT_conf_nid(nullptr, nullptr, extension, value.c_str());
    X509_add_ext(x509, added, -1);
    X509_EXTENSION_free(added);
    X509_sign(x509, by.key.get(), EVP_sha256());
    return made;
}

} // namespace

certificate certificate::authority(const std::string& name) {
    return make(name, nullptr, NID_basic_constraints, "critical,CA:TRUE", 30);
}

certificate certificate::signed_by(const certificate& issuer, const std::string& names, int days) {
    return make("test server", &issuer, NID_subject_alt_name, names, days);
}

std::string certificate::to_file() const {
    auto path = testing::TempDir() + "vagrolant-ca-XXXXXX";
    const int descriptor = ::mkstemp(path.data());
    auto* file = ::fdopen(descriptor, "w");
    PEM_write_X509(file, x509.get());
    std::fclose(file);
    return path;
}

tls_server::tls_server(const certificate& own, serve each, int max_version)
    : context_(SSL_CTX_new(TLS_server_method()))
    , each_(std::move(each))
    , listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    // The client may cut the connection while this side writes.
    std::signal(SIGPIPE, SIG_IGN);
    SSL_CTX_use_certificate(context_, own.x509.get());
    SSL_CTX_use_PrivateKey(context_, own.key.get());
    SSL_CTX_set_max_proto_version(context_, max_version);
    // TLS 1.1 needs signatures that OpenSSL does not offer at its usual level.
    if (max_version < TLS1_2_VERSION)
        SSL_CTX_set_security_level(context_, 0);

    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 8) != 0)
        throw std::runtime_error("test server cannot listen");
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { run(); });
}

tls_server::~tls_server() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(context_);
}

void tls_server::run() {
    while (true) {
        const int socket = ::accept(listener_, nullptr, nullptr);
        if (socket < 0)
            return;
        auto* ssl = SSL_new(context_);
        SSL_set_fd(ssl, socket);
        if (SSL_accept(ssl) == 1)
            each_(ssl);
        SSL_free(ssl);
        ::close(socket);
    }
}

} // namespace vagrolant::discord::net
