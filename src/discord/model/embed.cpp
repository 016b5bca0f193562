#include "discord/model/embed.hpp"

#include "base/text.hpp"

namespace vagrolant::discord {

namespace {

constexpr std::size_t max_embeds = 10;
constexpr std::size_t max_fields = 25;
constexpr std::size_t max_title = 256;
constexpr std::size_t max_description = 4096;
constexpr std::size_t max_field_name = 256;
constexpr std::size_t max_field_value = 1024;
constexpr std::size_t max_footer = 2048;
constexpr std::size_t max_author = 256;
constexpr std::size_t max_url = 2048;
constexpr std::size_t max_color = 0xFF'FF'FF;
constexpr std::size_t max_total = 6000;

// Discord cuts the white space around a text before it counts.
std::size_t length(std::string_view text) {
    return text::length(text::trim(text));
}

class checker {
public:
    explicit checker(std::vector<limit_error>& errors)
        : errors_(errors) {}

    void text(const std::string& field, std::string_view value, std::size_t limit) {
        if (const auto actual = length(value); actual > limit)
            add(limit_error::kind::too_long, field, actual, limit);
    }

    void required(const std::string& field, std::string_view value, std::size_t limit) {
        if (length(value) == 0)
            add(limit_error::kind::required, field, 0, limit);
        text(field, value, limit);
    }

    void url(const std::string& field, std::string_view value, bool attachment_allowed) {
        if (value.empty())
            return;
        const bool known = value.starts_with("http://") || value.starts_with("https://") ||
                           (attachment_allowed && value.starts_with("attachment://"));
        if (!known)
            add(limit_error::kind::bad_url, field, 0, 0);
        text(field, value, max_url);
    }

    void add(limit_error::kind what, std::string field, std::size_t actual, std::size_t limit) {
        errors_.push_back({.what = what, .field = std::move(field), .actual = actual, .limit = limit});
    }

private:
    std::vector<limit_error>& errors_;
};

void check_one(checker& check, const embed& one, const std::string& at) {
    check.text(at + ".title", one.title, max_title);
    check.text(at + ".description", one.description, max_description);
    check.url(at + ".url", one.url, false);
    check.url(at + ".image.url", one.image_url, true);
    check.url(at + ".thumbnail.url", one.thumbnail_url, true);
    if (one.color && *one.color > max_color)
        check.add(limit_error::kind::out_of_range, at + ".color", *one.color, max_color);
    if (one.author) {
        check.required(at + ".author.name", one.author->name, max_author);
        check.url(at + ".author.url", one.author->url, false);
        check.url(at + ".author.icon_url", one.author->icon_url, true);
    }
    if (one.footer) {
        check.required(at + ".footer.text", one.footer->text, max_footer);
        check.url(at + ".footer.icon_url", one.footer->icon_url, true);
    }
    if (one.fields.size() > max_fields)
        check.add(limit_error::kind::too_many, at + ".fields", one.fields.size(), max_fields);
    for (std::size_t index = 0; index < one.fields.size(); ++index) {
        const auto field = at + ".fields[" + std::to_string(index) + ']';
        check.required(field + ".name", one.fields[index].name, max_field_name);
        check.required(field + ".value", one.fields[index].value, max_field_value);
    }
}

void put(json::object& into, std::string_view key, const std::string& text) {
    if (!text.empty())
        into[key] = text;
}

} // namespace

json::object to_json(const embed& one) {
    json::object body;
    put(body, "title", one.title);
    put(body, "description", one.description);
    put(body, "url", one.url);
    if (one.color)
        body["color"] = *one.color;
    if (one.timestamp)
        body["timestamp"] = to_iso8601(*one.timestamp);
    if (!one.image_url.empty())
        body["image"] = json::object{{"url", one.image_url}};
    if (!one.thumbnail_url.empty())
        body["thumbnail"] = json::object{{"url", one.thumbnail_url}};
    if (one.author) {
        json::object author{{"name", one.author->name}};
        put(author, "url", one.author->url);
        put(author, "icon_url", one.author->icon_url);
        body["author"] = std::move(author);
    }
    if (one.footer) {
        json::object footer{{"text", one.footer->text}};
        put(footer, "icon_url", one.footer->icon_url);
        body["footer"] = std::move(footer);
    }
    if (!one.fields.empty()) {
        json::array fields;
        for (const auto& field : one.fields)
            fields.push_back(
                json::object{{"name", field.name}, {"value", field.value}, {"inline", field.in_line}});
        body["fields"] = std::move(fields);
    }
    return body;
}

std::size_t total_length(std::span<const embed> embeds) {
    std::size_t total = 0;
    for (const auto& one : embeds) {
        total += length(one.title) + length(one.description);
        if (one.author)
            total += length(one.author->name);
        if (one.footer)
            total += length(one.footer->text);
        for (const auto& field : one.fields)
            total += length(field.name) + length(field.value);
    }
    return total;
}

std::vector<limit_error> check(std::span<const embed> embeds) {
    std::vector<limit_error> errors;
    checker check(errors);
    if (embeds.size() > max_embeds)
        check.add(limit_error::kind::too_many, "embeds", embeds.size(), max_embeds);
    for (std::size_t index = 0; index < embeds.size(); ++index)
        check_one(check, embeds[index], "embeds[" + std::to_string(index) + ']');
    if (const auto total = total_length(embeds); total > max_total)
        check.add(limit_error::kind::too_long, "embeds", total, max_total);
    return errors;
}

} // namespace vagrolant::discord
