#pragma once

#include "discord/net/http.hpp"
#include "discord/rest/rate_limiter.hpp"

namespace vagrolant::discord::rest {

/// What the headers (and for a 429 the body) say about limits. Nonsense is left out.
limiter_answer read_limits(const net::http_response& response);

} // namespace vagrolant::discord::rest
