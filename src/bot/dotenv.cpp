#include "bot/dotenv.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <expected>
#include <optional>

namespace vagrolant::bot {

namespace {

bool is_name(std::string_view text) {
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
    return !text.empty() && letter(text.front()) &&
           std::ranges::all_of(text, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::string unescape(char c) {
    switch (c) {
    case 'n':
        return "\n";
    case 't':
        return "\t";
    case '"':
    case '\\':
    case '$':
        return {c};
    default:
        return {'\\', c};
    }
}

// Splits off the quoted literal that `text` begins with; nullopt when its closing quote is missing.
std::optional<std::string> take_quoted(std::string_view& text) {
    const char quote = text.front();
    std::string value;
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] == quote) {
            text.remove_prefix(at + 1);
            return value;
        }
        if (text[at] == '\\' && quote == '"' && at + 1 < text.size()) {
            value += unescape(text[++at]);
        } else {
            value += text[at];
        }
    }
    return std::nullopt;
}

// A comment begins with '#' after white space: the '#' of "pass#word" is part of the value.
std::string_view without_comment(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '#' && (at == 0 || text[at - 1] == ' ' || text[at - 1] == '\t'))
            return text::trim(text.substr(0, at));
    }
    return text::trim(text);
}

std::expected<std::string, std::string_view> parse_value(std::string_view rest) {
    rest = text::trim(rest);
    if (rest.empty() || (rest.front() != '"' && rest.front() != '\''))
        return std::string(without_comment(rest));
    auto value = take_quoted(rest);
    if (!value)
        return std::unexpected("the closing quote is missing");
    if (!without_comment(rest).empty())
        return std::unexpected("something follows the closing quote");
    return *std::move(value);
}

} // namespace

dotenv parse_dotenv(std::string_view text) {
    dotenv file;
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        auto line = text::trim(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.empty() || line.front() == '#')
            continue;
        if (line.starts_with("export ") || line.starts_with("export\t"))
            line = text::trim(line.substr(7));
        const auto equals = line.find('=');
        const auto name = text::trim(line.substr(0, equals));
        if (equals == std::string_view::npos || !is_name(name)) {
            file.mistakes.push_back(fmt::format(".env line {}: expected NAME=value", number));
            continue;
        }
        auto value = parse_value(line.substr(equals + 1));
        if (!value) {
            file.mistakes.push_back(fmt::format(".env line {} ({}): {}", number, name, value.error()));
            continue;
        }
        file.variables.insert_or_assign(std::string(name), *std::move(value));
    }
    return file;
}

environment merge_environment(const char* const* process, environment file) {
    for (; process != nullptr && *process != nullptr; ++process) {
        const std::string_view entry(*process);
        const auto equals = entry.find('=');
        if (equals == std::string_view::npos || equals + 1 == entry.size())
            continue;
        file.insert_or_assign(std::string(entry.substr(0, equals)), std::string(entry.substr(equals + 1)));
    }
    std::erase_if(file, [](const auto& one) { return one.second.empty(); });
    return file;
}

} // namespace vagrolant::bot
