#include "discord/model/components.hpp"

#include <utility>

namespace vagrolant::discord {

namespace {

json::object of(component_type type) {
    return {{"type", std::to_underlying(type)}};
}

void put(json::object& into, std::string_view key, const std::string& text) {
    if (!text.empty())
        into[key] = text;
}

// Flags whose default at Discord is false.
void put(json::object& into, std::string_view key, bool truth) {
    if (truth)
        into[key] = true;
}

json::object emoji_json(const emoji& one) {
    json::object body;
    put(body, "name", one.name);
    if (one.id != 0)
        body["id"] = std::to_string(one.id);
    put(body, "animated", one.animated);
    return body;
}

json::array options_json(const std::vector<select_option>& options) {
    json::array body;
    for (const auto& one : options) {
        json::object option{{"label", one.label}, {"value", one.value}};
        put(option, "description", one.description);
        if (one.emoji)
            option["emoji"] = emoji_json(*one.emoji);
        put(option, "default", one.chosen);
        body.push_back(std::move(option));
    }
    return body;
}

json::object media(const thumbnail& one, std::string_view key) {
    json::object body;
    body[key] = json::object{{"url", one.url}};
    put(body, "description", one.description);
    put(body, "spoiler", one.spoiler);
    return body;
}

std::string_view default_kind(component_type of) {
    switch (of) {
    case component_type::role_select:
        return "role";
    case component_type::channel_select:
        return "channel";
    default:
        return "user";
    }
}

} // namespace

json::array to_json(const std::vector<component>& some) {
    json::array body;
    for (const auto& one : some)
        body.push_back(one.body());
    return body;
}

json::object to_json(const button& one) {
    auto body = of(component_type::button);
    body["style"] = std::to_underlying(one.style);
    put(body, "label", one.label);
    if (one.emoji)
        body["emoji"] = emoji_json(*one.emoji);
    put(body, "custom_id", one.custom_id);
    put(body, "url", one.url);
    put(body, "disabled", one.disabled);
    return body;
}

json::object to_json(const string_select& one) {
    auto body = of(component_type::string_select);
    body["custom_id"] = one.custom_id;
    body["options"] = options_json(one.options);
    put(body, "placeholder", one.placeholder);
    body["min_values"] = one.min_values;
    body["max_values"] = one.max_values;
    put(body, "disabled", one.disabled);
    if (one.required)
        body["required"] = *one.required;
    return body;
}

json::object to_json(const entity_select& one) {
    auto body = of(one.type);
    body["custom_id"] = one.custom_id;
    put(body, "placeholder", one.placeholder);
    body["min_values"] = one.min_values;
    body["max_values"] = one.max_values;
    if (!one.channel_types.empty()) {
        json::array types;
        for (const auto type : one.channel_types)
            types.push_back(std::to_underlying(type));
        body["channel_types"] = std::move(types);
    }
    if (!one.default_values.empty()) {
        json::array values;
        for (const auto& value : one.default_values)
            values.push_back(
                json::object{{"id", std::to_string(value.id)}, {"type", default_kind(value.of)}});
        body["default_values"] = std::move(values);
    }
    put(body, "disabled", one.disabled);
    if (one.required)
        body["required"] = *one.required;
    return body;
}

json::object to_json(const action_row& one) {
    auto body = of(component_type::action_row);
    body["components"] = to_json(one.components);
    return body;
}

json::object to_json(const text_input& one) {
    auto body = of(component_type::text_input);
    body["custom_id"] = one.custom_id;
    body["style"] = std::to_underlying(one.style);
    body["min_length"] = one.min_length;
    body["max_length"] = one.max_length;
    body["required"] = one.required;
    put(body, "value", one.value);
    put(body, "placeholder", one.placeholder);
    return body;
}

json::object to_json(const text_display& one) {
    auto body = of(component_type::text_display);
    body["content"] = one.content;
    return body;
}

json::object to_json(const thumbnail& one) {
    auto body = media(one, "media");
    body["type"] = std::to_underlying(component_type::thumbnail);
    return body;
}

json::object to_json(const section& one) {
    auto body = of(component_type::section);
    json::array texts;
    for (const auto& text : one.texts)
        texts.push_back(to_json(text));
    body["components"] = std::move(texts);
    body["accessory"] = one.accessory.body();
    return body;
}

json::object to_json(const media_gallery& one) {
    auto body = of(component_type::media_gallery);
    json::array items;
    for (const auto& item : one.items)
        items.push_back(media(item, "media"));
    body["items"] = std::move(items);
    return body;
}

json::object to_json(const file_display& one) {
    auto body = of(component_type::file);
    body["file"] = json::object{{"url", one.url}};
    put(body, "spoiler", one.spoiler);
    return body;
}

json::object to_json(const separator& one) {
    auto body = of(component_type::separator);
    body["divider"] = one.divider;
    body["spacing"] = one.large ? 2 : 1;
    return body;
}

json::object to_json(const container& one) {
    auto body = of(component_type::container);
    body["components"] = to_json(one.components);
    if (one.accent_color)
        body["accent_color"] = *one.accent_color;
    put(body, "spoiler", one.spoiler);
    return body;
}

json::object to_json(const label& one) {
    auto body = of(component_type::label);
    body["label"] = one.text;
    put(body, "description", one.description);
    body["component"] = one.input.body();
    return body;
}

json::object to_json(const file_upload& one) {
    auto body = of(component_type::file_upload);
    body["custom_id"] = one.custom_id;
    body["min_values"] = one.min_values;
    body["max_values"] = one.max_values;
    body["required"] = one.required;
    return body;
}

json::object to_json(const radio_group& one) {
    auto body = of(component_type::radio_group);
    body["custom_id"] = one.custom_id;
    body["options"] = options_json(one.options);
    body["required"] = one.required;
    return body;
}

json::object to_json(const checkbox_group& one) {
    auto body = of(component_type::checkbox_group);
    body["custom_id"] = one.custom_id;
    body["options"] = options_json(one.options);
    body["min_values"] = one.min_values;
    body["max_values"] = one.max_values;
    body["required"] = one.required;
    return body;
}

json::object to_json(const checkbox& one) {
    auto body = of(component_type::checkbox);
    body["custom_id"] = one.custom_id;
    put(body, "default", one.checked);
    return body;
}

json::object to_json(const modal& one) {
    return {{"custom_id", one.custom_id}, {"title", one.title}, {"components", to_json(one.components)}};
}

} // namespace vagrolant::discord
