#include "bot/mention_policy.hpp"

#include <array>

namespace vagrolant::bot {

namespace {

constexpr std::array names{std::pair{mention_policy::none, "none"}, std::pair{mention_policy::users, "users"},
                           std::pair{mention_policy::all, "all"}};

} // namespace

enum_names<mention_policy> names_like(mention_policy) {
    return names;
}

} // namespace vagrolant::bot
