#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vagrolant::bot {

/// Variables by name.
using environment = std::map<std::string, std::string, std::less<>>;

struct dotenv {
    environment variables;
    /// One sentence per wrong line, with its number and never with the value.
    std::vector<std::string> mistakes;
};

/// Reads the text of a `.env` file: `NAME=value` lines, an optional `export`, `#` comments, `'literal'` and
/// `"with \n \t \" \\ \$ escapes"` quotes. No expansion: a `$` in a password is a `$`.
dotenv parse_dotenv(std::string_view text);

/// The process's environment over the variables of a `.env`: a real variable wins. An empty one counts as
/// unset.
environment merge_environment(const char* const* process, environment file);

} // namespace vagrolant::bot
