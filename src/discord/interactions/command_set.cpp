#include "discord/interactions/command_set.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

namespace vagrolant::discord::interactions {

namespace {

// Keys that make up a declaration; whatever else Discord sends (ids, versions, deprecated fields) is its own.
constexpr std::array declared_keys{
    std::string_view("type"),        std::string_view("name"),
    std::string_view("description"), std::string_view("name_localizations"),
    std::string_view("options"),     std::string_view("description_localizations"),
    std::string_view("required"),    std::string_view("autocomplete"),
    std::string_view("choices"),     std::string_view("channel_types"),
    std::string_view("min_value"),   std::string_view("max_value"),
    std::string_view("min_length"),  std::string_view("max_length"),
    std::string_view("contexts"),    std::string_view("default_member_permissions"),
    std::string_view("nsfw"),        std::string_view("integration_types"),
    std::string_view("value"),
};

// The same as not being there.
bool is_default(const json::any& value) {
    if (value.is_null())
        return true;
    if (const auto* truth = value.if_bool())
        return !*truth;
    if (const auto* text = value.if_string())
        return text->empty();
    if (const auto* list = value.if_array())
        return list->empty();
    if (const auto* object = value.if_object())
        return object->empty();
    return false;
}

bool is_set(std::string_view key) {
    return key == "contexts" || key == "integration_types" || key == "channel_types";
}

std::int64_t number_of(const json::any& value) {
    return value.is_number() ? value.to_number<std::int64_t>() : 0;
}

// 1 and 1.0 are one number.
json::any normal_number(const json::any& value) {
    const auto number = value.to_number<double>();
    if (std::abs(number) < 9e15 && number == std::trunc(number))
        return json::any(static_cast<std::int64_t>(number));
    return json::any(number);
}

json::any normal(const json::any& value, std::string_view key);

json::object normal_object(const json::object& from, bool all_keys) {
    json::object kept;
    for (const auto& [key, value] : from) {
        const std::string_view name(key);
        const bool known = all_keys || std::ranges::find(declared_keys, name) != declared_keys.end();
        if (known && (name == "value" || !is_default(value)))
            kept[name] = normal(value, name);
    }
    return kept;
}

json::any normal(const json::any& value, std::string_view key) {
    if (value.is_number())
        return normal_number(value);
    if (const auto* object = value.if_object())
        return normal_object(*object, key.ends_with("_localizations"));
    if (const auto* list = value.if_array()) {
        json::array kept;
        for (const auto& one : *list)
            kept.push_back(normal(one, {}));
        if (is_set(key))
            std::ranges::sort(kept, {}, number_of);
        return kept;
    }
    return value;
}

std::tuple<std::int64_t, std::string_view> order_of(const json::any& command) {
    const auto* object = command.if_object();
    const auto* type = object ? object->if_contains("type") : nullptr;
    const auto* name = object ? object->if_contains("name") : nullptr;
    return {type ? number_of(*type) : 1,
            name && name->is_string() ? std::string_view(name->get_string()) : ""};
}

json::array normal_set(const json::array& commands) {
    json::array kept;
    for (const auto& one : commands) {
        auto command = normal(one, {});
        if (auto* object = command.if_object()) {
            object->emplace("type", 1);
            object->emplace("integration_types", json::array{0});
        }
        kept.push_back(std::move(command));
    }
    std::ranges::sort(kept, {}, order_of);
    return kept;
}

void print(std::string& into, const json::any& value, std::size_t indent) {
    const std::string margin(indent + 2, ' ');
    const auto lines = [&](char open, char close, const auto& list, const auto& one) {
        into += open;
        bool first = true;
        for (const auto& element : list) {
            into += first ? "\n" : ",\n";
            into += margin;
            one(element);
            first = false;
        }
        if (!first)
            into += '\n' + std::string(indent, ' ');
        into += close;
    };
    if (const auto* object = value.if_object()) {
        lines('{', '}', *object, [&](const auto& member) {
            into += json::serialize(json::any(member.key())) + ": ";
            print(into, member.value(), indent + 2);
        });
    } else if (const auto* list = value.if_array()) {
        lines('[', ']', *list, [&](const auto& element) { print(into, element, indent + 2); });
    } else {
        into += json::serialize(value);
    }
}

} // namespace

json::array to_json(std::span<const application_command> declared) {
    json::array body;
    for (const auto& one : declared)
        body.push_back(to_json(one));
    return body;
}

std::string render(std::span<const application_command> declared) {
    auto commands = to_json(declared);
    std::ranges::sort(commands, {}, order_of);
    std::string text;
    print(text, json::any(std::move(commands)), 0);
    return text + '\n';
}

bool same(std::span<const application_command> declared, std::string_view registered) {
    boost::system::error_code error;
    const auto parsed = boost::json::parse(registered, error);
    if (error)
        throw json::parse_error("commands", error.message());
    const auto* list = parsed.if_array();
    if (!list)
        throw json::parse_error("commands", "not an array");
    return normal_set(to_json(declared)) == normal_set(*list);
}

awaitable<registration> register_commands(std::vector<application_command> declared, command_store store) {
    check(declared);
    const auto registered = co_await store.fetch();
    if (same(declared, registered))
        co_return registration::unchanged;
    co_await store.overwrite(to_json(declared));
    co_return registration::overwritten;
}

} // namespace vagrolant::discord::interactions
