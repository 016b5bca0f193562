#include "features/voice_hubs/names.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace vagrolant::voice_hubs {

namespace {

using bot::say;

constexpr std::array<std::string_view, 4> placeholders{"member", "count", "game", "n"};

bool is_placeholder(std::string_view name) {
    return std::ranges::find(placeholders, name) != placeholders.end();
}

// Calls `literal(text)` and `placeholder(name)` in turn; an unclosed or unknown `{` is literal.
template <class Literal, class Placeholder>
void walk(std::string_view text, Literal literal, Placeholder placeholder) {
    while (!text.empty()) {
        const auto open = text.find('{');
        if (open == std::string_view::npos)
            break;
        const auto close = text.find('}', open);
        if (close == std::string_view::npos)
            break;
        const auto name = text.substr(open + 1, close - open - 1);
        if (is_placeholder(name)) {
            literal(text.substr(0, open));
            placeholder(name);
            text.remove_prefix(close + 1);
        } else {
            literal(text.substr(0, open + 1));
            text.remove_prefix(open + 1);
        }
    }
    literal(text);
}

bool mentions(std::string_view name_template, std::string_view wanted) {
    bool found = false;
    walk(name_template, [](std::string_view) {}, [&](std::string_view name) { found |= name == wanted; });
    return found;
}

std::string value_of(std::string_view placeholder, const name_facts& facts) {
    if (placeholder == "member")
        return facts.member;
    if (placeholder == "count")
        return std::to_string(facts.count);
    if (placeholder == "game")
        return facts.game;
    return std::to_string(facts.number);
}

struct decoded {
    std::uint32_t point;
    std::size_t length;
};

// One character of valid UTF-8.
decoded decode(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x80)
        return {first, 1};
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    std::uint32_t point = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i)
        point = point << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
    return {point, length};
}

bool is_space(std::uint32_t point) {
    return point == 0x20 || (point >= 0x09 && point <= 0x0D) || point == 0x85 || point == 0xA0 ||
           (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 || point == 0x202F ||
           point == 0x205F || point == 0x3000;
}

// Controls, and what turns or hides text. The joiner U+200D stays: emojis are made with it.
bool is_invisible(std::uint32_t point) {
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0xAD || point == 0x200B ||
           point == 0x200C || point == 0x200E || point == 0x200F || (point >= 0x202A && point <= 0x202E) ||
           (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF || (point >= 0xFFF9 && point <= 0xFFFB) ||
           (point >= 0xE0000 && point <= 0xE001F);
}

} // namespace

std::string clean_name(std::string_view text) {
    std::string cleaned;
    bool space = false;
    if (!text::is_utf8(text))
        return cleaned;
    while (!text.empty()) {
        const auto [point, length] = decode(text);
        if (is_space(point)) {
            space = !cleaned.empty();
        } else if (!is_invisible(point)) {
            if (space)
                cleaned += ' ';
            space = false;
            cleaned += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    return text::truncate(cleaned, max_name);
}

std::string name_from(std::string_view name_template, const name_facts& facts) {
    std::string name;
    walk(
        name_template, [&](std::string_view literal) { name += literal; },
        [&](std::string_view placeholder) { name += value_of(placeholder, facts); });
    name = clean_name(name);
    return name.empty() ? "Salon " + std::to_string(facts.number) : name;
}

bool follows_count(std::string_view name_template) {
    return mentions(name_template, "count");
}

bool follows_game(std::string_view name_template) {
    return mentions(name_template, "game");
}

std::optional<bot::refusal> template_objection(std::string_view name_template) {
    const auto objection = [](bot::phrase reason) {
        return bot::refusal{.code = "bad_name_template", .reason = std::move(reason), .retry_after = {}};
    };
    if (clean_name(name_template).empty()) {
        return objection(localized{.fr = "Le modèle de nom est vide : écrivez par exemple "
                                         "« Salon de {member} ».",
                                   .en = "The name template is empty: write for example "
                                         "\"{member}'s room\"."});
    }
    if (text::length(name_template) > max_name) {
        return objection(say({.fr = "Le modèle de nom compte {} caractères, {} au plus.",
                              .en = "The name template has {} characters, at most {}."},
                             text::length(name_template), max_name));
    }
    std::string wrong;
    walk(
        name_template,
        [&](std::string_view literal) {
            if (literal.contains('{') || literal.contains('}'))
                wrong = literal;
        },
        [](std::string_view) {});
    if (!wrong.empty()) {
        return objection(localized{
            .fr = "Le modèle de nom contient des accolades inconnues : seuls {member}, {count}, "
                  "{game} et {n} sont remplacés.",
            .en = "The name template has unknown braces: only {member}, {count}, {game} and {n} are "
                  "filled in."});
    }
    return std::nullopt;
}

int lowest_free(const std::set<int>& taken) {
    int free = 1;
    for (const int one : taken) {
        if (one > free)
            break;
        if (one == free)
            ++free;
    }
    return free;
}

} // namespace vagrolant::voice_hubs
