#pragma once

#include "bot/phrase.hpp"
#include "json/writer.hpp"

#include <string>
#include <vector>

namespace vagrolant::bot {

/// Something that was done otherwise than asked, though it was done: a member of `result.warnings`.
struct warning {
    /// For programs: snake_case.
    std::string code;
    /// For people.
    phrase text;
    /// Of what `text` speaks, where it counts.
    int count = 0;

    friend bool operator==(const warning&, const warning&) = default;
};

/// Adds `warnings` to a result that has any.
inline void put_warnings(json::object& result, const std::vector<warning>& some, locale language) {
    json::array list;
    for (const auto& one : some) {
        json::object body{{"code", one.code}, {"text", one.text.in(language)}};
        if (one.count > 0)
            body["count"] = one.count;
        list.push_back(std::move(body));
    }
    if (!list.empty())
        result["warnings"] = std::move(list);
}

/// "⚠️ …" for each of the result's warnings, each on a line of its own after what is said before.
inline std::string warning_lines(const json::object& result) {
    std::string lines;
    if (const auto* some = result.if_contains("warnings")) {
        for (const auto& one : some->as_array())
            lines += "\n⚠️ " + std::string(one.as_object().at("text").as_string());
    }
    return lines;
}

} // namespace vagrolant::bot
