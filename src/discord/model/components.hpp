#pragma once

#include "discord/model/channel.hpp"
#include "json/writer.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Builders for message and modal components. (Discord Docs/Component Reference)
namespace vagrolant::discord {

/// Open: values that Discord adds later are kept as they are.
enum class component_type : std::uint8_t {
    action_row = 1,
    button = 2,
    string_select = 3,
    text_input = 4,
    user_select = 5,
    role_select = 6,
    mentionable_select = 7,
    channel_select = 8,
    section = 9,
    text_display = 10,
    thumbnail = 11,
    media_gallery = 12,
    file = 13,
    separator = 14,
    container = 17,
    label = 18,
    file_upload = 19,
    radio_group = 21,
    checkbox_group = 22,
    checkbox = 23,
};

/// Any component, ready to be sent.
class component {
public:
    template <class T>
        requires requires(const T& one) {
            { to_json(one) } -> std::same_as<json::object>;
        }
    component(const T& one)
        : body_(to_json(one)) {}

    const json::object& body() const { return body_; }

private:
    json::object body_;
};

json::array to_json(const std::vector<component>& some);

/// A Unicode emoji (`name`) or one of a guild's own (`id` too).
struct emoji {
    std::string name;
    std::uint64_t id = 0;
    bool animated = false;
};

enum class button_style : std::uint8_t { primary = 1, secondary = 2, success = 3, danger = 4, link = 5 };

struct button {
    button_style style = button_style::secondary;
    std::string label;
    std::optional<discord::emoji> emoji;
    /// Empty for links.
    std::string custom_id;
    /// Links only.
    std::string url;
    bool disabled = false;
};

struct select_option {
    std::string label;
    std::string value;
    std::string description;
    std::optional<discord::emoji> emoji;
    bool chosen = false;
};

struct string_select {
    std::string custom_id;
    std::vector<select_option> options;
    std::string placeholder;
    int min_values = 1;
    int max_values = 1;
    bool disabled = false;
    /// Modals only.
    std::optional<bool> required;
};

/// Lets people choose users, roles, both or channels (`type`).
struct entity_select {
    component_type type = component_type::user_select;
    std::string custom_id;
    std::string placeholder;
    int min_values = 1;
    int max_values = 1;
    /// Channel selects only; empty for all.
    std::vector<channel_type> channel_types;
    struct default_value {
        std::uint64_t id = 0;
        component_type of = component_type::user_select;
    };
    std::vector<default_value> default_values;
    bool disabled = false;
    std::optional<bool> required;
};

struct action_row {
    std::vector<component> components;
};

enum class text_input_style : std::uint8_t { line = 1, paragraph = 2 };

struct text_input {
    std::string custom_id;
    text_input_style style = text_input_style::line;
    int min_length = 0;
    int max_length = 4000;
    bool required = true;
    std::string value;
    std::string placeholder;
};

struct text_display {
    std::string content;
};

struct thumbnail {
    std::string url;
    std::string description;
    bool spoiler = false;
};

/// One to three texts with a button or a thumbnail beside them.
struct section {
    std::vector<text_display> texts;
    component accessory;
};

struct media_gallery {
    std::vector<thumbnail> items;
};

struct file_display {
    /// "attachment://name"
    std::string url;
    bool spoiler = false;
};

struct separator {
    bool divider = true;
    bool large = false;
};

struct container {
    std::vector<component> components;
    std::optional<std::uint32_t> accent_color;
    bool spoiler = false;
};

/// Names one input of a modal.
struct label {
    std::string text;
    component input;
    std::string description;
};

struct file_upload {
    std::string custom_id;
    int min_values = 1;
    int max_values = 1;
    bool required = true;
};

/// Choose one of 2 to 10.
struct radio_group {
    std::string custom_id;
    std::vector<select_option> options;
    bool required = true;
};

/// Choose some of 1 to 10.
struct checkbox_group {
    std::string custom_id;
    std::vector<select_option> options;
    int min_values = 0;
    int max_values = 10;
    bool required = false;
};

struct checkbox {
    std::string custom_id;
    bool checked = false;
};

struct modal {
    std::string custom_id;
    std::string title;
    std::vector<component> components;
};

json::object to_json(const button& one);
json::object to_json(const string_select& one);
json::object to_json(const entity_select& one);
json::object to_json(const action_row& one);
json::object to_json(const text_input& one);
json::object to_json(const text_display& one);
json::object to_json(const thumbnail& one);
json::object to_json(const section& one);
json::object to_json(const media_gallery& one);
json::object to_json(const file_display& one);
json::object to_json(const separator& one);
json::object to_json(const container& one);
json::object to_json(const label& one);
json::object to_json(const file_upload& one);
json::object to_json(const radio_group& one);
json::object to_json(const checkbox_group& one);
json::object to_json(const checkbox& one);
json::object to_json(const modal& one);

} // namespace vagrolant::discord
