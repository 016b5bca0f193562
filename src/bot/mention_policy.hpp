#pragma once

#include "base/enum_names.hpp"

#include <cstdint>

namespace vagrolant::bot {

/// Who a mention in a text that people wrote may notify, from nobody to @everyone.
enum class mention_policy : std::uint8_t { none, users, all };

enum_names<mention_policy> names_like(mention_policy);

} // namespace vagrolant::bot
