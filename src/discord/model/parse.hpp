#pragma once

#include "discord/model/permissions.hpp"
#include "discord/model/timestamp.hpp"
#include "json/reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the parsers of this folder share. A member whose value is null is left at its default.
namespace vagrolant::discord::parse {

inline void to(std::string& target, json::value from) {
    if (!from.is_null())
        target = from.string();
}

inline void to(bool& target, json::value from) {
    if (!from.is_null())
        target = from.boolean();
}

inline void to(int& target, json::value from) {
    if (from.is_null())
        return;
    const auto number = from.integer();
    if (number < INT32_MIN || number > INT32_MAX)
        from.fail("out of range");
    target = static_cast<int>(number);
}

inline void to(std::uint64_t& target, json::value from) {
    if (!from.is_null())
        target = from.unsigned_integer();
}

template <class Tag>
void to(snowflake<Tag>& target, json::value from) {
    if (!from.is_null())
        target = from.id<snowflake<Tag>>();
}

inline void to(std::optional<timestamp>& target, json::value from) {
    if (from.is_null())
        return;
    target = parse_timestamp(from.string());
    if (!target)
        from.fail("not a time");
}

inline void to(permissions& target, json::value from) {
    if (!from.is_null())
        target = permissions::from_bits(from.decimal_string());
}

inline void to(std::optional<permissions>& target, json::value from) {
    if (!from.is_null())
        target = permissions::from_bits(from.decimal_string());
}

/// `one` parses an element.
template <class T, class One>
void list(std::vector<T>& target, json::value from, One one) {
    if (from.is_null())
        return;
    target.clear();
    from.each([&](json::value element) { target.push_back(one(element)); });
}

template <class Tag>
void ids(std::vector<snowflake<Tag>>& target, json::value from) {
    list(target, from, [](json::value element) { return element.id<snowflake<Tag>>(); });
}

/// To be called when all members were read: `from` is the object that must have had an id.
template <class Tag>
void require(json::value& from, snowflake<Tag> id, std::string_view key) {
    if (!id)
        from.fail(std::string("lacks \"") + std::string(key) + '"');
}

} // namespace vagrolant::discord::parse
