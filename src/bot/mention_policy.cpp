#include "bot/mention_policy.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace vagrolant::bot {

namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 3> names{"none", "users", "all"};

} // namespace

std::string_view to_text(mention_policy policy) {
    return names.at(static_cast<std::size_t>(policy));
}

std::optional<mention_policy> parse_mention_policy(std::string_view text) {
    const auto* found = std::ranges::find(names, text);
    if (found == names.end())
        return std::nullopt;
    return static_cast<mention_policy>(found - names.begin());
}

} // namespace vagrolant::bot
