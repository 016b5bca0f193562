#pragma once

#include "bot/services.hpp"
#include "discord/model/ids.hpp"
#include "features/moderation/turns.hpp"

namespace vagrolant::moderation {

/// One purge and one change of locks at a time in each channel, whether dashboards or people ask for them.
struct state {
    explicit state(bot::services& with)
        : purges(with.tasks.executor())
        , locks(with.tasks.executor()) {}

    turns<discord::channel_id> purges;
    turns<discord::channel_id> locks;
};

} // namespace vagrolant::moderation
