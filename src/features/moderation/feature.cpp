#include "features/features.hpp"
#include "features/moderation/actions.hpp"
#include "features/moderation/lock.hpp"
#include "features/moderation/purge.hpp"
#include "features/moderation/slowmode.hpp"
#include "features/moderation/state.hpp"

namespace vagrolant {

void register_moderation(bot::registry& with) {
    using namespace moderation;
    with.state<state>();
    with.action(bot::make_action({.name = "listTextChannels", .lane = "reads"}, read_list, list_channels));
    with.action(bot::make_action(purge_terms, read_purge, purge));
    with.action(bot::make_action(slowmode_terms, read_slowmode, slowmode));
    with.action(bot::make_action(lock_terms, read_lock, lock));
    with.action(bot::make_action(unlock_terms, read_lock, unlock));
    with.on(on_channel_delete);
}

} // namespace vagrolant
