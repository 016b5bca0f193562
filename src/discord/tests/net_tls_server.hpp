#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace vagrolant::discord::net {

struct free_certificate {
    void operator()(X509* one) const { X509_free(one); }
    void operator()(EVP_PKEY* one) const { EVP_PKEY_free(one); }
};

/// A key and a certificate for it, made on the spot.
struct certificate {
    std::unique_ptr<EVP_PKEY, free_certificate> key;
    std::unique_ptr<X509, free_certificate> x509;

    static certificate authority(const std::string& name);
    /// `names` as OpenSSL's configuration has them: "DNS:localhost,IP:127.0.0.1". Valid for `days`, from two
    /// days ago on.
    static certificate signed_by(const certificate& issuer, const std::string& names, int days = 30);
    /// Writes the certificate as PEM to a temporary file and returns its path.
    std::string to_file() const;
};

/// A TLS server on a thread of its own, at 127.0.0.1.
class tls_server {
public:
    using serve = std::function<void(SSL*)>;

    /// Calls `each` for every connection that has shaken hands.
    tls_server(const certificate& own, serve each, int max_version = TLS1_3_VERSION);
    ~tls_server();

    std::string port() const { return port_; }

private:
    void run();

    SSL_CTX* context_;
    serve each_;
    int listener_;
    std::string port_;
    std::thread thread_;
};

} // namespace vagrolant::discord::net
