#pragma once

#include "json/reader.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace vagrolant::discord::testing {

/// The text of a recorded payload below contracts/discord/.
inline std::string contract(const std::string& name) {
    std::ifstream file(std::string(VAGROLANT_SOURCE_DIR) + "/contracts/discord/" + name + ".json");
    if (!file)
        throw std::runtime_error("no contract named " + name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// `text` with the first occurrence of `from` replaced; throws where there is none, so that a test cannot
/// pass by accident.
inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    if (at == std::string::npos)
        throw std::runtime_error("nothing to replace: " + std::string(from));
    return text.replace(at, from.size(), to);
}

/// Parses `text` with one of the model's parsers.
template <class Parse>
auto parsed(const std::string& text, Parse parse) {
    json::reader reader;
    return parse(reader.parse(text));
}

} // namespace vagrolant::discord::testing
