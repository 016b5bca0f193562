#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vagrolant::bot {

/// Who a mention in a text that people wrote may notify, from nobody to @everyone.
enum class mention_policy : std::uint8_t { none, users, all };

/// As payloads, options, custom ids and tables write it: "none", "users", "all".
std::string_view to_text(mention_policy policy);

/// nullopt for what is none.
std::optional<mention_policy> parse_mention_policy(std::string_view text);

} // namespace vagrolant::bot
