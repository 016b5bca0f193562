#include "base/log.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

using bot::say;

bot::refusal has_a_room(user_id who) {
    return refuse("has_a_room", say({.fr = "<@{}> a déjà son propre salon dans ce hub.",
                                     .en = "<@{}> already has a room of this hub."},
                                    who.value()));
}

bot::refusal blacklisted(user_id who) {
    return refuse("blacklisted",
                  say({.fr = "<@{}> est sur la liste noire de ce salon : retirez cette personne de "
                             "la liste pour lui donner le salon.",
                       .en = "<@{}> is on this room's blacklist: take them off it to give them "
                             "the room."},
                      who.value()));
}

bool rooms::state::may_be_inside(const room& which, user_id user) const {
    return may_enter(access::to(which), person_of(which.guild, user, source_of(which)));
}

// `owner_policy::transfer`: to whoever is inside for longest, may be, and has no room of this hub yet.
awaitable<void> rooms::state::hand_over(channel_id channel) {
    const auto* live = known.find_room(channel);
    if (live == nullptr || live->closing || !live->room.owner || !live->room.owner_left_at ||
        settings_of(live->room).owner_leaves != owner_policy::transfer ||
        is_inside(channel, live->room.owner) || is_awaited(live->room))
        co_return;
    co_await learn_people(channel);
    for (const auto candidate : humans_in(channel)) {
        live = known.find_room(channel);
        if (live == nullptr)
            co_return;
        if (known.is_provided(live->room.hub, candidate) || !may_be_inside(live->room, candidate))
            continue;
        co_await make_owner(channel, candidate, false);
        co_return;
    }
}

// The one who was away is back in time.
awaitable<void> rooms::state::give_back(channel_id channel) {
    const auto* live = known.find_room(channel);
    if (live == nullptr || live->closing || !live->room.former_owner)
        co_return;
    const auto former = live->room.former_owner;
    if (!may_return(live->room, former) || !is_inside(channel, former) ||
        known.is_provided(live->room.hub, former))
        co_return;
    co_await make_owner(channel, former, false);
}

bool rooms::state::may_return(const room& which, user_id user) const {
    return has_right_of_return(which, settings_of(which), user, now()) && may_be_inside(which, user);
}

void rooms::state::end_return(live_room& which) {
    which.room.former_owner = {};
    which.room.former_owner_left_at.reset();
    // He was let in as long as he might come back.
    which.suspect = true;
    save(which);
    schedule(which);
}

awaitable<outcome<void>> rooms::state::make_owner(channel_id channel, user_id to, bool for_good) {
    auto* live = known.find_room(channel);
    if (live == nullptr || live->closing)
        co_return std::unexpected(gone());
    const auto next = [&] { return handed_over(live->room, to, for_good, settings_of(live->room), now()); };
    auto applied = co_await apply_access(channel, next());
    if (!applied)
        co_return applied;
    live = known.find_room(channel);
    if (live == nullptr)
        co_return std::unexpected(gone());
    auto owned = next();
    if (!known.set_owner(*live, to)) {
        // He has got a room of his own meanwhile: the overwrites are as they were again soon.
        live->suspect = true;
        at(now(), channel);
        co_return std::unexpected(has_a_room(to));
    }
    live->room = std::move(owned);
    const auto& room = live->room;
    log::info("voice room has a new owner", {{"guild", room.guild}, {"room", channel}, {"owner", to}});
    notices.log_in_guild(room.guild, room.hub,
                         say({.fr = "« {} » appartient maintenant à <@{}>.", .en = "\"{}\" is now <@{}>'s."},
                             room.name, to.value()));
    save(*live);
    schedule(*live);
    refresh_panel(channel);
    // He may have gone meanwhile.
    if (!is_inside(channel, to))
        owner_went(*live);
    co_await settle_voices(channel);
    co_return outcome<void>();
}

awaitable<outcome<room>> rooms::state::give_to(channel_id channel, user_id to, bool for_good) {
    const auto* live = known.find_room(channel);
    if (live == nullptr || live->closing)
        co_return std::unexpected(gone());
    if (!is_inside(channel, to)) {
        co_return std::unexpected(refuse(
            "not_present", localized{.fr = "Seule une personne présente dans le salon peut le recevoir.",
                                     .en = "Only somebody who is in the room can have it."}));
    }
    if (to == live->room.owner)
        co_return live->room;
    if (known.is_provided(live->room.hub, to))
        co_return std::unexpected(has_a_room(to));
    auto done = co_await make_owner(channel, to, for_good);
    if (!done)
        co_return std::unexpected(std::move(done.error()));
    co_await room_rows.until_saved(channel);
    live = known.find_room(channel);
    if (live == nullptr)
        co_return std::unexpected(gone());
    co_return live->room;
}

awaitable<std::vector<named_member>> rooms::state::heirs(channel_id channel) {
    co_await learn_people(channel);
    std::vector<named_member> found;
    const auto* live = known.find_room(channel);
    for (const auto user : live == nullptr ? std::vector<user_id>() : humans_in(channel)) {
        if (user == live->room.owner)
            continue;
        const auto one = people.find({live->room.guild, user});
        found.push_back({.user = user, .name = one == people.end() ? user.to_string() : one->second.name});
    }
    co_return found;
}

awaitable<outcome<room>> rooms::state::transfer(actor who, channel_id channel, user_id to) {
    co_await learn_people(channel);
    const auto before = changeable(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    const auto* voice = with.cache.find_voice_state(before->guild, to);
    if (voice != nullptr && voice->bot) {
        co_return std::unexpected(refuse("is_a_bot", localized{.fr = "Un bot ne peut pas posséder un salon.",
                                                               .en = "A bot cannot own a room."}));
    }
    const auto known_person = people.find({before->guild, to});
    if (known_person != people.end() &&
        entry_of(before->settings.lists, to, known_person->second.roles) == list_entry::blocked)
        co_return std::unexpected(blacklisted(to));
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
    if (!who.administrator && !may_be_inside(room, who.user)) {
        co_return std::unexpected(refuse(
            "not_admitted", localized{.fr = "Les règles de ce salon ne vous admettent plus : seul son "
                                            "propriétaire peut vous le donner.",
                                      .en = "This room's rules no longer admit you: only its owner can "
                                            "give it to you."}));
    }
    co_return co_await give_to(channel, who.user, false);
}

} // namespace vagrolant::voice_hubs
