#include "features/voice_hubs/stored_names.hpp"

#include <array>
#include <utility>

namespace vagrolant::voice_hubs {

namespace {

template <class Enum>
struct entry {
    Enum value;
    const char* name;
};

constexpr std::array modes{entry{room_mode::open, "open"}, entry{room_mode::closed, "closed"},
                           entry{room_mode::private_, "private"}, entry{room_mode::conference, "conference"}};
constexpr std::array positions{entry{room_position::above, "above"}, entry{room_position::below, "below"},
                               entry{room_position::end, "end"}};
constexpr std::array sources{entry{permission_source::hub, "hub"},
                             entry{permission_source::category, "category"},
                             entry{permission_source::template_channel, "template"}};
constexpr std::array policies{entry{owner_policy::keep, "keep"}, entry{owner_policy::transfer, "transfer"},
                              entry{owner_policy::remove, "remove"}};

template <class Enum, std::size_t Count>
const char* name_in(const std::array<entry<Enum>, Count>& all, Enum value) {
    for (const auto& one : all) {
        if (one.value == value)
            return one.name;
    }
    std::unreachable();
}

template <class Enum, std::size_t Count>
std::optional<Enum> value_in(const std::array<entry<Enum>, Count>& all, std::string_view name) {
    for (const auto& one : all) {
        if (one.name == name)
            return one.value;
    }
    return std::nullopt;
}

} // namespace

const char* name_of(room_mode mode) {
    return name_in(modes, mode);
}
std::optional<room_mode> mode_from(std::string_view name) {
    return value_in(modes, name);
}

const char* name_of(room_position position) {
    return name_in(positions, position);
}
std::optional<room_position> position_from(std::string_view name) {
    return value_in(positions, name);
}

const char* name_of(permission_source source) {
    return name_in(sources, source);
}
std::optional<permission_source> permission_source_from(std::string_view name) {
    return value_in(sources, name);
}

const char* name_of(owner_policy policy) {
    return name_in(policies, policy);
}
std::optional<owner_policy> owner_policy_from(std::string_view name) {
    return value_in(policies, name);
}

} // namespace vagrolant::voice_hubs
