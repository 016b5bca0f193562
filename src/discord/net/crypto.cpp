#include "discord/net/crypto.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace vagrolant::discord::net {

void fill_random(std::span<unsigned char> into) {
    if (RAND_bytes(into.data(), static_cast<int>(into.size())) != 1)
        throw std::runtime_error("no random bytes");
}

std::string sha1(std::string_view bytes) {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                   EVP_sha1(), nullptr) != 1)
        throw std::runtime_error("SHA-1 is not available");
    digest.resize(size);
    return digest;
}

std::string base64(std::string_view bytes) {
    // One more for the terminating zero that OpenSSL writes.
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int written =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(written));
    return text;
}

} // namespace vagrolant::discord::net
