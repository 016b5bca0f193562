#pragma once

#include <string_view>

namespace vagrolant {

/// The languages that Vagrolant speaks.
enum class locale { fr, en };

/// One text in every language. Written as `{.fr = "…", .en = "…"}` where it is used.
struct localized {
    std::string_view fr;
    std::string_view en;

    constexpr std::string_view in(locale language) const { return language == locale::fr ? fr : en; }
};

/// Discord's locale ids begin with the language ("fr", "en-US", "en-GB"). Whoever speaks neither French nor
/// English gets `fallback`.
constexpr locale locale_from_discord(std::string_view id, locale fallback) {
    if (id.starts_with("fr"))
        return locale::fr;
    if (id.starts_with("en"))
        return locale::en;
    return fallback;
}

} // namespace vagrolant
