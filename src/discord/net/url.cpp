#include "base/text.hpp"
#include "discord/net/stream.hpp"

#include <boost/url/parse.hpp>

#include <algorithm>
#include <cstdint>

namespace vagrolant::discord::net {

namespace {

// What a decoded host must not hold: it goes into a header.
bool is_host(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._:%").contains(c);
    });
}

bool is_port(std::string_view text) {
    return text::to_number<std::uint16_t>(text).value_or(0) != 0;
}

} // namespace

std::string host_header(const endpoint& of) {
    const auto host = of.host.contains(':') ? '[' + of.host + ']' : of.host;
    return of.port == (of.tls ? "443" : "80") ? host : host + ':' + of.port;
}

std::optional<url> parse_url(std::string_view address) {
    const auto parsed = boost::urls::parse_uri(address);
    if (!parsed || parsed->has_userinfo() || parsed->host().empty())
        return std::nullopt;

    const auto scheme = text::to_lower_ascii({parsed->scheme().data(), parsed->scheme().size()});
    const bool tls = scheme == "https" || scheme == "wss";
    if (!tls && scheme != "http" && scheme != "ws")
        return std::nullopt;
    // Boost takes "h:x/" for a host with the path "x/".
    if (!parsed->encoded_path().empty() && !parsed->encoded_path().starts_with('/'))
        return std::nullopt;
    const std::string port(parsed->port());
    if (!port.empty() && !is_port(port))
        return std::nullopt;

    url result;
    result.endpoint.tls = tls;
    // An IPv6 address goes to the resolver and into the certificate check without its brackets.
    result.endpoint.host = parsed->host_type() == boost::urls::host_type::ipv6
                               ? parsed->host_ipv6_address().to_string()
                               : std::string(parsed->host());
    if (!is_host(result.endpoint.host))
        return std::nullopt;
    result.endpoint.port = !port.empty() ? port : (tls ? "443" : "80");
    result.target = parsed->encoded_path().empty() ? "/" : std::string(parsed->encoded_path());
    if (parsed->has_query())
        result.target += "?" + std::string(parsed->encoded_query());
    return result;
}

} // namespace vagrolant::discord::net
