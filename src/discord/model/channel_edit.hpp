#pragma once

#include "discord/model/channel.hpp"
#include "json/writer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vagrolant::discord {

/// What is set is changed; what is not stays. (Discord Docs/Channel "Modify Channel")
struct channel_edit {
    /// Name and topic: two changes in ten minutes and no more, which no header announces. They are best sent
    /// apart from the rest.
    std::optional<std::string> name;
    std::optional<std::string> topic;
    std::optional<int> position;
    std::optional<bool> nsfw;
    /// Slow mode, in seconds.
    std::optional<int> rate_limit_per_user;
    std::optional<int> bitrate;
    std::optional<int> user_limit;
    /// Empty for automatic.
    std::optional<std::string> rtc_region;
    /// The category; no id to leave it.
    std::optional<channel_id> parent;
    /// Threads only.
    std::optional<bool> archived;
    std::optional<bool> locked;
    /// All of them: what is not listed goes.
    std::optional<std::vector<overwrite>> overwrites;
};

/// A new channel; `settings.name` is required.
struct channel_create {
    channel_type type = channel_type::text;
    channel_edit settings;
};

json::object to_json(const channel_edit& one);
json::object to_json(const channel_create& one);
json::object to_json(const overwrite& one);

} // namespace vagrolant::discord
