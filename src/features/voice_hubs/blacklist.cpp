#include "base/log.hpp"
#include "discord/rest/channels.hpp"
#include "discord/rest/error_codes.hpp"
#include "discord/rest/members.hpp"
#include "features/voice_hubs/state.hpp"

namespace vagrolant::voice_hubs {

namespace {

using namespace std::chrono_literals;
using enum discord::permission;

using discord::json_error::unknown_member;
constexpr int not_connected = discord::json_error::target_user_not_connected_to_voice;
constexpr std::size_t max_shut_out = 10;
constexpr auto review_every = 4min;

} // namespace

bool rooms::state::is_unwanted(const room& which, user_id user) const {
    const auto who = person_of(which.guild, user, std::nullopt);
    return !who.administrator && user != which.owner &&
           entry_of(which.settings.lists, user, who.roles) == list_entry::blocked;
}

// Whoever is on the blacklist got there while inside, or got in: he was moved there, or Discord has forgotten
// his overwrite because he had left the guild, or another of his roles is allowed what the blocked one is
// denied.
awaitable<int> rooms::state::turn_away(channel_id channel) {
    const auto* live = known.find_room(channel);
    if (live == nullptr || live->closing || live->room.settings.lists.blocked.empty())
        co_return 0;
    co_await learn_people(channel);
    int unwanted = 0;
    for (const auto user : humans_in(channel)) {
        auto* from = known.find_room(channel);
        if (from == nullptr || !is_unwanted(from->room, user))
            continue;
        if (!permits.may_do(from->room.guild, channel, from->room.hub, move_members,
                            {.fr = "⚠️ Qui est sur la liste noire d'un salon n'en est pas déconnecté. {}",
                             .en = "⚠️ People on a room's blacklist are not disconnected from it. {}"}))
            break;
        if (!from->leaving.insert(user).second)
            continue;
        ++unwanted;
        with.tasks.spawn("voice blacklist", show_out(from->room.guild, user, channel));
    }
    co_return unwanted;
}

awaitable<void> rooms::state::show_out(guild_id guild, user_id user, channel_id channel) {
    auto* live = known.find_room(channel);
    if (live == nullptr)
        co_return;
    const auto facts = people.find({guild, user});
    const auto roles = facts == people.end() ? std::vector<role_id>() : facts->second.roles;
    const auto could = with.cache.member_permissions_in(channel, user, roles);
    const bool comes_back = could.has(connect) && with.cache.own_permissions_in(channel).has(manage_roles) &&
                            live->shut_out.size() < max_shut_out;
    std::optional<std::chrono::milliseconds> again;
    std::string problem;
    try {
        if (comes_back) {
            live->shut_out.insert(user);
            co_await discord::put_overwrite(
                with.rest, channel, discord::overwrite::of(user, {}, {view_channel, connect}), "voice hub");
        }
        live = known.find_room(channel);
        if (live != nullptr && is_unwanted(live->room, user))
            co_await disconnect(guild, user, channel, "voice hub: blacklist");
    } catch (const discord::not_wanted&) {
        co_return; // He has just left by himself.
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const discord::rate_limited& limit) {
        again = std::chrono::ceil<std::chrono::milliseconds>(limit.retry_after());
    } catch (const discord::rest_error& error) {
        // He has just left by himself, or the guild; what is forbidden is tried again when all are looked at.
        if (error.code() != not_connected && error.code() != unknown_member)
            problem = error.what();
        if (!problem.empty() && error.status() >= 500)
            again = 0ms;
    } catch (const std::exception& error) {
        problem = error.what();
        again = 0ms;
    }
    live = known.find_room(channel);
    if (!problem.empty())
        log::warning("member not put out", {{"guild", guild}, {"room", channel}, {"error", problem}});
    // Otherwise an event will tell that he has gone.
    if (live != nullptr && (again || !problem.empty()))
        live->leaving.erase(user);
    if (again && live != nullptr)
        at(now() + (problem.empty() ? *again : live->retries.failed(now())), channel);
}

// Discord does not tell when a role is taken from somebody who is not connected.
awaitable<void> rooms::state::review_shut_out(channel_id channel) {
    auto* live = known.find_room(channel);
    if (live == nullptr || live->shut_out.empty() || now() < live->reviewed + review_every)
        co_return;
    live->reviewed = now();
    const auto guild = live->room.guild;
    for (const auto user : std::set(live->shut_out)) {
        std::vector<role_id> roles;
        bool is_known = true;
        try {
            const auto member = co_await discord::get_member(with.rest, guild, user);
            roles = member.roles;
        } catch (const discord::rest_error& error) {
            is_known = error.status() == 404;
        }
        live = known.find_room(channel);
        if (live == nullptr)
            co_return;
        if (is_known && entry_of(live->room.settings.lists, user, roles) != list_entry::blocked)
            live->shut_out.erase(user);
    }
}

} // namespace vagrolant::voice_hubs
