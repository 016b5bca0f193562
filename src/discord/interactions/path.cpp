#include "discord/interactions/path.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace vagrolant::discord::interactions {

namespace {

constexpr std::size_t max_custom_id = 100;

std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> segments;
    while (true) {
        const auto slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos)
            return segments;
        path.remove_prefix(slash + 1);
    }
}

bool is_word(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

} // namespace

std::string_view captures::text(std::string_view name) const {
    const auto found = std::ranges::find(entries_, name, &entry::name);
    if (found == entries_.end())
        throw std::logic_error("the route has no place named " + std::string(name));
    return found->text;
}

std::int64_t captures::integer(std::string_view name) const {
    const auto number = text::to_number<std::int64_t>(text(name));
    if (!number)
        throw std::logic_error("the place " + std::string(name) + " holds no number");
    return *number;
}

path_pattern::path_pattern(std::string_view pattern)
    : text_(pattern) {
    const auto refuse = [&](std::string_view why) {
        throw bad_route("route \"" + text_ + "\": " + std::string(why));
    };
    for (const auto part : split(pattern)) {
        if (!part.starts_with('{')) {
            if (!is_word(part))
                refuse("a segment is made of a-z, 0-9, '-' and '_'");
            segments_.push_back({.what = kind::literal, .text = std::string(part)});
            continue;
        }
        if (!part.ends_with('}'))
            refuse("a place lacks its '}'");
        const auto inside = part.substr(1, part.size() - 2);
        const auto colon = inside.find(':');
        const auto name = inside.substr(0, colon);
        const auto type =
            colon == std::string_view::npos ? std::string_view("text") : inside.substr(colon + 1);
        if (!is_word(name))
            refuse("a place needs a name");
        if (type != "text" && type != "id" && type != "int")
            refuse("a place is {name}, {name:id} or {name:int}");
        for (const auto& before : segments_) {
            if (before.what != kind::literal && before.text == name)
                refuse("two places have one name");
        }
        const auto what = type == "id" ? kind::id : type == "int" ? kind::integer : kind::text;
        segments_.push_back({.what = what, .text = std::string(name)});
    }
    if (segments_.front().what != kind::literal)
        refuse("the first segment is the feature's name");
    if (text::length(pattern) > max_custom_id)
        refuse("longer than a custom id may be");
}

bool path_pattern::fits(kind place, std::string_view text) {
    switch (place) {
    case kind::id:
        return snowflake<path_pattern>::parse(text).has_value();
    case kind::integer:
        return text::to_number<std::int64_t>(text).has_value();
    default:
        return !text.empty() && !text.contains('/');
    }
}

std::optional<captures> path_pattern::match(std::string_view custom_id) const {
    const auto parts = split(custom_id);
    if (parts.size() != segments_.size())
        return std::nullopt;
    captures found;
    for (std::size_t at = 0; at < parts.size(); ++at) {
        const auto& segment = segments_[at];
        if (segment.what == kind::literal) {
            if (segment.text != parts[at])
                return std::nullopt;
        } else if (fits(segment.what, parts[at])) {
            found.entries_.push_back({.name = segment.text, .text = std::string(parts[at])});
        } else {
            return std::nullopt;
        }
    }
    return found;
}

std::string path_pattern::format(std::initializer_list<std::string> values) const {
    std::string custom_id;
    const auto* value = values.begin();
    for (const auto& segment : segments_) {
        if (!custom_id.empty())
            custom_id += '/';
        if (segment.what == kind::literal) {
            custom_id += segment.text;
            continue;
        }
        if (value == values.end())
            throw std::invalid_argument("route \"" + text_ + "\": too few values");
        if (!fits(segment.what, *value))
            throw std::invalid_argument("route \"" + text_ + "\": the value does not fit {" + segment.text +
                                        '}');
        custom_id += *value++;
    }
    if (value != values.end())
        throw std::invalid_argument("route \"" + text_ + "\": too many values");
    if (text::length(custom_id) > max_custom_id)
        throw std::invalid_argument("route \"" + text_ +
                                    "\": the custom id would be longer than 100 characters");
    return custom_id;
}

bool path_pattern::overlaps(const path_pattern& other) const {
    return std::ranges::equal(segments_, other.segments_, [](const segment& a, const segment& b) {
        if (a.what == kind::literal && b.what == kind::literal)
            return a.text == b.text;
        if (a.what == kind::literal)
            return fits(b.what, a.text);
        if (b.what == kind::literal)
            return fits(a.what, b.text);
        return true;
    });
}

} // namespace vagrolant::discord::interactions
