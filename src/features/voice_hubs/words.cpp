#include "features/voice_hubs/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

std::int64_t unix_seconds(time_point when) {
    return std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
}

} // namespace

const mode_words& words_of(room_mode mode) {
    return *std::ranges::find(all_modes, mode, &mode_words::mode);
}

std::optional<room_mode> mode_of(std::string_view id) {
    const auto* const found = std::ranges::find(all_modes, id, &mode_words::id);
    return found == all_modes.end() ? std::nullopt : std::optional(found->mode);
}

std::string places(int user_limit, locale language) {
    if (user_limit == 0)
        return language == locale::fr ? "sans limite" : "no limit";
    if (language == locale::fr)
        return fmt::format("{} place{}", user_limit, user_limit > 1 ? "s" : "");
    return fmt::format("{} seat{}", user_limit, user_limit > 1 ? "s" : "");
}

std::string bitrate_text(int bitrate, locale language) {
    if (bitrate == 0)
        return language == locale::fr ? "celle du salon du hub" : "as the hub's channel";
    return fmt::format("{} kbit/s", bitrate / 1000);
}

std::string region_text(std::string_view region, locale language) {
    if (region.empty())
        return language == locale::fr ? "automatique" : "automatic";
    return std::string(region);
}

std::string duration_text(std::chrono::seconds time) {
    const auto seconds = time.count();
    if (seconds != 0 && seconds % 3600 == 0)
        return fmt::format("{} h", seconds / 3600);
    if (seconds != 0 && seconds % 60 == 0)
        return fmt::format("{} min", seconds / 60);
    return fmt::format("{} s", seconds);
}

std::string mention(channel_id channel) {
    return "<#" + channel.to_string() + '>';
}

std::string mention(user_id user) {
    return "<@" + user.to_string() + '>';
}

std::string mention(const subject& whom) {
    return fmt::format("<@{}{}>", whom.type == discord::overwrite_type::role ? "&" : "", whom.id);
}

std::string relative(time_point when) {
    return fmt::format("<t:{}:R>", unix_seconds(when));
}

std::string clock_time(time_point when) {
    return fmt::format("<t:{}:T>", unix_seconds(when));
}

std::string plain(std::string_view name) {
    static constexpr std::string_view markup = "\\*_~`|[<@";
    std::string safe;
    for (const char one : name) {
        if (markup.contains(one))
            safe += '\\';
        safe += one;
    }
    return safe;
}

} // namespace vagrolant::voice_hubs
