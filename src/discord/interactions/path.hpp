#pragma once

#include "base/snowflake.hpp"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace vagrolant::discord::interactions {

/// A route is malformed, declared twice or ambiguous: a mistake in the program, found at start.
class bad_route : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

/// What a custom id carried in a pattern's places.
class captures {
public:
    /// Throws `std::logic_error` for a name that the pattern does not have.
    std::string_view text(std::string_view name) const;
    std::int64_t integer(std::string_view name) const;
    template <class Id>
    Id id(std::string_view name) const {
        return Id(static_cast<std::uint64_t>(integer(name)));
    }

private:
    friend class path_pattern;
    struct entry {
        std::string name;
        std::string text;
    };
    std::vector<entry> entries_;
};

/// The shape of a family of custom ids: "voice/lock/{room:id}". Segments are literals (a-z, 0-9, '-', '_') or
/// places: `{name}` any text without '/', `{name:id}` a snowflake, `{name:int}` a whole number. The first
/// segment is a literal: the feature's name.
class path_pattern {
public:
    /// Throws `bad_route`.
    explicit path_pattern(std::string_view pattern);

    /// nullopt when the custom id has another shape.
    std::optional<captures> match(std::string_view custom_id) const;

    /// The custom id with the places filled in order. Throws `std::invalid_argument` when a value does not
    /// fit its place or the whole is longer than the 100 characters that Discord allows.
    std::string format(std::initializer_list<std::string> values = {}) const;
    template <class... Values>
    std::string operator()(const Values&... values) const {
        return format({to_text(values)...});
    }

    /// True when some custom id would match both.
    bool overlaps(const path_pattern& other) const;

    const std::string& text() const { return text_; }

private:
    enum class kind { literal, text, id, integer };
    struct segment {
        kind what = kind::literal;
        /// The literal, or the place's name.
        std::string text;
    };

    static bool fits(kind place, std::string_view text);
    template <class Tag>
    static std::string to_text(snowflake<Tag> id) {
        return id.to_string();
    }
    static std::string to_text(std::string_view text) { return std::string(text); }
    static std::string to_text(std::integral auto number) { return std::to_string(number); }

    std::string text_;
    std::vector<segment> segments_;
};

} // namespace vagrolant::discord::interactions
