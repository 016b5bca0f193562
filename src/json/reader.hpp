#pragma once

#include "base/snowflake.hpp"

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

/// A thin reader over simdjson's on-demand parser: values are read in place, in document order at best, and
/// whatever is wrong is reported with the path of the field ("d.member.roles[2]"). What is not read is
/// skipped, brackets counted: text that is not JSON there may go unnoticed.
namespace vagrolant::json {

/// Malformed JSON, or JSON of another shape than expected.
class parse_error : public std::runtime_error {
public:
    parse_error(std::string path, std::string_view reason)
        : std::runtime_error((path.empty() ? std::string("document") : path) + ": " + std::string(reason))
        , path_(std::move(path)) {}

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// Path of the value at byte `offset` of `text`, as far as the text is well-formed up to there.
std::string path_at(std::string_view text, std::size_t offset);

enum class kind { object, array, string, number, boolean, null };

class value;

/// Bytes that must be readable (not necessarily meaningful) behind a text that is parsed in place.
inline constexpr std::size_t padding = simdjson::SIMDJSON_PADDING;

/// Levels of nesting beyond which a document is refused.
inline constexpr std::size_t max_depth = 64;

/// One JSON value inside a `reader`'s document. Read each value once (an object's members in turn, one at a
/// time); it is gone when the reader parses the next text. Every accessor throws `parse_error`.
class value {
public:
    value(simdjson::ondemand::value raw, std::string_view text)
        : raw_(raw)
        , text_(text) {}

    kind type();
    bool is_null() { return type() == kind::null; }

    /// Points into the reader's buffer.
    std::string_view string();
    std::int64_t integer();
    std::uint64_t unsigned_integer();
    double number();
    bool boolean();
    /// The text of this value as it stands in the document.
    std::string_view raw();

    /// A snowflake written as a string (or, where Discord is sloppy, as a number).
    template <class Id>
    Id id() {
        const auto text = type() == kind::number ? raw() : string();
        const auto parsed = Id::parse(text);
        if (!parsed)
            fail("not a snowflake");
        return *parsed;
    }
    /// A 64-bit number written as a string (permissions).
    std::uint64_t decimal_string();

    /// The member `key`; an error when it is absent. Members are found fastest in document order.
    value operator[](std::string_view key);
    /// The member `key`; nullopt when it is absent or null.
    std::optional<value> find(std::string_view key);

    /// Calls `visit(std::string_view key, value member)` for every member of the object.
    template <class Visit>
    void each_member(Visit visit) {
        for (auto one : object()) {
            std::string_view key;
            simdjson::ondemand::value member;
            check(one.unescaped_key().get(key));
            check(one.value().get(member));
            visit(key, value(member, text_));
        }
    }

    /// Calls `visit(value element)` for every element of the array.
    template <class Visit>
    void each(Visit visit) {
        simdjson::ondemand::array elements = array();
        for (auto one : elements) {
            simdjson::ondemand::value element;
            check(one.get(element));
            visit(value(element, text_));
        }
    }

    /// Throws `parse_error` with the path of this value.
    [[noreturn]] void fail(std::string_view reason);

private:
    simdjson::error_code look_up(std::string_view key, simdjson::ondemand::value& member);
    simdjson::ondemand::object& object();
    simdjson::ondemand::array array();
    void check(simdjson::error_code error) {
        if (error != simdjson::SUCCESS) [[unlikely]]
            fail(simdjson::error_message(error));
    }

    simdjson::ondemand::value raw_;
    std::string_view text_;
    // simdjson enters an object once; further members are found from where it stands.
    std::optional<simdjson::ondemand::object> members_;
};

/// Parses one text after another, keeping its buffers.
class reader {
public:
    /// Parses in place: `text` must outlive what is read from it and have `padding` readable bytes behind it.
    value parse_in_place(std::string_view text);

    /// Parses a copy.
    value parse(std::string_view text);

private:
    simdjson::ondemand::parser parser_;
    simdjson::ondemand::document document_;
    std::string copy_;
};

/// Throws `parse_error` where `text` nests deeper than `limit`: to be asked before text from outside is
/// handed to code that recurses.
void check_depth(std::string_view text, std::size_t limit = max_depth);

} // namespace vagrolant::json
