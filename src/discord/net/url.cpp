#include "discord/net/stream.hpp"

#include <boost/url/parse.hpp>

namespace vagrolant::discord::net {

std::optional<url> parse_url(std::string_view text) {
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed || parsed->has_userinfo() || parsed->host().empty())
        return std::nullopt;

    const std::string scheme = parsed->scheme();
    const bool tls = scheme == "https" || scheme == "wss";
    if (!tls && scheme != "http" && scheme != "ws")
        return std::nullopt;
    if (parsed->has_port() && parsed->port_number() == 0)
        return std::nullopt;

    url result;
    result.endpoint.tls = tls;
    // An IPv6 address goes to the resolver and into the certificate check without its brackets.
    result.endpoint.host = parsed->host_type() == boost::urls::host_type::ipv6
                               ? parsed->host_ipv6_address().to_string()
                               : std::string(parsed->host());
    result.endpoint.port = parsed->has_port() ? std::string(parsed->port()) : (tls ? "443" : "80");
    result.target = parsed->encoded_path().empty() ? "/" : std::string(parsed->encoded_path());
    if (parsed->has_query())
        result.target += "?" + std::string(parsed->encoded_query());
    return result;
}

} // namespace vagrolant::discord::net
