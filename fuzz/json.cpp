// Any text through the JSON reader: read to its last value, and with wrong guesses of what a value is.
#include "json/reader.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace {

using vagrolant::json::kind;
using vagrolant::json::value;

std::size_t seen = 0;

/// Some members, in an order that need not be the text's.
void look_up(value& from, std::size_t& guess);

/// `guess` is spent on what a value is asked for.
void walk(value from, std::size_t& guess) {
    guess = guess * 31 + 7;
    if (guess % 13 == 0)
        return;
    if (guess % 17 == 0) {
        seen += from.raw().size();
        return;
    }
    switch (guess % 11 == 0 ? static_cast<kind>(guess / 11 % 6) : from.type()) {
    case kind::object:
        if (guess % 3 == 0) {
            look_up(from, guess);
            break;
        }
        from.each_member([&](std::string_view key, value member) {
            seen += key.size();
            walk(member, guess);
        });
        break;
    case kind::array:
        from.each([&](value element) { walk(element, guess); });
        break;
    case kind::string:
        seen += from.string().size();
        break;
    case kind::number:
        if (guess % 3 == 0)
            seen += static_cast<std::size_t>(from.integer());
        else if (guess % 3 == 1)
            seen += from.unsigned_integer() % 7;
        else
            seen += from.number() > 0 ? 1 : 0;
        break;
    case kind::boolean:
        seen += from.boolean() ? 1 : 0;
        break;
    case kind::null:
        seen += from.is_null() ? 1 : 0;
        break;
    }
}

void look_up(value& from, std::size_t& guess) {
    // Of the seeds: short ones are the quickest to come upon.
    constexpr std::array<std::string_view, 8> keys{"id",        "d",    "type",  "name",
                                                   "channelId", "user", "roles", "a"};
    const auto first = guess / 7;
    for (auto left = guess % 7; left > 0; --left) {
        if (auto member = from.find(keys[(first + 3 * left) % keys.size()]))
            walk(*member, guess);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    try {
        // As everybody does who hands text from outside to code that recurses.
        vagrolant::json::check_depth(text);
        static vagrolant::json::reader reader;
        std::size_t guess = std::hash<std::string>()(text);
        walk(reader.parse(text), guess);
    } catch (const vagrolant::json::parse_error& error) {
        seen += error.path().size();
    }
    static_cast<void>(vagrolant::json::path_at(text, size / 2));
    return 0;
}
