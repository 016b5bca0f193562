#pragma once

#include "base/localized.hpp"

#include <fmt/format.h>

#include <string>
#include <type_traits>

namespace vagrolant::bot {

/// A finished sentence in every language, for whoever asked: no ids of ours, no jargon, no secrets.
struct phrase {
    std::string fr;
    std::string en;

    phrase() = default;
    phrase(std::string french, std::string english)
        : fr(std::move(french))
        , en(std::move(english)) {}
    // Implicit: a fixed text is a phrase.
    phrase(localized fixed)
        : fr(fixed.fr)
        , en(fixed.en) {}

    const std::string& in(locale language) const { return language == locale::fr ? fr : en; }

    friend bool operator==(const phrase&, const phrase&) = default;
};

namespace detail {

template <class T>
decltype(auto) in_language(const T& argument, locale language) {
    if constexpr (std::is_same_v<T, phrase> || std::is_same_v<T, localized>) {
        return argument.in(language);
    } else {
        return (argument);
    }
}

} // namespace detail

/// Fills the `{}` of `pattern`; an argument that is itself a `phrase` or `localized` goes in in its language.
template <class... Arguments>
phrase say(localized pattern, const Arguments&... arguments) {
    return {fmt::format(fmt::runtime(pattern.fr), detail::in_language(arguments, locale::fr)...),
            fmt::format(fmt::runtime(pattern.en), detail::in_language(arguments, locale::en)...)};
}

} // namespace vagrolant::bot
