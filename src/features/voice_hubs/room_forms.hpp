#pragma once

#include "base/localized.hpp"
#include "bot/refusal.hpp"
#include "discord/interactions/context.hpp"
#include "discord/model/components.hpp"
#include "features/voice_hubs/model.hpp"

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The modals of a room's panel, and what is written in them.
namespace vagrolant::voice_hubs {

/// A region that can be chosen, as Discord calls it.
struct region_choice {
    std::string id;
    std::string name;
};

/// The bit rates offered up to `most`; `current` is chosen, and among them. Hubs are offered their channel's
/// own (0) too.
std::vector<discord::select_option> bitrate_options(int most, int current, bool to_hub, locale language);
/// "automatic" (value "auto") and the regions, at most 25; `current` is chosen, and among them.
std::vector<discord::select_option> region_options(std::span<const region_choice> regions,
                                                   std::string_view current, locale language);
/// What an option of `region_options` stands for.
std::string region_of(std::string_view option);

/// The whole number that somebody wrote; nullopt when it is none, or not between the two.
std::optional<int> written_number(std::string_view text, int least, int most);

discord::modal name_modal(const room& of, locale language);
/// `status` is what stands there now.
discord::modal status_modal(const room& of, std::string_view status, locale language);
/// `bitrate` is the one in effect.
discord::modal settings_modal(const room& of, int bitrate, int max_bitrate,
                              std::span<const region_choice> regions, locale language);

struct room_form {
    int user_limit = 0;
    int bitrate = 0;
    std::string region;
};
/// What the settings modal says.
std::expected<room_form, bot::refusal> read_settings(const discord::interactions::context& submitted);

} // namespace vagrolant::voice_hubs
