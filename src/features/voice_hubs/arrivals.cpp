#include "base/log.hpp"
#include "base/scope_exit.hpp"
#include "discord/rest/channels.hpp"
#include "discord/rest/error_codes.hpp"
#include "discord/rest/members.hpp"
#include "features/voice_hubs/names.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

using namespace std::chrono_literals;
using bot::say;

constexpr auto waiting_pause = 1s;
constexpr auto failed_pause = 5s;
// A call may wait a minute for its turn, and then be under way for a quarter of one.
constexpr auto call_patience = 90s;
constexpr int max_per_category = 50;
constexpr int max_attempts = 4;
constexpr int not_connected = discord::json_error::target_user_not_connected_to_voice;

const char* audit_reason = "voice hub";

} // namespace

void rooms::state::arrived(guild_id guild, user_id user) {
    // When somebody is served already and one more look is waiting, that look sees all there is to see.
    static_cast<void>(member_lane.push({guild, user}, [this, guild, user] { return serve(guild, user); }));
}

const hub* rooms::state::waiting_in(guild_id guild, user_id user) const {
    const auto* voice = with.cache.find_voice_state(guild, user);
    return voice == nullptr ? nullptr : known.find_hub(voice->channel);
}

bool rooms::state::waits_in(channel_id hub, guild_id guild, user_id user) const {
    const auto* waiting = waiting_in(guild, user);
    return waiting != nullptr && waiting->channel == hub;
}

// Whatever fails is tried again for as long as he waits.
awaitable<void> rooms::state::serve(guild_id guild, user_id user) {
    std::string problem;
    try {
        co_await serve_now(guild, user);
    } catch (const discord::not_wanted&) {
        // He has left the hub meanwhile; had he come into another one, he would be served again.
        co_return;
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (problem.empty())
        co_return;
    log::warning("member not served", {{"guild", guild}, {"user", user}, {"error", problem}});
    at(now() + guild_retries[guild].failed(now()), member_key{guild, user});
}

awaitable<void> rooms::state::serve_now(guild_id guild, user_id user) {
    const auto* waiting = waiting_in(guild, user);
    const member_key who{guild, user};
    if (waiting == nullptr)
        co_return;
    if (!is_current(guild)) {
        at(now() + waiting_pause, who);
        co_return;
    }
    if (whereabouts.may_be_outdated(who)) {
        // Whoever was moved already must not be moved again because of an event that is late.
        const auto told = co_await whereabouts.learn(who, discord::rest_priority::high);
        waiting = waiting_in(guild, user);
        if (waiting == nullptr)
            co_return;
        if (told != whereabouts::answer::learnt) {
            at(now() + waiting_pause, who);
            co_return;
        }
    }
    const hub from = *waiting;
    if (auto* own = known.room_of(from.channel, user)) {
        if (own->closing || own->expected_until > now() || own->moved == user) {
            at(std::max(own->expected_until.value_or(now()), now()) + waiting_pause, who);
            tend(*own);
        } else if (const auto why = obstacle_to_moves(guild, from.channel)) {
            tend(*own);
            held_up(from, user, *why);
        } else {
            co_await move_in(own->room.channel, user);
        }
        co_return;
    }
    if (known.is_provided(from.channel, user)) {
        at(now() + waiting_pause, who);
        co_return;
    }
    // Whoever may have his former room back needs no other one.
    for (const auto id : known.rooms_of(guild)) {
        const auto* former = known.find_room(id);
        if (former->room.hub != from.channel || former->closing || !may_return(former->room, user))
            continue;
        if (former->moved == user)
            at(now() + waiting_pause, who);
        else
            co_await move_in(id, user);
        co_return;
    }
    if (const auto* held = held_off(guild, from.channel)) {
        at(held->until(), who);
        co_return;
    }
    if (const auto why = obstacle(from)) {
        held_up(from, user, *why);
        co_return;
    }
    obstructed.erase(from.channel);
    const auto facts = co_await facts_of(guild, user);
    co_await room_rows.until_settled(from.channel, user);
    if (waiting_in(guild, user) == nullptr)
        co_return;
    const auto& allowed = from.settings.allowed_roles;
    if (!allowed.empty() && !is_administrator(guild, user) &&
        std::ranges::find_first_of(facts.roles, allowed) == facts.roles.end()) {
        notices.explain_roles(from, user);
        co_await disconnect(guild, user, from.channel, audit_reason);
        co_return;
    }
    if (from.settings.max_rooms > 0 &&
        std::cmp_greater_equal(known.room_count(from.channel), from.settings.max_rooms)) {
        at(now() + 10s, who);
        co_return;
    }
    if (const auto later = member_gate.enter(who, from.settings.member_per_minute, now())) {
        at(*later, who);
        co_return;
    }
    if (const auto later = guild_gate.enter(guild, from.settings.guild_per_minute, now())) {
        member_gate.undo(who);
        at(*later, who);
        co_return;
    }
    co_await make_room(from, user, facts.name);
}

awaitable<void> rooms::state::make_room(hub from, user_id user, std::string member_name) {
    const auto& s = from.settings;
    const member_key who{from.guild, user};
    room draft{.guild = from.guild,
               .hub = from.channel,
               .owner = user,
               .creator = user,
               .settings = {.mode = s.default_mode,
                            .lists = {},
                            .user_limit = s.user_limit,
                            .bitrate = s.bitrate,
                            .region = s.region,
                            .name = {}},
               .created = now()};
    if (known.is_provided(from.channel, user)) {
        at(now() + waiting_pause, who);
        co_return;
    }
    if (needs_games(from.channel))
        co_await learn_game(from.guild, user);
    std::optional<stored_room> begun;
    known.begin_provision(from.channel, user);
    const scope_exit unprovide([this, &from, user] { known.end_provision(from.channel, user); });
    for (int attempt = 0; attempt < max_attempts && !begun; ++attempt) {
        draft.number = known.take_number(from.channel);
        draft.name = name_from(s.name_template, {.member = member_name,
                                                 .game = game_of(from.guild, user),
                                                 .number = draft.number,
                                                 .language = language_of(from.guild)});
        std::expected<stored_room, begin_conflict> answer;
        std::string problem;
        try {
            answer = co_await rows.begin_room(draft, s.remember);
        } catch (const boost::system::system_error&) {
            throw; // cancelled
        } catch (const std::exception& error) {
            problem = error.what();
        }
        if (!problem.empty()) {
            log::warning("voice room not begun", {{"guild", from.guild}, {"error", problem}});
            known.give_back_number(from.channel, draft.number);
            at(now() + failed_pause, who);
            co_return;
        }
        if (answer) {
            begun = *std::move(answer);
        } else if (answer.error() == begin_conflict::owner_has_room) {
            known.give_back_number(from.channel, draft.number);
            co_await take_in(from, user);
            break;
        }
        // A number that a row holds unknown to us stays taken.
    }
    if (!begun) {
        at(now() + waiting_pause, who);
        co_return;
    }
    const auto row = begun->row;
    known.put_intent(
        {.row = row, .room = begun->room, .under_way = true, .give_up_at = now() + lost_patience});
    // Whatever has become of it when this ends in between: what is not known is looked for.
    const scope_exit hand_on([this, row] {
        const auto* left = known.find_intent(row);
        if (left == nullptr || !left->under_way)
            return;
        auto lost = *left;
        lost.under_way = false;
        lost.give_up_at = now() + lost_patience;
        reconcile_soon(lost.room.guild);
        at(lost.give_up_at, lost.room.guild);
        at(now() + waiting_pause, member_key{lost.room.guild, lost.room.owner});
        known.put_intent(std::move(lost));
    });
    if (!waits_in(from.channel, from.guild, user)) {
        co_await abandon(row);
        co_return;
    }
    const auto channel = co_await make_channel(from, *begun);
    if (!channel)
        co_return;

    // Its event may be on its way, or lost.
    with.cache.learn(*channel);
    auto made = begun->room;
    made.channel = channel->id;
    made.name = channel->name.empty() ? made.name : channel->name;
    made.empty_since = now();
    known.erase_intent(row);
    auto& live = known.put_room(row, made);
    live.expected_until = now() + arrival_patience;
    // Whom Discord took no overwrites for is found out when it matters.
    live.suspect = !begun->room.settings.lists.blocked.empty();
    live.status = "";
    log::info("voice room made",
              {{"guild", from.guild}, {"hub", from.channel}, {"room", made.channel}, {"owner", user}});
    if (!waits_in(from.channel, from.guild, user)) {
        live.expected_until.reset();
        static_cast<void>(
            room_lane.push(made.channel, [this, id = made.channel] { return close(id, ending::empty); }));
        // He may be back by now.
        at(now() + waiting_pause, who);
        co_return;
    }
    save(live);
    schedule(live);
    co_await welcome(made.channel, user);
    make_place_above(from.channel);
    notices.log_in_guild(from.guild, from.channel,
                         say({.fr = "« {} » est créé pour <@{}>.", .en = "\"{}\" is made for <@{}>."},
                             made.name, user.value()));
}

discord::channel_create rooms::state::channel_for(const hub& from, const room& draft, channel_id parent,
                                                  std::vector<discord::overwrite> overwrites) const {
    discord::channel_edit settings{
        .name = draft.name, .user_limit = draft.settings.user_limit, .overwrites = std::move(overwrites)};
    const auto* hub_channel = with.cache.find_channel(from.channel);
    const auto hub_bitrate = hub_channel == nullptr ? 0 : hub_channel->bitrate;
    const int bitrate = draft.settings.bitrate > 0 ? draft.settings.bitrate : hub_bitrate;
    if (bitrate > 0)
        settings.bitrate = std::min(bitrate, max_bitrate(from.guild));
    if (!draft.settings.region.empty())
        settings.rtc_region = draft.settings.region;
    if (parent)
        settings.parent = parent;
    settings.position = place_of_room(from, parent);
    return {.type = discord::channel_type::voice, .settings = std::move(settings)};
}

awaitable<std::optional<discord::channel>> rooms::state::make_channel(hub from, stored_room& begun) {
    auto& draft = begun.room;
    auto parents = parents_for(from);
    // Rather no room than one that is open to whom its hub is not.
    const bool source_known = source_of(draft).has_value();
    if (!source_known)
        parents.clear();
    auto failure = source_known ? create_failure::category_full : create_failure::not_sent;
    std::optional<std::set<user_id>> absent;
    bool plain_sound = false;
    bool plain_name = false;
    for (std::size_t place = 0; place < parents.size();) {
        const auto parent = parents[place];
        if (parent && children_of(parent) >= max_per_category) {
            ++place;
            continue;
        }
        const auto plan = overwrites_of(draft, absent.value_or(std::set<user_id>()));
        auto request = channel_for(from, draft, parent, plan.overwrites);
        if (plain_sound) {
            request.settings.bitrate.reset();
            request.settings.rtc_region.reset();
        }
        // Before panels and whatever else has time; the move that follows goes before it. It may have to wait
        // for its turn all the same, and he be gone by then.
        discord::rest_pace pace{.priority = discord::rest_priority::high,
                                .still_wanted = [this, guild = from.guild, hub = from.channel,
                                                 user = draft.owner] { return waits_in(hub, guild, user); }};
        std::string problem;
        try {
            auto made = co_await discord::create_channel(with.rest, from.guild, std::move(request),
                                                         audit_reason, std::move(pace));
            if (!plan.lost.empty())
                notices.report_lost(from, plan.lost);
            co_return made;
        } catch (const discord::not_wanted&) {
            failure = create_failure::not_sent;
            break;
        } catch (const boost::system::system_error&) {
            throw; // cancelled
        } catch (const std::exception& error) {
            failure = classify(error);
            problem = error.what();
        }
        log::warning("voice room not made",
                     {{"guild", from.guild}, {"hub", from.channel}, {"error", problem}});
        if (failure == create_failure::unknown_overwrite && !absent) {
            absent = co_await absent_members(draft);
        } else if (failure == create_failure::bad_sound && !std::exchange(plain_sound, true)) {
            // Boosts that are gone, or a region, must not cost him his room.
            draft.settings.bitrate = 0;
            draft.settings.region.clear();
        } else if (failure == create_failure::bad_name && !std::exchange(plain_name, true)) {
            co_await call_plainly(begun);
        } else if (failure == create_failure::category_full) {
            ++place;
        } else {
            break;
        }
    }
    if (failure == create_failure::unknown)
        co_return std::nullopt;
    co_await abandon(begun.row);
    if (failure == create_failure::not_sent)
        at(now() + waiting_pause, member_key{from.guild, draft.owner});
    else
        hold_off(from, draft.owner, why_refused(failure));
    co_return std::nullopt;
}

// Discord has words that it takes in no name. The row must have the name by which its channel is recognised.
awaitable<void> rooms::state::call_plainly(stored_room& begun) {
    begun.room.name = numbered_name(begun.room.number, language_of(begun.room.guild));
    begun.room.settings.name.clear();
    co_await rows.save_room(begun);
    if (const auto* left = known.find_intent(begun.row)) {
        auto renamed = *left;
        renamed.room.name = begun.room.name;
        renamed.room.settings.name.clear();
        known.put_intent(std::move(renamed));
    }
}

awaitable<void> rooms::state::abandon(std::int64_t row) {
    co_await room_rows.erase(row);
    if (const auto* left = known.find_intent(row)) {
        const auto hub = left->room.hub;
        const auto number = left->room.number;
        known.erase_intent(row);
        known.give_back_number(hub, number);
    }
}

awaitable<void> rooms::state::give_up(std::int64_t row) {
    const auto* left = known.find_intent(row);
    if (left == nullptr || left->under_way)
        co_return;
    if (left->given_up) {
        co_await room_rows.erase(row);
        known.erase_intent(row);
        co_return;
    }
    // The row first: the next one may have its owner and number.
    co_await insist("voice room not given up", [this, row] { return rows.give_up(row); });
    left = known.find_intent(row);
    if (left == nullptr)
        co_return;
    const auto until = left->room.created + late_patience + clock_skew;
    const member_key owner{left->room.guild, left->room.owner};
    known.give_up(row, until);
    at(until, owner.guild);
    at(now(), owner);
}

awaitable<void> rooms::state::take_in(hub from, user_id user) {
    auto stored = co_await rows.find_room_of(from.channel, user);
    if (!stored || room_rows.is_leaving(stored->row) || known.find_intent(stored->row) != nullptr)
        co_return;
    if (auto* live = known.room_of_row(from.guild, stored->row)) {
        // It has another owner by now, and the table is about to be told.
        save(*live);
        co_await room_rows.until_saved(live->room.channel);
        co_return;
    }
    log::info("voice room taken in", {{"guild", from.guild}, {"room", stored->room.channel}});
    known.take_number(from.channel, stored->room.number);
    // A process that this one took over from has written it since.
    if (stored->room.channel)
        known.put_room(stored->row, std::move(stored->room));
    else
        known.put_intent(
            {.row = stored->row, .room = std::move(stored->room), .give_up_at = now() + lost_patience});
    reconcile_soon(from.guild);
}

awaitable<void> rooms::state::welcome(channel_id channel, user_id owner) {
    co_await move_in(channel, owner);
    if (panel != nullptr && known.find_room(channel) != nullptr)
        with.tasks.spawn("voice panel", panel->post(channel));
}

awaitable<void> rooms::state::move_in(channel_id channel, user_id user) {
    auto* live = known.find_room(channel);
    if (live == nullptr)
        co_return;
    const auto guild = live->room.guild;
    const auto hub = live->room.hub;
    live->expected_until = now() + call_patience;
    live->moved = user;
    schedule(*live);
    // Read behind a catch: NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores)
    const auto heard = whereabouts.last_heard({guild, user});
    int code = 0;
    auto failure = create_failure::unknown;
    std::string problem;
    try {
        // Whoever has gone elsewhere is not pulled out of there.
        co_await discord::modify_member(with.rest, guild, user, {.voice_channel = channel}, audit_reason,
                                        [this, hub, guild, user] { return waits_in(hub, guild, user); });
        // Only now it is certain that rooms can be made and be come into.
        breakers.erase(guild.value());
        breakers.erase(hub.value());
        live = known.find_room(channel);
        if (live == nullptr || live->moved != user)
            co_return;
        live->expected_until = now() + arrival_patience;
        schedule(*live);
        at(*live->expected_until, channel);
        co_return;
    } catch (const discord::not_wanted&) {
        failure = create_failure::not_sent;
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const std::exception& error) {
        code = code_of(error);
        failure = classify(error);
        problem = error.what();
    }
    if (!problem.empty())
        log::warning("member not moved", {{"guild", guild}, {"room", channel}, {"error", problem}});
    // No event has told that he left: without this he would be made one room after the other.
    if (code == not_connected && waits_in(hub, guild, user) && whereabouts.last_heard({guild, user}) == heard)
        whereabouts.take_in({guild, user}, {});
    live = known.find_room(channel);
    if (live == nullptr)
        co_return;
    live->expected_until.reset();
    if (failure != create_failure::unknown)
        live->moved = {};
    if (code == discord::json_error::missing_permissions || code == discord::json_error::missing_access)
        refused(guild, hub, why_refused(create_failure::forbidden));
    if (code == unknown_channel) {
        with.cache.learn_gone(channel);
        forget_room(channel);
    } else {
        occupancy_changed(*live);
        tend(*live);
    }
    // Whoever has left voice meanwhile is nobody to be served.
    const auto* held = held_off(guild, hub);
    at(held == nullptr ? now() + waiting_pause : held->until(), member_key{guild, user});
}

} // namespace vagrolant::voice_hubs
