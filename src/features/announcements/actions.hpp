#pragma once

#include "bot/feature.hpp"
#include "features/announcements/rules.hpp"

namespace vagrolant::announcements {

struct announce_request {
    discord::channel_id channel;
    draft text;
};

/// Reads the payload of `announce`; throws `bot::refused`.
announce_request read_announce(bot::payload& from);

/// Sends the announcement; the result holds `messageId`.
awaitable<bot::action_result> announce(bot::services& with, bot::action_call call, announce_request request);

} // namespace vagrolant::announcements
