#pragma once

#include "discord/rest/request.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vagrolant::discord::rest {

struct multipart {
    std::string content_type;
    std::string body;
};

/// A form with `payload_json` and `files[n]` (Discord Docs/Reference "Uploading Files").
multipart encode_multipart(std::string_view payload_json, const std::vector<file>& files);

} // namespace vagrolant::discord::rest
