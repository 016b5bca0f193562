// An interaction as Discord sends it, and its custom id against patterns of routes.
#include "discord/interactions/path.hpp"
#include "discord/model/interaction.hpp"
#include "json/reader.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using vagrolant::discord::interactions::path_pattern;
    const std::string text(reinterpret_cast<const char*>(data), size);
    static const std::array patterns{path_pattern("voice/lock/{room:id}"),
                                     path_pattern("page/{name}/{number:int}"), path_pattern("voice")};
    for (const auto& pattern : patterns)
        static_cast<void>(pattern.match(text));
    try {
        vagrolant::json::check_depth(text);
        static vagrolant::json::reader reader;
        static_cast<void>(vagrolant::discord::parse_interaction(reader.parse(text)));
    } catch (const vagrolant::json::parse_error&) {
        return 0;
    }
    return 0;
}
