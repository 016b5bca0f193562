#include "features/moderation/texts.hpp"

namespace vagrolant::moderation {

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

std::string audit_reason(std::string_view what, const bot::action_call& call) {
    if (!call.requester)
        return std::string(what);
    return bot::say({.fr = "{}, demandé par le membre {}", .en = "{}, requested by member {}"}, what,
                    call.requester->to_string())
        .in(call.settings.language);
}

} // namespace vagrolant::moderation
