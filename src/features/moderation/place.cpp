#include "features/moderation/place.hpp"

#include "bot/permissions.hpp"
#include "discord/rest/channels.hpp"

namespace vagrolant::moderation {

namespace {

// (Discord Docs/Opcodes and Status Codes "JSON Error Codes")
constexpr int unknown_channel = 10003;
constexpr int missing_access = 50001;

refusal not_there() {
    return {.code = "unknown_channel",
            .reason = localized{.fr = "Ce salon n'existe pas sur ce serveur.",
                                .en = "This server has no such channel."}};
}

refusal not_visible(std::string_view name) {
    return *bot::missing_permissions({}, discord::permission::view_channel, name);
}

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
        return not_there();
    if (known->obfuscated)
        return not_visible("");
    return std::nullopt;
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
    discord::channel found;
    std::optional<refusal> wrong;
    try {
        found = co_await discord::get_channel(with.rest, id);
    } catch (const discord::rest_error& error) {
        if (error.code() == unknown_channel)
            wrong = not_there();
        else if (error.code() == missing_access)
            wrong = not_visible("");
        else
            throw;
    }
    if (!wrong && found.guild != guild)
        wrong = not_there();
    if (wrong)
        co_return std::unexpected(*std::move(wrong));
    const auto own = own_permissions(with.cache, found);
    if (auto closed = objection_to_entering(own, found.type, found.name))
        co_return std::unexpected(*std::move(closed));
    co_return place{std::move(found), own};
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
    const auto own = with.cache.own_permissions_in(id);
    if (auto closed = objection_to_entering(own, known->type, known->name))
        co_return std::unexpected(*std::move(closed));
    discord::channel channel{.id = id, .type = known->type, .guild = guild, .parent = known->parent};
    channel.name = known->name;
    co_return place{std::move(channel), own};
}

} // namespace vagrolant::moderation
