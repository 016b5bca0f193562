#pragma once

#include "bot/feature.hpp"

namespace vagrolant::moderation {

struct list_request {};

/// The payload of `listTextChannels` has no members that count.
list_request read_list(bot::payload& from);

/// `channels`: id, name and type of each text and announcement channel that the bot sees, in Discord's order.
awaitable<bot::action_result> list_channels(bot::services& with, bot::action_call call, list_request request);

} // namespace vagrolant::moderation
