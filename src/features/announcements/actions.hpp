#pragma once

#include "bot/feature.hpp"
#include "features/announcements/rules.hpp"

namespace vagrolant::announcements {

struct announce_request {
    discord::channel_id channel;
    draft text;
};

// Discord keeps a nonce "for a few minutes": within them a repetition finds the message that was sent.
inline constexpr bot::action_terms announce_terms{
    .name = "announce",
    .lane = "announcements",
    .time_to_live = std::chrono::minutes(10),
    .repeatable_for = std::chrono::minutes(2),
    .needs = {discord::permission::manage_messages, discord::permission::send_messages}};

/// Reads the payload of `announce`; throws `bot::refused`.
announce_request read_announce(bot::payload& from);

/// Sends the announcement; the result holds `messageId`.
awaitable<bot::action_result> announce(bot::services& with, bot::action_call call, announce_request request);

} // namespace vagrolant::announcements
