#pragma once

#include "discord/dispatcher.hpp"
#include "json/reader.hpp"

#include <string>
#include <string_view>

namespace vagrolant::discord::testing {

/// Delivers one event as a shard does.
inline void feed(dispatcher& to, std::string_view name, const std::string& body) {
    json::reader reader;
    to.on_dispatch({.shard = 0, .sequence = 1, .name = name, .data = reader.parse(body)});
}

} // namespace vagrolant::discord::testing
