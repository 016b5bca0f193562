#pragma once

#include "bot/feature.hpp"
#include "discord/model/channel.hpp"

#include <string>
#include <string_view>

/// What the feature says in several places.
namespace vagrolant::moderation {

/// "un salon vocal", "a voice channel"
localized type_label(discord::channel_type type);

/// "1 min 30 s"
std::string duration_label(int seconds);

/// For the guild's audit log: what was asked for, and who asked.
std::string audit_reason(std::string_view what, const bot::action_call& call);

} // namespace vagrolant::moderation
