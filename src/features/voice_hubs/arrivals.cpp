#include "base/log.hpp"
#include "bot/permissions.hpp"
#include "discord/rest/channels.hpp"
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
constexpr auto tidy_patience = 3s;
// A call may wait a minute for its turn, and then be under way for a quarter of one.
constexpr auto call_patience = 90s;
constexpr int max_per_category = 50;
constexpr int max_attempts = 4;

const char* audit_reason = "voice hub";

bot::refusal why_refused(create_failure failure) {
    switch (failure) {
    case create_failure::category_full:
        return {.code = "category_full",
                .reason = localized{.fr = "La catégorie des salons est pleine (50 salons) : ajoutez une "
                                          "catégorie de débordement au hub.",
                                    .en = "The rooms' category is full (50 channels): add an overflow "
                                          "category to the hub."},
                .retry_after = {}};
    case create_failure::category_gone:
        return {.code = "category_gone",
                .reason =
                    localized{.fr = "La catégorie choisie pour les salons n'existe plus : choisissez-en "
                                    "une autre avec /hub config.",
                              .en = "The category chosen for the rooms is gone: choose another one "
                                    "with /hub config."},
                .retry_after = {}};
    case create_failure::guild_full:
        return {.code = "guild_full",
                .reason = localized{.fr = "Ce serveur a atteint le maximum de 500 salons : supprimez-en "
                                          "pour que le hub puisse en créer.",
                                    .en = "This server has reached the maximum of 500 channels: delete "
                                          "some so that the hub can make rooms."},
                .retry_after = {}};
    case create_failure::forbidden:
        return {.code = "missing_permissions",
                .reason = localized{.fr = "Il manque au bot une permission pour créer des salons ou y "
                                          "déplacer des membres : /hub doctor dit laquelle et où.",
                                    .en = "The bot lacks a permission to make rooms or to move members "
                                          "into them: /hub doctor says which, and where."},
                .retry_after = {}};
    case create_failure::unknown_overwrite:
    case create_failure::refused:
    case create_failure::unknown:
    case create_failure::not_sent:
        break;
    }
    return {.code = "refused_by_discord",
            .reason = localized{.fr = "Discord refuse pour l'instant de créer des salons ici.",
                                .en = "Discord refuses to make rooms here at the moment."},
            .retry_after = {}};
}

} // namespace

int code_of(const std::exception& failure) {
    const auto* error = dynamic_cast<const discord::rest_error*>(&failure);
    return error == nullptr ? 0 : error->code();
}

create_failure classify(const std::exception& failure) {
    if (dynamic_cast<const discord::rate_limited*>(&failure) != nullptr)
        return create_failure::not_sent;
    const auto* error = dynamic_cast<const discord::rest_error*>(&failure);
    if (error == nullptr || error->status() >= 500)
        return create_failure::unknown;
    switch (error->code()) {
    case 30013:
        return create_failure::guild_full;
    case 10009:
        return create_failure::unknown_overwrite;
    case 50001:
    case 50013:
        return create_failure::forbidden;
    default:
        break;
    }
    // A full category has no code of its own. (Discord API Docs issue 1289)
    const bool full = std::ranges::any_of(error->errors(), [](const discord::field_error& one) {
        return one.code == "CHANNEL_PARENT_MAX_CHANNELS";
    });
    return full ? create_failure::category_full : create_failure::refused;
}

void rooms::state::arrived(guild_id guild, user_id user) {
    // When somebody is served already and one more look is waiting, that look sees all there is to see.
    static_cast<void>(member_lane.push({guild, user}, [this, guild, user] { return serve(guild, user); }));
}

const hub* rooms::state::waiting_in(guild_id guild, user_id user) const {
    const auto* voice = with.cache.find_voice_state(guild, user);
    return voice == nullptr ? nullptr : known.find_hub(voice->channel);
}

// Whatever fails is tried again for as long as he waits.
awaitable<void> rooms::state::serve(guild_id guild, user_id user) {
    std::string problem;
    try {
        co_await serve_now(guild, user);
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
    const hub from = *waiting;
    if (auto* own = known.room_of(from.channel, user)) {
        if (own->closing || own->expected_until > now() || own->moved == user) {
            at(std::max(own->expected_until.value_or(now()), now()) + waiting_pause, who);
            tend(*own);
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
    if (const auto until = held_off(guild, from.channel)) {
        at(*until, who);
        co_return;
    }
    if (const auto why = obstacle(from)) {
        // Looking again costs no call, and whoever mends it need not wait for long.
        if (obstructed.insert(from.channel).second)
            tell_refused(guild, from.channel, *why);
        at(now() + failed_pause, who);
        co_return;
    }
    obstructed.erase(from.channel);
    const auto facts = co_await facts_of(guild, user);
    co_await until_tidy(from.channel, user);
    if (waiting_in(guild, user) == nullptr)
        co_return;
    const auto& allowed = from.settings.allowed_roles;
    if (!allowed.empty() && !is_administrator(guild, user) &&
        std::ranges::find_first_of(facts.roles, allowed) == facts.roles.end()) {
        explain_roles(from, user);
        co_await discord::modify_member(with.rest, guild, user, {.voice_channel = channel_id()},
                                        audit_reason);
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
    const auto unprovide = [this, &from, user](int*) { known.end_provision(from.channel, user); };
    int anchor = 0;
    std::unique_ptr<int, decltype(unprovide)> provision(&anchor, unprovide);
    for (int attempt = 0; attempt < max_attempts && !begun; ++attempt) {
        draft.number = known.take_number(from.channel);
        draft.name =
            name_from(s.name_template,
                      {.member = member_name, .game = game_of(from.guild, user), .number = draft.number});
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
    const auto hand_on = [this, row](int*) {
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
    };
    const std::unique_ptr<int, decltype(hand_on)> unfinished(&anchor, hand_on);
    const auto* still = waiting_in(from.guild, user);
    if (still == nullptr || still->channel != from.channel) {
        co_await abandon(row);
        co_return;
    }
    const auto channel = co_await make_channel(from, begun->room, row);
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
    log::info("voice room made",
              {{"guild", from.guild}, {"hub", from.channel}, {"room", made.channel}, {"owner", user}});
    still = waiting_in(from.guild, user);
    if (still == nullptr || still->channel != from.channel) {
        live.expected_until.reset();
        static_cast<void>(room_lane.push(
            made.channel, [this, id = made.channel] { return close(id, false, "its owner has left"); }));
        // He may be back by now.
        at(now() + waiting_pause, who);
        co_return;
    }
    save(live);
    schedule(live);
    co_await welcome(made.channel, user);
    make_place_above(from.channel);
    log_in_guild(from.guild, from.channel,
                 say({.fr = "« {} » est créé pour <@{}>.", .en = "\"{}\" is made for <@{}>."}, made.name,
                     user.value()));
}

awaitable<std::optional<discord::channel>> rooms::state::make_channel(hub from, room draft,
                                                                      std::int64_t row) {
    std::vector<channel_id> parents;
    const auto* hub_channel = with.cache.find_channel(from.channel);
    const auto hub_parent = hub_channel == nullptr ? channel_id() : hub_channel->parent;
    const auto hub_bitrate = hub_channel == nullptr ? 0 : hub_channel->bitrate;
    parents.push_back(from.settings.category ? from.settings.category : hub_parent);
    parents.insert(parents.end(), from.settings.overflow_categories.begin(),
                   from.settings.overflow_categories.end());
    // A category that is gone must not cost people their rooms.
    const auto gone = std::erase_if(
        parents, [this](channel_id one) { return one && with.cache.find_channel(one) == nullptr; });
    if (gone > 0) {
        tell_once(from.guild, from.channel, "category_gone",
                  say({.fr = "⚠️ Hub vocal <#{}> : {}", .en = "⚠️ Voice hub <#{}>: {}"}, from.channel.value(),
                      why_refused(create_failure::category_gone).reason));
        if (!hub_parent || std::ranges::find(parents, hub_parent) == parents.end())
            parents.push_back(hub_parent);
    }

    // Rather no room than one that is open to whom its hub is not.
    const bool source_known = source_of(draft).has_value();
    if (!source_known)
        parents.clear();
    auto failure = source_known ? create_failure::category_full : create_failure::forbidden;
    std::optional<std::set<user_id>> absent;
    for (std::size_t place = 0; place < parents.size();) {
        const auto parent = parents[place];
        if (parent && children_of(parent) >= max_per_category) {
            ++place;
            continue;
        }
        const auto plan = overwrites_of(draft, absent.value_or(std::set<user_id>()));
        discord::channel_edit settings{
            .name = draft.name, .user_limit = draft.settings.user_limit, .overwrites = plan.overwrites};
        const int bitrate = draft.settings.bitrate > 0 ? draft.settings.bitrate : hub_bitrate;
        if (bitrate > 0)
            settings.bitrate = std::min(bitrate, max_bitrate(from.guild));
        if (!draft.settings.region.empty())
            settings.rtc_region = draft.settings.region;
        if (parent)
            settings.parent = parent;
        settings.position = place_of_room(from, parent);

        discord::channel_create request{.type = discord::channel_type::voice,
                                        .settings = std::move(settings)};
        std::string problem;
        try {
            // Before panels and whatever else has time; the move that follows goes before it.
            auto made =
                co_await discord::create_channel(with.rest, from.guild, std::move(request), audit_reason,
                                                 {.priority = discord::rest_priority::high});
            if (!plan.lost.empty())
                report_lost(from, plan.lost);
            co_return made;
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
        } else if (failure == create_failure::category_full) {
            ++place;
        } else {
            break;
        }
    }
    if (failure == create_failure::unknown)
        co_return std::nullopt;
    co_await abandon(row);
    if (failure == create_failure::not_sent)
        at(now() + waiting_pause, member_key{from.guild, draft.owner});
    else
        hold_off(from, draft.owner, why_refused(failure));
    co_return std::nullopt;
}

std::optional<bot::refusal> rooms::state::obstacle(const hub& from) const {
    using enum discord::permission;
    const auto* channel = with.cache.find_channel(from.channel);
    if (channel == nullptr)
        return std::nullopt;
    // The bot gives itself in its rooms what it has in the guild, and no more.
    const auto in_guild = with.cache.own_permissions(from.guild);
    const auto here = with.cache.own_permissions_in(from.channel) & in_guild;
    if (auto why = bot::missing_permissions(here, {view_channel, connect, move_members}, channel->name))
        return why;
    const auto category = from.settings.category ? from.settings.category : channel->parent;
    const auto* parent = with.cache.find_channel(category);
    const auto there = parent == nullptr ? in_guild : with.cache.own_permissions_in(category) & in_guild;
    return bot::missing_permissions(there, {view_channel, manage_channels},
                                    parent == nullptr ? channel->name : parent->name);
}

std::optional<time_point> rooms::state::held_off(guild_id guild, channel_id hub) const {
    std::optional<time_point> until;
    for (const auto key : {guild.value(), hub.value()}) {
        const auto found = breakers.find(key);
        if (found != breakers.end() && found->second.open(now()))
            until = std::max(until.value_or(found->second.until()), found->second.until());
    }
    return until;
}

void rooms::state::hold_off(const hub& from, user_id user, const bot::refusal& why) {
    refused(from.guild, from.channel, why);
    at(held_off(from.guild, from.channel).value_or(now() + waiting_pause), member_key{from.guild, user});
}

int rooms::state::children_of(channel_id category) const {
    const auto* channel = with.cache.find_channel(category);
    const auto* guild = channel == nullptr ? nullptr : with.cache.find_guild(channel->guild);
    if (guild == nullptr)
        return 0;
    return static_cast<int>(std::ranges::count_if(guild->channels, [&](channel_id id) {
        const auto* one = with.cache.find_channel(id);
        return one != nullptr && one->parent == category;
    }));
}

awaitable<void> rooms::state::abandon(std::int64_t row) {
    co_await delete_row(row);
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
        co_await delete_row(row);
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

awaitable<void> rooms::state::until_tidy(channel_id hub, user_id user) {
    const auto patience_ends = now() + tidy_patience;
    const auto leaves = [&](const auto& one) { return one.second.hub == hub && one.second.owner == user; };
    while (std::ranges::any_of(rows_leaving, leaves) && now() < patience_ends)
        co_await saved.wait_for(patience_ends - now());
}

awaitable<void> rooms::state::take_in(hub from, user_id user) {
    auto stored = co_await rows.find_room_of(from.channel, user);
    if (!stored || rows_leaving.contains(stored->row) || known.find_intent(stored->row) != nullptr)
        co_return;
    if (auto* live = known.room_of_row(from.guild, stored->row)) {
        // It has another owner by now, and the table is about to be told.
        save(*live);
        co_await until_saved(live->room.channel);
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
    int code = 0;
    auto failure = create_failure::unknown;
    std::string problem;
    try {
        co_await discord::modify_member(with.rest, guild, user, {.voice_channel = channel}, audit_reason);
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
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const std::exception& error) {
        code = code_of(error);
        failure = classify(error);
        problem = error.what();
    }
    log::warning("member not moved", {{"guild", guild}, {"room", channel}, {"error", problem}});
    live = known.find_room(channel);
    if (live == nullptr)
        co_return;
    live->expected_until.reset();
    if (failure != create_failure::unknown)
        live->moved = {};
    if (code == 50013 || code == 50001)
        refused(guild, hub, why_refused(create_failure::forbidden));
    if (code == unknown_channel) {
        with.cache.learn_gone(channel);
        forget_room(channel);
    } else {
        occupancy_changed(*live);
        tend(*live);
    }
    // Whoever has left voice meanwhile is nobody to be served.
    at(held_off(guild, hub).value_or(now() + waiting_pause), member_key{guild, user});
}

} // namespace vagrolant::voice_hubs
