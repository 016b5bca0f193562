#pragma once

#include "discord/model/timestamp.hpp"
#include "json/writer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vagrolant::discord {

struct embed_field {
    std::string name;
    std::string value;
    bool in_line = false;
};

struct embed_author {
    std::string name;
    std::string url;
    std::string icon_url;
};

struct embed_footer {
    std::string text;
    std::string icon_url;
};

/// Empty texts are left out.
struct embed {
    std::string title;
    std::string description;
    std::string url;
    /// 0xRRGGBB
    std::optional<std::uint32_t> color;
    std::optional<discord::timestamp> timestamp;
    std::string image_url;
    std::string thumbnail_url;
    std::optional<embed_author> author;
    std::optional<embed_footer> footer;
    std::vector<embed_field> fields;
};

json::object to_json(const embed& one);

/// What Discord would refuse, and where.
struct limit_error {
    enum class kind {
        too_long,
        /// A text that must be there is missing.
        required,
        too_many,
        out_of_range,
        /// A URL that is not http(s) or attachment://.
        bad_url,
    };
    kind what = kind::too_long;
    /// As in Discord's own errors: "embeds[0].fields[2].name"; "embeds" for the sum of all.
    std::string field;
    /// Code points (or items) there are and may be.
    std::size_t actual = 0;
    std::size_t limit = 0;

    friend bool operator==(const limit_error&, const limit_error&) = default;
};

/// Every limit that these embeds break, counted as Discord does: in code points, white space around a text
/// left out, 6000 over all embeds of a message. (Discord Docs/Message "Embed Limits")
std::vector<limit_error> check(std::span<const embed> embeds);

/// Characters of the kind that count towards the 6000.
std::size_t total_length(std::span<const embed> embeds);

} // namespace vagrolant::discord
