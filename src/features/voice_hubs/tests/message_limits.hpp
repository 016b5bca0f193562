#pragma once

#include "base/text.hpp"
#include "discord/model/components.hpp"
#include "discord/model/message_create.hpp"
#include "json/writer.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

/// What Discord refuses of a message or a modal, for tests. (Discord Docs/Component Reference)
namespace vagrolant::voice_hubs::testing_support {

template <class Visit>
void each_component(const json::any& in, const Visit& visit) {
    if (const auto* array = in.if_array()) {
        for (const auto& one : *array)
            each_component(one, visit);
    } else if (const auto* object = in.if_object()) {
        visit(*object);
        for (const std::string_view key : {"components", "accessory", "component"}) {
            if (const auto* inner = object->if_contains(key))
                each_component(*inner, visit);
        }
    }
}

inline json::any components_of(const discord::message_create& message) {
    return discord::to_json(message.components);
}

/// Buttons and selects, wherever they are.
inline std::vector<json::object> interactive(const discord::message_create& message) {
    std::vector<json::object> found;
    each_component(components_of(message), [&](const json::object& one) {
        if (one.contains("custom_id"))
            found.push_back(one);
    });
    return found;
}

inline std::string displayed_text(const discord::message_create& message) {
    std::string text;
    each_component(components_of(message), [&](const json::object& one) {
        if (const auto* content = one.if_contains("content"))
            text += std::string(content->as_string()) + '\n';
    });
    return text;
}

inline void expect_length(const json::object& of, std::string_view key, std::size_t most) {
    const auto* found = of.if_contains(key);
    if (found != nullptr && found->is_string())
        EXPECT_LE(text::length(std::string_view(found->as_string())), most) << json::serialize(of);
}

inline void expect_component(const json::object& one, std::set<std::string>& custom_ids) {
    const auto type = one.at("type").to_number<std::int64_t>();
    expect_length(one, "custom_id", 100);
    expect_length(one, "placeholder", 150);
    if (const auto* id = one.if_contains("custom_id"))
        EXPECT_TRUE(custom_ids.insert(std::string(id->as_string())).second) << json::serialize(one);
    if (type == 2) {
        expect_length(one, "label", 80);
        EXPECT_TRUE(one.contains("label") || one.contains("emoji")) << json::serialize(one);
    } else if (type == 18) {
        expect_length(one, "label", 45);
        expect_length(one, "description", 100);
    } else if (type == 1) {
        const auto& children = one.at("components").as_array();
        EXPECT_GE(children.size(), 1U);
        const bool select = children.at(0).at("type").to_number<std::int64_t>() != 2;
        EXPECT_LE(children.size(), select ? 1U : 5U) << json::serialize(one);
    } else if (type == 9) {
        EXPECT_LE(one.at("components").as_array().size(), 3U);
    } else if (type == 10) {
        EXPECT_GE(one.at("content").as_string().size(), 1U);
    }
    if (type == 3 || (type >= 5 && type <= 8)) {
        const auto least = one.at("min_values").to_number<std::int64_t>();
        const auto most = one.at("max_values").to_number<std::int64_t>();
        EXPECT_LE(least, most);
        EXPECT_LE(most, 25);
        if (const auto* chosen = one.if_contains("default_values"))
            EXPECT_LE(chosen->as_array().size(), static_cast<std::size_t>(most)) << json::serialize(one);
    }
    if (type == 3) {
        const auto& options = one.at("options").as_array();
        EXPECT_GE(options.size(), 1U);
        EXPECT_LE(options.size(), 25U);
        EXPECT_LE(one.at("max_values").to_number<std::int64_t>(), std::ssize(options));
        std::set<std::string> values;
        int chosen = 0;
        for (const auto& option : options) {
            for (const std::string_view key : {"label", "value", "description"})
                expect_length(option.as_object(), key, 100);
            EXPECT_TRUE(values.insert(std::string(option.at("value").as_string())).second);
            EXPECT_GE(option.at("label").as_string().size(), 1U);
            chosen += option.as_object().contains("default") ? 1 : 0;
        }
        EXPECT_LE(chosen, one.at("max_values").to_number<std::int64_t>()) << json::serialize(one);
    }
}

inline void expect_components(const json::any& components, std::size_t most) {
    std::set<std::string> custom_ids;
    std::size_t count = 0;
    each_component(components, [&](const json::object& one) {
        ++count;
        expect_component(one, custom_ids);
    });
    EXPECT_LE(count, most);
}

/// Fails where Discord would refuse the message.
inline void expect_sendable(const discord::message_create& message) {
    EXPECT_TRUE(discord::check(message).empty());
    const bool v2 = (message.flags & discord::message_flags::components_v2) != 0;
    expect_components(components_of(message), 40);
    EXPECT_LE(text::length(displayed_text(message)), 4000U);
    if (v2)
        EXPECT_TRUE(message.content.empty() && message.embeds.empty());
    else
        EXPECT_LE(message.components.size(), 5U);
}

inline void expect_sendable(const discord::modal& modal) {
    EXPECT_LE(text::length(modal.title), 45U);
    EXPECT_LE(text::length(modal.custom_id), 100U);
    EXPECT_GE(modal.components.size(), 1U);
    EXPECT_LE(modal.components.size(), 5U);
    expect_components(discord::to_json(modal.components), 40);
    each_component(discord::to_json(modal.components), [](const json::object& one) {
        EXPECT_FALSE(one.contains("disabled"));
        if (one.at("type").to_number<std::int64_t>() != 4)
            return;
        expect_length(one, "value", one.at("max_length").to_number<std::size_t>());
        EXPECT_LE(one.at("min_length").to_number<std::int64_t>(),
                  one.at("max_length").to_number<std::int64_t>());
    });
}

} // namespace vagrolant::voice_hubs::testing_support
