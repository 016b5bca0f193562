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

std::optional<refusal> objection_to_channel(const discord::cache& cache, discord::guild_id guild,
                                            discord::channel_id channel, discord::permissions needed) {
    const auto* known = cache.find_channel(channel);
    if (known == nullptr || known->guild != guild) {
        return refusal{.code = "unknown_channel",
                       .reason = localized{.fr = "Ce salon n'existe pas sur ce serveur.",
                                           .en = "This server has no such channel."}};
    }
    if (known->obfuscated)
        return missing_permissions({}, discord::permission::view_channel, "");
    auto wrong = missing_permissions(cache.own_permissions_in(channel), needed, known->name);
    // Naming permissions would send people to the wrong place.
    if (wrong && cache.own_timed_out(guild)) {
        return refusal{
            .code = "bot_timed_out",
            .reason = localized{.fr = "Permissions insuffisantes : le bot est exclu temporairement de ce "
                                      "serveur. Levez son exclusion, puis recommencez.",
                                .en = "Missing permissions: the bot is timed out on this server. Remove its "
                                      "timeout, then try again."}};
    }
    return wrong;
}

} // namespace vagrolant::bot
