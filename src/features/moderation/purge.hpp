#pragma once

#include "bot/feature.hpp"
#include "features/moderation/purge_rules.hpp"

#include <functional>

namespace vagrolant::moderation {

struct purge_request {
    discord::channel_id channel;
    purge_filter what;
    /// Told the number of messages deleted so far.
    std::function<awaitable<void>(int)> progress;
};

/// "300 messages supprimés", of what a purge last reported.
bot::phrase purged_so_far(const json::object& progress);

inline constexpr bot::action_terms purge_terms{.name = "purge",
                                               .lane = "moderation",
                                               .time_to_live = std::chrono::minutes(5),
                                               .repeatable_for = std::chrono::seconds(0),
                                               // Its own limit, and one call that is under way.
                                               .time_limit = std::chrono::minutes(10),
                                               .needs = discord::permission::manage_messages,
                                               .so_far = purged_so_far};

/// Reads the payload of `purge`; throws `bot::refused`.
purge_request read_purge(bot::payload& from);

/// Deletes the messages; the result holds `deleted`, and `warnings` where it is not as asked. What fails
/// before anything was deleted is a refusal or thrown, what fails later a warning.
awaitable<bot::action_result> purge(bot::services& with, bot::action_call call, purge_request request);

} // namespace vagrolant::moderation
