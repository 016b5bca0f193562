#include "bot/requester.hpp"

#include "bot/channel_lookup.hpp"
#include "bot/permissions.hpp"
#include "discord/rest/error.hpp"
#include "discord/rest/error_codes.hpp"
#include "discord/rest/members.hpp"

#include <algorithm>

namespace vagrolant::bot {

namespace {

using discord::permission;

refusal not_a_member() {
    return {.code = "requester_not_member",
            .reason = localized{.fr = "La personne qui le demande n'est pas membre de ce serveur.",
                                .en = "The person who asks for it is not a member of this server."}};
}

} // namespace

// Threads are not cached; their permissions are their parent's. (Discord Docs/Permissions "Threads")
awaitable<ground> find_ground(services& with, discord::guild_id guild, discord::channel_id channel) {
    if (const auto* known = with.cache.find_channel(channel))
        co_return known->guild == guild ? ground{.channel = channel} : ground{};
    const auto found = co_await look_up_channel(with, guild, channel);
    if (!found || !discord::is_thread(found->type))
        co_return ground{};
    co_return ground{.channel = found->parent, .thread = found->type};
}

discord::permissions needed_in_thread(discord::permissions needs, discord::channel_type thread) {
    const bool manages = needs.has(permission::manage_channels);
    if (manages || thread == discord::channel_type::private_thread)
        needs |= permission::manage_threads;
    return manages ? needs.without(permission::manage_channels) : needs;
}

std::optional<refusal> objection(const standing& who, discord::permissions needs, const phrase& place,
                                 addressee whom) {
    if (who.moderator || who.held.has(needs))
        return std::nullopt;
    const auto missing = needs.without(who.held);
    const auto pattern =
        whom == addressee::reader
            ? localized{.fr = "Il vous manque la permission {} {}.", .en = "You lack the permission {} {}."}
            : localized{.fr = "La personne qui le demande n'a pas la permission {} {}.",
                        .en = "The person who asks for it lacks the permission {} {}."};
    return refusal{.code = "requester_lacks_permission",
                   .reason = say(pattern, permission_names(missing), place)};
}

phrase place_of(const discord::cache& cache, std::optional<discord::channel_id> channel) {
    if (!channel)
        return localized{.fr = "sur ce serveur", .en = "on this server"};
    const auto* known = cache.find_channel(*channel);
    return say({.fr = "dans {}", .en = "in {}"}, channel_label(known == nullptr ? "" : known->name));
}

standing standing_of(const discord::cache& cache, discord::guild_id guild, discord::user_id who,
                     const discord::member& member, std::optional<discord::channel_id> channel,
                     std::span<const discord::role_id> moderator_roles) {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const bool timed_out = member.timed_out(now);
    const auto* known = channel ? cache.find_channel(*channel) : nullptr;
    const bool holds_one = std::ranges::any_of(member.roles, [&](discord::role_id one) {
        return std::ranges::find(moderator_roles, one) != moderator_roles.end();
    });
    return {.held = known != nullptr && known->guild == guild
                        ? cache.member_permissions_in(*channel, who, member.roles, timed_out)
                        : cache.member_permissions(guild, who, member.roles, timed_out),
            .moderator = holds_one && !timed_out,
            .roles = member.roles};
}

awaitable<standing> require_standing(services& with, discord::guild_id guild, discord::user_id who,
                                     std::optional<discord::channel_id> channel, discord::permissions needs,
                                     std::vector<discord::role_id> moderator_roles) {
    discord::member member;
    try {
        member = co_await discord::get_member(with.rest, guild, who);
    } catch (const discord::rest_error& error) {
        if (error.code() == discord::json_error::unknown_member ||
            error.code() == discord::json_error::unknown_user)
            throw refused(not_a_member());
        throw;
    }
    ground where;
    if (channel)
        where = co_await find_ground(with, guild, *channel);
    const auto* known = where.channel ? with.cache.find_channel(*where.channel) : nullptr;
    // Nobody's permissions are known in a channel that the bot cannot see.
    if (known != nullptr && known->guild == guild && known->obfuscated)
        throw refused(*missing_permissions({}, permission::view_channel, ""));
    const auto found = standing_of(with.cache, guild, who, member, where.channel, moderator_roles);
    if (where.thread)
        needs = needed_in_thread(needs, *where.thread);
    auto place = place_of(with.cache, where.channel);
    // Whoever does not see the channel does not learn its name.
    if (where.channel && !found.held.has(permission::view_channel))
        place = say({.fr = "dans {}", .en = "in {}"}, channel_label(""));
    if (auto wrong = objection(found, needs, place, addressee::requester))
        throw refused(*std::move(wrong));
    co_return found;
}

} // namespace vagrolant::bot
