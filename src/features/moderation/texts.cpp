#include "features/moderation/texts.hpp"

#include "base/text.hpp"
#include "bot/warning.hpp"
#include "features/moderation/slowmode.hpp"

#include <algorithm>
#include <array>

namespace vagrolant::moderation {

namespace {

using bot::warning_lines;

std::string sentence(locale language, localized pattern, const std::string& channel) {
    return bot::say(pattern, channel).in(language);
}

bool changed(const json::object& result) {
    const auto* told = result.if_contains("changed");
    return told == nullptr || told->as_bool();
}

std::string whose(purge_mode mode, locale language) {
    switch (mode) {
    case purge_mode::users:
        return std::string(localized{.fr = " de membres", .en = " of members"}.in(language));
    case purge_mode::bots:
        return std::string(localized{.fr = " de bots", .en = " of bots"}.in(language));
    case purge_mode::count:
        break;
    }
    return {};
}

} // namespace

localized type_label(discord::channel_type type) {
    using enum discord::channel_type;
    switch (type) {
    case text:
        return {.fr = "un salon textuel", .en = "a text channel"};
    case voice:
        return {.fr = "un salon vocal", .en = "a voice channel"};
    case category:
        return {.fr = "une catégorie", .en = "a category"};
    case announcement:
        return {.fr = "un salon d'annonces", .en = "an announcement channel"};
    case announcement_thread:
    case public_thread:
    case private_thread:
        return {.fr = "un fil", .en = "a thread"};
    case stage:
        return {.fr = "un salon de conférence", .en = "a stage channel"};
    case forum:
        return {.fr = "un forum", .en = "a forum"};
    case media:
        return {.fr = "un salon de médias", .en = "a media channel"};
    case dm:
    case group_dm:
    case directory:
        break;
    }
    return {.fr = "un salon d'un autre genre", .en = "a channel of another kind"};
}

std::string duration_label(int seconds) {
    std::string label;
    const auto add = [&label](int count, std::string_view unit) {
        if (count > 0)
            label += (label.empty() ? "" : " ") + std::to_string(count) + " " + std::string(unit);
    };
    add(seconds / 3600, "h");
    add(seconds / 60 % 60, "min");
    add(seconds % 60, "s");
    return label.empty() ? "0 s" : label;
}

std::vector<discord::interactions::choice> slowmode_choices(std::string_view typed, locale language) {
    static constexpr std::array usual{0,   5,   10,  15,   30,   60,   120,
                                      300, 600, 900, 1800, 3600, 7200, max_slowmode};
    std::vector<int> offered(usual.begin(), usual.end());
    typed = text::trim(typed);
    if (!typed.empty()) {
        const auto number = text::to_number<int>(typed);
        offered.clear();
        if (number && *number >= 0 && *number <= max_slowmode)
            offered = {*number, *number * 60, *number * 3600};
        std::erase_if(offered, [](int seconds) { return seconds > max_slowmode; });
        const auto repeated = std::ranges::unique(offered);
        offered.erase(repeated.begin(), repeated.end());
    }
    std::vector<discord::interactions::choice> choices;
    for (const auto seconds : offered) {
        const auto off = localized{.fr = "désactivé", .en = "off"}.in(language);
        choices.push_back({.name = seconds == 0 ? std::string(off) : duration_label(seconds),
                           .value = std::int64_t{seconds}});
    }
    return choices;
}

std::string purged(const json::object& result, const std::string& channel, locale language) {
    const auto deleted = result.at("deleted").as_int64();
    const auto said =
        deleted == 0
            ? bot::say({.fr = "Aucun message supprimé dans {}.", .en = "No message deleted in {}."}, channel)
        : deleted == 1
            ? bot::say({.fr = "1 message supprimé dans {}.", .en = "1 message deleted in {}."}, channel)
            : bot::say({.fr = "{} messages supprimés dans {}.", .en = "{} messages deleted in {}."}, deleted,
                       channel);
    return said.in(language) + warning_lines(result);
}

std::string purging(int deleted, int amount, locale language) {
    // In French none is singular, too.
    const auto pattern = deleted < 2 ? localized{.fr = "Purge en cours… {} message supprimé sur {}.",
                                                 .en = "Purging… {} of {} messages deleted."}
                                     : localized{.fr = "Purge en cours… {} messages supprimés sur {}.",
                                                 .en = "Purging… {} of {} messages deleted."};
    return bot::say(pattern, deleted, amount).in(language);
}

std::string purge_question(const purge_request& request, locale language) {
    const auto pinned =
        request.what.keep_pinned
            ? localized{.fr = "Les messages épinglés sont gardés.", .en = "Pinned messages are kept."}
            : localized{.fr = "Les messages épinglés aussi.", .en = "Pinned ones too."};
    return bot::say({.fr = "Supprimer les {} derniers messages{} dans <#{}> ? {} C'est définitif.",
                     .en = "Delete the latest {} messages{} in <#{}>? {} This cannot be undone."},
                    request.what.amount, whose(request.what.mode, language), request.channel.to_string(),
                    pinned)
        .in(language);
}

std::string slowed(int seconds, const std::string& channel, locale language) {
    if (seconds == 0)
        return sentence(language, {.fr = "Mode lent désactivé dans {}.", .en = "Slow mode is off in {}."},
                        channel);
    return bot::say({.fr = "Mode lent dans {} : un message toutes les {} par membre.",
                     .en = "Slow mode in {}: one message every {} for each member."},
                    channel, duration_label(seconds))
        .in(language);
}

std::string locked(const json::object& result, const std::string& channel, locale language) {
    const auto pattern =
        changed(result) ? localized{.fr = "🔒 {} est verrouillé.", .en = "🔒 {} is locked."}
                        : localized{.fr = "🔒 {} était déjà verrouillé.", .en = "🔒 {} was locked already."};
    return sentence(language, pattern, channel) + warning_lines(result);
}

std::string unlocked(const json::object& result, const std::string& channel, locale language) {
    if (!changed(result) && result.contains("warnings"))
        return std::string(text::trim(warning_lines(result)));
    return sentence(language,
                    {.fr = "🔓 {} est comme avant le verrouillage.",
                     .en = "🔓 {} is as it was before it was locked."},
                    channel) +
           warning_lines(result);
}

std::string audit_reason(std::string_view what, const bot::action_call& call) {
    if (!call.requester)
        return std::string(what);
    return bot::say({.fr = "{}, demandé par le membre {}", .en = "{}, requested by member {}"}, what,
                    call.requester->to_string())
        .in(call.settings.language);
}

} // namespace vagrolant::moderation
