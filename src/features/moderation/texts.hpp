#pragma once

#include "bot/feature.hpp"
#include "discord/model/channel.hpp"
#include "features/moderation/purge.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What the feature says in several places.
namespace vagrolant::moderation {

/// "un salon vocal", "a voice channel"
localized type_label(discord::channel_type type);

/// "1 min 30 s"
std::string duration_label(int seconds);

/// What is offered for the length of a slow mode while somebody types: usual lengths, or what the number that
/// he has typed may mean.
std::vector<discord::interactions::choice> slowmode_choices(std::string_view typed, locale language);

// What a person is told when the bot has done it. `channel`: as Discord shows it, "<#1>".
std::string purged(const json::object& result, const std::string& channel, locale language);
std::string purging(int deleted, int amount, locale language);
std::string purge_question(const purge_request& request, locale language);
std::string slowed(int seconds, const std::string& channel, locale language);
std::string locked(const json::object& result, const std::string& channel, locale language);
std::string unlocked(const json::object& result, const std::string& channel, locale language);

/// For the guild's audit log: what was asked for, and who asked.
std::string audit_reason(std::string_view what, const bot::action_call& call);

} // namespace vagrolant::moderation
