#include "features/moderation/place.hpp"

#include "bot/channel_lookup.hpp"
#include "bot/permissions.hpp"

namespace vagrolant::moderation {

namespace {

// Without CONNECT there is no other permission in a voice channel: it is the one to name. (Discord
// Docs/Permissions "Implicit Permissions")
std::optional<refusal> objection_to_entering(discord::permissions own, discord::channel_type type,
                                             std::string_view name) {
    discord::permissions needed = discord::permission::view_channel;
    if (discord::is_voice_like(type) && own.has(discord::permission::view_channel))
        needed |= discord::permission::connect;
    return bot::missing_permissions(own, needed, name);
}

// Why the cache says that it is nothing for the bot; nullopt for what is fine or not known (threads).
std::optional<refusal> objection_of_cache(const discord::cache& cache, discord::guild_id guild,
                                          discord::channel_id id) {
    const auto* known = cache.find_channel(id);
    if (known == nullptr)
        return std::nullopt;
    if (known->guild != guild)
        return bot::unknown_channel();
    if (known->obfuscated)
        return bot::missing_permissions({}, discord::permission::view_channel, "");
    return objection_to_entering(cache.own_permissions_in(id), known->type, known->name);
}

discord::permissions own_permissions(const discord::cache& cache, const discord::channel& channel) {
    // A thread has its parent's. (Discord Docs/Permissions "Permissions for Threads")
    if (discord::is_thread(channel.type))
        return cache.own_permissions_in(channel.parent);
    const auto* guild = cache.find_guild(channel.guild);
    if (guild == nullptr)
        return {};
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    return discord::compute_in_channel(cache.own_permissions(channel.guild),
                                       {.user = cache.self().id,
                                        .roles = guild->own_roles,
                                        .owner = guild->owner == cache.self().id,
                                        .timed_out = guild->own_timeout && *guild->own_timeout > now},
                                       channel.guild, channel.overwrites,
                                       discord::is_voice_like(channel.type));
}

} // namespace

awaitable<std::expected<place, refusal>> fetch_place(bot::services& with, discord::guild_id guild,
                                                     discord::channel_id id) {
    if (auto wrong = objection_of_cache(with.cache, guild, id))
        co_return std::unexpected(*std::move(wrong));
    auto found = co_await bot::look_up_channel(with, guild, id);
    if (!found)
        co_return std::unexpected(std::move(found.error()));
    const auto own = own_permissions(with.cache, *found);
    if (auto closed = objection_to_entering(own, found->type, found->name))
        co_return std::unexpected(*std::move(closed));
    co_return place{*std::move(found), own};
}

awaitable<std::expected<place, refusal>> find_place(bot::services& with, discord::guild_id guild,
                                                    discord::channel_id id) {
    const auto* known = with.cache.find_channel(id);
    if (known == nullptr) {
        auto fetched = co_await fetch_place(with, guild, id);
        co_return fetched;
    }
    if (auto wrong = objection_of_cache(with.cache, guild, id))
        co_return std::unexpected(*std::move(wrong));
    discord::channel channel{.id = id, .type = known->type, .guild = guild, .parent = known->parent};
    channel.name = known->name;
    co_return place{std::move(channel), with.cache.own_permissions_in(id)};
}

} // namespace vagrolant::moderation
