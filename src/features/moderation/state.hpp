#pragma once

#include "bot/services.hpp"
#include "discord/model/ids.hpp"
#include "features/moderation/store.hpp"
#include "features/moderation/turns.hpp"

#include <set>

namespace vagrolant::moderation {

/// One purge and one change of locks at a time in each channel, whether dashboards or people ask for them,
/// and one purge for each question.
struct state {
    explicit state(bot::services& with)
        : purges(with.tasks.executor())
        , locks(with.tasks.executor())
        , memories(with.database) {}

    /// Whether it is the first yes to a question, which is a message: clicks may come twice.
    bool confirm(discord::message_id question) {
        const bool first = confirmed_.insert(question).second;
        // The smallest id is the oldest question's.
        if (confirmed_.size() > max_confirmed)
            confirmed_.erase(confirmed_.begin());
        return first;
    }

    turns<discord::channel_id> purges;
    turns<discord::channel_id> locks;
    lock_store memories;

private:
    static constexpr std::size_t max_confirmed = 10'000;

    std::set<discord::message_id> confirmed_;
};

} // namespace vagrolant::moderation
