#include "json/reader.hpp"

#include "base/text.hpp"

#include <vector>

namespace vagrolant::json {

namespace {

// One open object or array on the way to a position.
struct level {
    bool array = false;
    std::size_t index = 0;
    std::string_view key;
};

// End of the string literal that begins at `at` (just behind its closing quote), or the end of the text.
std::size_t skip_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            return at + 1;
        }
    }
    return text.size();
}

std::string render(const std::vector<level>& levels) {
    std::string path;
    for (const auto& one : levels) {
        if (one.array) {
            path += '[' + std::to_string(one.index) + ']';
        } else if (!one.key.empty()) {
            if (!path.empty())
                path += '.';
            path += one.key;
        }
    }
    return path;
}

// Whether the outermost brackets, which are all that text is searched for here, belong together. simdjson
// looks at the last one only of a document that is not taken as a value, and reads on behind a text that was
// cut off.
bool is_enclosed(std::string_view text) {
    const auto is_white = [](char letter) {
        return letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t';
    };
    while (!text.empty() && is_white(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_white(text.back()))
        text.remove_suffix(1);
    return (text.starts_with('{') && text.ends_with('}')) || (text.starts_with('[') && text.ends_with(']'));
}

// Of a document's outermost value simdjson asserts that nobody takes it for a scalar.
void require_scalar(value& of) {
    const auto what = of.type();
    if (what == kind::object || what == kind::array)
        of.fail(simdjson::error_message(simdjson::INCORRECT_TYPE));
}

} // namespace

std::string path_at(std::string_view text, std::size_t offset) {
    std::vector<level> levels;
    std::size_t at = 0;
    const auto end = std::min(offset, text.size());
    while (at < end) {
        switch (text[at]) {
        case '{':
            levels.push_back({});
            break;
        case '[':
            levels.push_back({.array = true});
            break;
        case '}':
        case ']':
            if (!levels.empty())
                levels.pop_back();
            break;
        case ',':
            if (!levels.empty()) {
                auto& top = levels.back();
                if (top.array)
                    ++top.index;
                top.key = {};
            }
            break;
        case '"': {
            const auto behind = skip_string(text, at);
            if (!levels.empty() && !levels.back().array && levels.back().key.empty()) {
                levels.back().key = text.substr(at + 1, behind - at - 2);
            }
            at = behind;
            continue;
        }
        default:
            break;
        }
        ++at;
    }
    return render(levels);
}

kind value::type() {
    simdjson::ondemand::json_type found{};
    check(raw_.type().get(found));
    switch (found) {
    case simdjson::ondemand::json_type::object:
        return kind::object;
    case simdjson::ondemand::json_type::array:
        return kind::array;
    case simdjson::ondemand::json_type::string:
        return kind::string;
    case simdjson::ondemand::json_type::number:
        return kind::number;
    case simdjson::ondemand::json_type::boolean:
        return kind::boolean;
    case simdjson::ondemand::json_type::null:
        return kind::null;
    }
    fail("not a JSON value");
}

std::string_view value::string() {
    require_scalar(*this);
    std::string_view text;
    check(raw_.get_string().get(text));
    return text;
}

std::int64_t value::integer() {
    require_scalar(*this);
    std::int64_t number = 0;
    check(raw_.get_int64().get(number));
    return number;
}

std::uint64_t value::unsigned_integer() {
    require_scalar(*this);
    std::uint64_t number = 0;
    check(raw_.get_uint64().get(number));
    return number;
}

double value::number() {
    require_scalar(*this);
    double number = 0;
    check(raw_.get_double().get(number));
    return number;
}

bool value::boolean() {
    require_scalar(*this);
    bool truth = false;
    check(raw_.get_bool().get(truth));
    return truth;
}

std::string_view value::raw() {
    std::string_view text;
    switch (type()) {
    case kind::object:
        check(object().raw_json().get(text));
        break;
    case kind::array: {
        auto elements = array();
        check(elements.raw_json().get(text));
        break;
    }
    default:
        text = raw_.raw_json_token();
    }
    // A token runs to the next structural character, white space included.
    while (!text.empty() && std::string_view(" \t\r\n").contains(text.back()))
        text.remove_suffix(1);
    return text;
}

std::uint64_t value::decimal_string() {
    const auto text = string();
    const auto number = text::to_number<std::uint64_t>(text);
    if (!number)
        fail("not a decimal number in a string");
    return *number;
}

value value::operator[](std::string_view key) {
    simdjson::ondemand::value member;
    const auto error = look_up(key, member);
    if (error == simdjson::NO_SUCH_FIELD)
        fail(std::string("lacks \"") + std::string(key) + '"');
    check(error);
    return {member, text_};
}

std::optional<value> value::find(std::string_view key) {
    simdjson::ondemand::value member;
    const auto error = look_up(key, member);
    if (error == simdjson::NO_SUCH_FIELD)
        return std::nullopt;
    check(error);
    value found(member, text_);
    if (found.is_null())
        return std::nullopt;
    return found;
}

// From where the last search ended, then from the beginning. simdjson's own find_field_unordered asserts that
// skipping leads to where reading has led, which need not be so in text that is not JSON: `{"a":{"b":1
// 2,"c":3},"d":4}`.
simdjson::error_code value::look_up(std::string_view key, simdjson::ondemand::value& member) {
    auto& members = object();
    auto error = members.find_field(key).get(member);
    if (error != simdjson::NO_SUCH_FIELD)
        return error;
    error = members.reset().error();
    return error == simdjson::SUCCESS ? members.find_field(key).get(member) : error;
}

simdjson::ondemand::object& value::object() {
    if (!members_) {
        simdjson::ondemand::object members;
        check(raw_.get_object().get(members));
        members_ = members;
    }
    return *members_;
}

simdjson::ondemand::array value::array() {
    simdjson::ondemand::array elements;
    check(raw_.get_array().get(elements));
    return elements;
}

void value::fail(std::string_view reason) {
    const char* where = nullptr;
    std::string path;
    if (raw_.current_location().get(where) == simdjson::SUCCESS && where >= text_.data() &&
        where <= text_.data() + text_.size()) {
        path = path_at(text_, static_cast<std::size_t>(where - text_.data()));
    }
    throw parse_error(path, reason);
}

value reader::parse_in_place(std::string_view text) {
    if (!is_enclosed(text))
        throw parse_error({}, "not an object or array, or cut off");
    const auto error = parser_.iterate(text.data(), text.size(), text.size() + padding).get(document_);
    if (error != simdjson::SUCCESS)
        throw parse_error({}, simdjson::error_message(error));
    simdjson::ondemand::value root;
    const auto root_error = document_.get_value().get(root);
    if (root_error != simdjson::SUCCESS)
        throw parse_error({}, simdjson::error_message(root_error));
    return {root, text};
}

value reader::parse(std::string_view text) {
    copy_.assign(text);
    copy_.reserve(text.size() + padding);
    return parse_in_place(copy_);
}

void check_depth(std::string_view text, std::size_t limit) {
    std::size_t depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        switch (text[at]) {
        case '"':
            at = skip_string(text, at) - 1;
            break;
        case '{':
        case '[':
            if (++depth > limit)
                throw parse_error({}, "nested too deep");
            break;
        case '}':
        case ']':
            if (depth > 0)
                --depth;
            break;
        default:
            break;
        }
    }
}

} // namespace vagrolant::json
