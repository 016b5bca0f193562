#pragma once

#include "discord/model/channel.hpp"

#include <string>
#include <vector>

namespace vagrolant::moderation {

/// A channel of a guild as the list is made from it.
struct listed_channel {
    discord::channel_id id;
    discord::channel_type type = discord::channel_type::text;
    std::string name;
    int position = 0;
    discord::channel_id parent;
    /// The bot can see it, and whoever asks.
    bool visible = false;

    friend bool operator==(const listed_channel&, const listed_channel&) = default;
};

/// Of all channels of a guild (categories included) the visible text and announcement channels, in the order
/// in which Discord shows them: first those without a category, then category by category; by position, then
/// id.
std::vector<listed_channel> list_text_channels(std::vector<listed_channel> all);

} // namespace vagrolant::moderation
