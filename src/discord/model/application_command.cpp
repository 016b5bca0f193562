#include "discord/model/application_command.hpp"

#include <string>
#include <utility>

namespace vagrolant::discord {

namespace {

// The default text is the English one. It is also listed under its own locales: a person whose language has
// no entry falls back along Discord's chain, in which the default comes last.
void put_localized(json::object& into, std::string_view key, localized text) {
    into[key] = text.en;
    if (text.fr == text.en)
        return;
    into[std::string(key) + "_localizations"] =
        json::object{{"en-GB", text.en}, {"en-US", text.en}, {"fr", text.fr}};
}

json::any number_json(double number) {
    // Integers are written as such, so that Discord sends them back the same way.
    if (number == static_cast<double>(static_cast<std::int64_t>(number)))
        return json::any(static_cast<std::int64_t>(number));
    return json::any(number);
}

json::object choice_json(const command_choice& one) {
    json::object body;
    put_localized(body, "name", one.name);
    if (const auto* text = std::get_if<std::string_view>(&one.value))
        body["value"] = *text;
    else if (const auto* integer = std::get_if<std::int64_t>(&one.value))
        body["value"] = *integer;
    else
        body["value"] = number_json(std::get<double>(one.value));
    return body;
}

json::object option_json(const command_option& one) {
    json::object body{{"type", std::to_underlying(one.type)}};
    put_localized(body, "name", one.name);
    put_localized(body, "description", one.description);
    if (one.required)
        body["required"] = true;
    if (one.autocomplete)
        body["autocomplete"] = true;
    if (!one.choices.empty()) {
        json::array choices;
        for (const auto& choice : one.choices)
            choices.push_back(choice_json(choice));
        body["choices"] = std::move(choices);
    }
    if (!one.channel_types.empty()) {
        json::array types;
        for (const auto type : one.channel_types)
            types.push_back(std::to_underlying(type));
        body["channel_types"] = std::move(types);
    }
    if (one.min_value)
        body["min_value"] = number_json(*one.min_value);
    if (one.max_value)
        body["max_value"] = number_json(*one.max_value);
    if (one.min_length)
        body["min_length"] = *one.min_length;
    if (one.max_length)
        body["max_length"] = *one.max_length;
    if (!one.options.empty()) {
        json::array options;
        for (const auto& option : one.options)
            options.push_back(option_json(option));
        body["options"] = std::move(options);
    }
    return body;
}

} // namespace

json::object to_json(const application_command& one) {
    json::object body{{"type", std::to_underlying(one.type)}};
    put_localized(body, "name", one.name);
    if (one.type == command_type::chat_input)
        put_localized(body, "description", one.description);
    if (!one.options.empty()) {
        json::array options;
        for (const auto& option : one.options)
            options.push_back(option_json(option));
        body["options"] = std::move(options);
    }
    body["default_member_permissions"] =
        one.default_member_permissions ? json::any(one.default_member_permissions->to_string()) : json::any();
    // 0: guilds, 1: direct messages with the bot. (Discord Docs/Application Commands "Interaction Contexts")
    body["contexts"] = one.in_direct_messages ? json::array{0, 1} : json::array{0};
    body["integration_types"] = json::array{0};
    return body;
}

} // namespace vagrolant::discord
