#pragma once

#include "async/asio.hpp"
#include "bot/refusal.hpp"
#include "bot/services.hpp"
#include "discord/model/channel.hpp"
#include "discord/model/member.hpp"
#include "discord/model/permissions.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

/// Whether those who ask for something may have it done.
namespace vagrolant::bot {

/// What counts for somebody in the place that he asks for.
struct standing {
    /// What he may do there.
    discord::permissions held;
    /// Holds one of the guild's moderator roles, and is not timed out.
    bool moderator = false;
    /// His roles.
    std::vector<discord::role_id> roles;

    bool may_mention_everyone() const { return held.has(discord::permission::mention_everyone); }
};

/// Where the permissions that count in a channel are looked up.
struct ground {
    /// None: in the guild, as the channel is not known.
    std::optional<discord::channel_id> channel;
    /// Which kind of thread it is; its parent is then `channel`.
    std::optional<discord::channel_type> thread;
};

/// Asks Discord where the cache does not know the channel; another guild's counts as none. Throws Discord's
/// failures.
awaitable<ground> find_ground(services& with, discord::guild_id guild, discord::channel_id channel);

/// Whom the sentence speaks of.
enum class addressee { requester, reader };

/// What of a thread's parent is needed where `needs` is needed in a channel: threads are managed, and private
/// ones seen, by Manage Threads. (Discord Docs/Permissions "Permissions for Threads")
discord::permissions needed_in_thread(discord::permissions needs, discord::channel_type thread);

/// Why somebody may not have done what needs `needs`; nullopt when he may. `place` goes on "lacks the
/// permission": "dans #annonces".
std::optional<refusal> objection(const standing& who, discord::permissions needs, const phrase& place,
                                 addressee whom);

/// "dans #annonces", "in #annonces"; of no channel: "sur ce serveur", "on this server".
phrase place_of(const discord::cache& cache, std::optional<discord::channel_id> channel);

/// The standing of a member, from the cache: in the channel (an unknown one, or another guild's, counts as
/// none), else in the guild.
standing standing_of(const discord::cache& cache, discord::guild_id guild, discord::user_id who,
                     const discord::member& member, std::optional<discord::channel_id> channel,
                     std::span<const discord::role_id> moderator_roles);

/// Asks Discord who `who` is now, and throws `refused` unless he is in the guild (`requester_not_member`) and
/// holds `needs` in the channel, or in the guild where there is none, or holds a moderator role
/// (`requester_lacks_permission`). Throws Discord's failures.
awaitable<standing> require_standing(services& with, discord::guild_id guild, discord::user_id who,
                                     std::optional<discord::channel_id> channel, discord::permissions needs,
                                     std::vector<discord::role_id> moderator_roles);

} // namespace vagrolant::bot
