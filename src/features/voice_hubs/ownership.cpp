#include "features/voice_hubs/state.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

using bot::say;

bot::refusal has_a_room(user_id who) {
    return refuse("has_a_room", say({.fr = "<@{}> a déjà son propre salon dans ce hub.",
                                     .en = "<@{}> already has a room of this hub."},
                                    who.value()));
}

awaitable<outcome<room>> rooms::state::give_to(channel_id channel, user_id to, bool for_good) {
    const auto* live = known.find_room(channel);
    if (live == nullptr || live->closing)
        co_return std::unexpected(gone());
    const auto former = live->room.owner;
    const auto former_left_at = live->room.owner_left_at;
    const auto inside = humans_in(channel);
    if (std::ranges::find(inside, to) == inside.end()) {
        co_return std::unexpected(refuse(
            "not_present", localized{.fr = "Seule une personne présente dans le salon peut le recevoir.",
                                     .en = "Only somebody who is in the room can have it."}));
    }
    if (to == former)
        co_return live->room;
    if (known.is_provided(live->room.hub, to))
        co_return std::unexpected(has_a_room(to));
    auto done = co_await make_owner(channel, to);
    if (!done)
        co_return std::unexpected(std::move(done.error()));
    auto* given = known.find_room(channel);
    if (given == nullptr)
        co_return std::unexpected(gone());
    auto& room = given->room;
    if (for_good) {
        room.former_owner = {};
        room.former_owner_left_at.reset();
    } else if (former && former_left_at && !room.former_owner) {
        room.former_owner = former;
        room.former_owner_left_at = former_left_at;
    }
    save(*given);
    co_await until_saved(channel);
    live = known.find_room(channel);
    if (live == nullptr)
        co_return std::unexpected(gone());
    co_return live->room;
}

awaitable<outcome<room>> rooms::state::transfer(actor who, channel_id channel, user_id to) {
    const auto before = changeable(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    co_return co_await give_to(channel, to, true);
}

awaitable<outcome<room>> rooms::state::claim(actor who, channel_id channel) {
    const auto* live = known.find_room(channel);
    if (live == nullptr || live->closing)
        co_return std::unexpected(gone());
    const auto& room = live->room;
    const auto settings = settings_of(room);
    if (room.owner == who.user)
        co_return room;
    if (!who.administrator && !may_be_claimed(room, settings, now())) {
        const auto from = claimable_from(room, settings);
        if (!from) {
            co_return std::unexpected(
                refuse("owned", localized{.fr = "Le propriétaire de ce salon est là : lui seul peut le "
                                                "transférer.",
                                          .en = "The owner of this room is there: only he can hand it "
                                                "over."}));
        }
        auto why =
            refuse("owned", say({.fr = "Le propriétaire peut encore revenir : le salon pourra être "
                                       "réclamé <t:{}:R>.",
                                 .en = "The owner may still come back: the room can be claimed "
                                       "<t:{}:R>."},
                                std::chrono::ceil<std::chrono::seconds>(*from).time_since_epoch().count()));
        why.retry_after = *from - now();
        co_return std::unexpected(std::move(why));
    }
    co_return co_await give_to(channel, who.user, false);
}

} // namespace vagrolant::voice_hubs
