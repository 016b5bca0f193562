#include "bot/permissions.hpp"

namespace vagrolant::bot {

phrase channel_label(std::string_view name) {
    if (name.empty())
        return localized{.fr = "ce salon", .en = "this channel"};
    return say({.fr = "#{}", .en = "#{}"}, name);
}

phrase permission_names(discord::permissions some) {
    phrase names;
    for (const auto one : discord::list(some)) {
        const auto separator = names.fr.empty() ? "" : ", ";
        names.fr += fmt::format("{}« {} »", separator, discord::name_of(one).fr);
        names.en += fmt::format("{}\"{}\"", separator, discord::name_of(one).en);
    }
    return names;
}

std::optional<refusal> missing_permissions(discord::permissions own, discord::permissions needed,
                                           std::string_view channel_name) {
    const auto names = permission_names(needed.without(own));
    if (names.fr.empty())
        return std::nullopt;
    return refusal{.code = "missing_permissions",
                   .reason = say({.fr = "Permissions insuffisantes : il manque au bot {} dans {}.",
                                  .en = "Missing permissions: the bot lacks {} in {}."},
                                 names, channel_label(channel_name))};
}

} // namespace vagrolant::bot
