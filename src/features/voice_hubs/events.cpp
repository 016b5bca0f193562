#include "base/log.hpp"
#include "features/voice_hubs/state.hpp"

namespace vagrolant::voice_hubs {

namespace {

person_facts facts_of(const discord::events::voice_state_update& event) {
    auto name = event.nick.empty() ? event.global_name : event.nick;
    if (name.empty())
        name = event.username;
    return {.name = std::string(name), .roles = {event.roles.begin(), event.roles.end()}};
}

} // namespace

// Most of what comes here concerns neither hub nor room: a few look-ups in memory, and that is all.
void rooms::on(const discord::events::voice_state_update& event) {
    auto& in = *state_;
    const auto before = in.with.cache.previous_voice_channel();
    if (!in.loaded) {
        if (event.channel)
            in.note_person(event.guild, event.user, facts_of(event));
        return;
    }
    const member_key who{event.guild, event.user};
    if (in.known.is_tracked(event.channel))
        in.note_person(event.guild, event.user, facts_of(event));
    in.whereabouts.told_by_event(who, event.channel);
    in.voice_shown(who, event.channel, event.mute);
    in.went(event.guild, event.user, before, event.channel, event.bot);
}

void rooms::on(const discord::events::guild_create& event) {
    auto& in = *state_;
    if (event.guild.unavailable)
        return;
    const auto guild = event.guild.id;
    if (in.loaded && !in.known.concerns(guild))
        return;
    for (const auto& one : event.members) {
        const auto* voice = in.with.cache.find_voice_state(guild, one.user.id);
        if (voice == nullptr || (in.loaded && !in.known.is_tracked(voice->channel)))
            continue;
        in.whereabouts.told_by_session({guild, one.user.id});
        in.note_person(guild, one.user.id, {.name = one.display_name(), .roles = one.roles});
    }
    for (const auto& one : event.players)
        in.note_game(guild, one.user, one.game);
    in.reconcile_soon(guild);
}

void rooms::on(const discord::events::channel_delete& event) {
    auto& in = *state_;
    if (!in.loaded)
        return;
    if (in.known.is_tracked(event.channel.id))
        in.channel_gone(event.channel.guild, event.channel.id);
    in.place_freed(event.channel.guild, event.channel.parent);
}

// A row may have waited for this channel.
void rooms::on(const discord::events::channel_create& event) {
    auto& in = *state_;
    if (!in.loaded || event.channel.type != discord::channel_type::voice)
        return;
    for (const auto& one : in.known.intents_of(event.channel.guild)) {
        if (!one.under_way) {
            in.reconcile_soon(event.channel.guild);
        }
    }
}

void rooms::on(const discord::events::ready&) {
    state_->forget_statuses();
    state_->changed.notify_all();
}

// Discord has told again what was missed; whether a session that another process began is complete is not
// known before.
void rooms::on(const discord::events::resumed&) {
    auto& in = *state_;
    for (const auto guild : in.known.guilds())
        in.reconcile_soon(guild);
}

void rooms::state::note_person(guild_id guild, user_id user, person_facts facts) {
    // What he plays is told apart from the rest.
    auto& known_person = people[{guild, user}];
    facts.game = std::move(known_person.game);
    facts.game_asked = known_person.game_asked;
    known_person = std::move(facts);
}

void rooms::state::went(guild_id guild, user_id user, channel_id from, channel_id to, bool bot) {
    if (from == to)
        return;
    // The room that he was in may be known no longer.
    if (!known.is_tracked(to)) {
        people.erase({guild, user});
        whereabouts.forget({guild, user});
    }
    if (auto* was_in = known.find_room(from))
        left(*was_in, user);
    else if (auto* his = known.room_of(from, user))
        tend(*his);
    if (auto* now_in = known.find_room(to))
        entered(*now_in, user, bot);
    else if (known.find_hub(to) != nullptr && !bot)
        arrived(guild, user);
}

void rooms::state::entered(live_room& which, user_id user, bool bot) {
    which.leaving.erase(user);
    if (user == which.moved)
        which.moved = {};
    if (!bot && !which.moved)
        which.expected_until.reset();
    // A guild forgets the overwrites of who leaves it; whoever is here is back.
    if (which.absent.erase(user) > 0)
        which.suspect = true;
    which.doubtful = which.doubtful || (!bot && is_unwanted(which.room, user));
    if (user == which.room.owner)
        owner_came(which);
    occupancy_changed(which);
    tend(which);
}

void rooms::state::left(live_room& which, user_id user) {
    which.leaving.erase(user);
    if (user == which.room.owner)
        owner_went(which);
    occupancy_changed(which);
    tend(which);
}

void rooms::state::occupancy_changed(live_room& which) {
    const bool empty = !occupied(which.room.channel);
    const bool was_empty = which.room.empty_since.has_value();
    if (empty && !was_empty)
        which.room.empty_since = now();
    else if (!empty)
        which.room.empty_since.reset();
    if (empty != was_empty) {
        // A room that goes at once needs no row that says so.
        if (!empty || settings_of(which.room).empty_grace.count() > 0)
            save(which);
    }
    follow_template(which);
    schedule(which);
}

void rooms::state::owner_came(live_room& which) {
    if (!which.room.owner_left_at)
        return;
    which.room.owner_left_at.reset();
    save(which);
    schedule(which);
    refresh_panel(which.room.channel);
}

void rooms::state::owner_went(live_room& which) {
    which.room.owner_left_at = now();
    if (occupied(which.room.channel)) {
        save(which);
        refresh_panel(which.room.channel);
    }
    schedule(which);
}

void rooms::state::channel_gone(guild_id guild, channel_id channel) {
    if (known.find_room(channel) != nullptr) {
        forget_room(channel);
        return;
    }
    if (known.find_hub(channel) == nullptr)
        return;
    known.erase_hub(channel);
    log::info("voice hub gone", {{"guild", guild}, {"channel", channel}});
    with.tasks.spawn("voice hub", insist("voice hub's row not deleted",
                                         [this, channel] { return rows.delete_hub(channel); }));
}

} // namespace vagrolant::voice_hubs
