#include "features/voice_hubs/names.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <utility>

namespace vagrolant::voice_hubs {

namespace {

using bot::say;

constexpr std::array<std::string_view, 4> placeholders{"member", "count", "game", "n"};

// Free-standing hyphens separate too.
constexpr std::u32string_view separators = U"·•|/\\–—:,;~+&@→›";
constexpr std::u32string_view opening = U"([<«“‹";
constexpr std::u32string_view closing = U")]>»”";

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

// The fillers of Korean and the empty braille cell, with which people have names that cannot be seen, too.
bool is_space(std::uint32_t point) {
    return point == 0x20 || (point >= 0x09 && point <= 0x0D) || point == 0x85 || point == 0xA0 ||
           point == 0x115F || point == 0x1160 || point == 0x1680 || (point >= 0x2000 && point <= 0x200A) ||
           point == 0x2028 || point == 0x2029 || point == 0x202F || point == 0x205F || point == 0x2800 ||
           point == 0x3000 || point == 0x3164 || point == 0xFFA0;
}

// Controls, and what turns or hides text.
bool is_invisible(std::uint32_t point) {
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0xAD || point == 0x34F ||
           point == 0x61C || point == 0x17B4 || point == 0x17B5 || (point >= 0x180B && point <= 0x180F) ||
           point == 0x200B || point == 0x200C || point == 0x200E || point == 0x200F ||
           (point >= 0x202A && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF ||
           (point >= 0xFFF9 && point <= 0xFFFB) || (point >= 0xE0000 && point <= 0xE001F);
}

// What emojis are made with; without a character beside it nothing shows.
bool only_joins(std::uint32_t point) {
    return point == 0x200D || (point >= 0xFE00 && point <= 0xFE0F) || (point >= 0xE0020 && point <= 0xE01EF);
}

bool is_letter(std::uint32_t point) {
    return (point >= 'A' && point <= 'Z') || (point >= 'a' && point <= 'z') ||
           (point >= 0xC0 && point < 0x2000 && point != 0xD7 && point != 0xF7) ||
           (point >= 0x2C00 && point < 0xD800 && (point < 0x3000 || point >= 0x3041)) ||
           (point >= 0xF900 && point < 0xFE00) || (point >= 0x20000 && point < 0x30000);
}

bool has_letter(std::string_view text) {
    while (!text.empty()) {
        const auto [point, length] = decode(text);
        if (is_letter(point))
            return true;
        text.remove_prefix(length);
    }
    return false;
}

bool has_any(std::string_view text, std::u32string_view points) {
    while (!text.empty()) {
        const auto [point, length] = decode(text);
        if (points.contains(point))
            return true;
        text.remove_prefix(length);
    }
    return false;
}

std::string without(std::string_view text, std::u32string_view points) {
    std::string kept;
    while (!text.empty()) {
        const auto [point, length] = decode(text);
        if (!points.contains(point))
            kept += text.substr(0, length);
        text.remove_prefix(length);
    }
    return kept;
}

// A stretch of a template's text: words, or what stands between words.
struct stretch {
    std::string text;
    bool separates = false;
};

std::vector<stretch> stretches_of(std::string_view literal) {
    std::vector<stretch> found;
    std::string spaces;
    char32_t before = U' ';
    while (!literal.empty()) {
        const auto [point, length] = decode(literal);
        const auto character = literal.substr(0, length);
        literal.remove_prefix(length);
        const bool free_after = literal.empty() || is_space(decode(literal).point);
        const bool separates = separators.contains(point) || opening.contains(point) ||
                               closing.contains(point) || (point == U'-' && is_space(before) && free_after);
        before = point;
        if (is_space(point)) {
            spaces += character;
            continue;
        }
        // Spaces beside a separator belong to it.
        if (found.empty() || found.back().separates != separates) {
            if (!separates && !found.empty())
                found.back().text += std::exchange(spaces, {});
            found.push_back({.text = {}, .separates = separates});
        }
        found.back().text += std::exchange(spaces, {});
        found.back().text += character;
    }
    if (!spaces.empty()) {
        if (found.empty())
            found.push_back({});
        found.back().text += spaces;
    }
    return found;
}

// What stands between two separators.
struct segment {
    struct piece {
        std::string text;
        bool value = false;
        bool missing = false;
    };
    std::vector<piece> pieces;
    bool dropped = false;

    /// Without what is missing, and the words that lead to it from the nearest value. Without any value there
    /// is nothing to be said.
    void cut() {
        for (;;) {
            const auto hole = std::ranges::find(pieces, true, &piece::missing);
            if (hole == pieces.end())
                return;
            const auto is_value = [](const piece& one) { return one.value; };
            const auto before = std::find_if(std::reverse_iterator(hole), pieces.rend(), is_value);
            const auto after = std::find_if(hole, pieces.end(), is_value);
            if (before != pieces.rend())
                pieces.erase(before.base(), hole + 1);
            else if (after != pieces.end())
                pieces.erase(hole, after);
            else
                dropped = true;
            if (dropped)
                return;
        }
    }
};

// What separates the neighbours of a segment that is gone: its brackets go with it.
std::string joined(const std::string& before, const std::string& after) {
    const bool opens = has_any(before, opening);
    const bool closes = has_any(after, closing);
    if (opens && closes) {
        const auto left = without(before, opening);
        const auto right = without(after, closing);
        return clean_name(left).empty() ? right + ' ' : left;
    }
    return closes ? after : before;
}

// The template without {game}, as if it had been written for those who play nothing.
std::string without_game(std::string_view name_template, const name_facts& facts) {
    std::vector<segment> segments(1);
    std::vector<std::string> between;
    walk(
        name_template,
        [&](std::string_view literal) {
            for (auto& one : stretches_of(literal)) {
                if (one.separates) {
                    between.push_back(std::move(one.text));
                    segments.emplace_back();
                } else {
                    segments.back().pieces.push_back({.text = std::move(one.text)});
                }
            }
        },
        [&](std::string_view placeholder) {
            const bool missing = placeholder == "game";
            segments.back().pieces.push_back(
                {.text = value_of(placeholder, facts), .value = !missing, .missing = missing});
        });
    std::string name;
    std::string separator;
    bool begun = false;
    for (std::size_t at = 0; at < segments.size(); ++at) {
        auto& one = segments[at];
        one.cut();
        const bool last = at == between.size();
        if (one.dropped) {
            separator = last || !begun ? std::string() : joined(separator, between[at]);
            continue;
        }
        name += separator;
        for (const auto& piece : one.pieces)
            name += piece.text;
        separator = last ? std::string() : between[at];
        begun = true;
    }
    return name;
}

std::string filled(std::string_view name_template, const name_facts& facts) {
    std::string name;
    walk(
        name_template, [&](std::string_view literal) { name += literal; },
        [&](std::string_view placeholder) { name += value_of(placeholder, facts); });
    return name;
}

} // namespace

std::string clean_name(std::string_view text) {
    std::string cleaned;
    bool space = false;
    bool shows = false;
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
            shows = shows || !only_joins(point);
            cleaned += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    return shows ? text::truncate(cleaned, max_name) : std::string();
}

std::string numbered_name(int number, locale language) {
    return (language == locale::fr ? "Salon " : "Room ") + std::to_string(number);
}

std::string default_name_template(locale language) {
    return language == locale::fr ? "Salon de {member}" : "{member}'s room";
}

std::string name_from(std::string_view name_template, const name_facts& facts) {
    const auto numbered = numbered_name(facts.number, facts.language);
    std::string name;
    if (clean_name(facts.game).empty() && follows_game(name_template) && text::is_utf8(name_template)) {
        name = clean_name(without_game(name_template, facts));
        // Nothing but signs and numbers: the room is called something all the same.
        const bool says_something =
            has_letter(name) || (mentions(name_template, "member") && !clean_name(facts.member).empty());
        if (!says_something) {
            auto named = facts;
            named.game = numbered;
            const bool wordy = mentions(name_template, "member") || has_letter(filled(name_template, {}));
            name = wordy ? numbered : clean_name(filled(name_template, named));
        }
    } else {
        name = clean_name(filled(name_template, facts));
    }
    return name.empty() ? numbered : name;
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
