#include "bot/channel_lookup.hpp"

#include "bot/permissions.hpp"
#include "bot/services.hpp"
#include "discord/rest/channels.hpp"
#include "discord/rest/error.hpp"
#include "discord/rest/error_codes.hpp"

#include <utility>

namespace vagrolant::bot {

namespace {

using clock = std::chrono::steady_clock;

// A private thread is only seen by its members and by who manages threads. (Discord Docs/Threads
// "Permissions")
refusal not_visible() {
    return {.code = "missing_permissions",
            .reason = say(
                {.fr = "Permissions insuffisantes : le bot ne voit pas ce salon. Il lui faut {} ; dans un "
                       "fil privé, {}, ou qu'on l'y ajoute.",
                 .en = "Missing permissions: the bot does not see this channel. It needs {}; in a "
                       "private thread {}, or to be added to it."},
                permission_names(discord::permission::view_channel),
                permission_names(discord::permission::manage_threads))};
}

} // namespace

std::optional<refusal> refused_lookups::objection(discord::guild_id guild, discord::channel_id channel,
                                                  time_point now) {
    while (!entries_.empty() && now - entries_.front().at >= window)
        entries_.pop_front();
    std::size_t of_guild = 0;
    for (const auto& one : entries_) {
        if (one.guild != guild)
            continue;
        if (one.channel == channel)
            return one.why;
        ++of_guild;
    }
    if (of_guild < per_guild && entries_.size() < of_all)
        return std::nullopt;
    return refusal{.code = "rate_limited",
                   .reason = localized{.fr = "Trop de salons inconnus du bot ont été demandés. Réessayez "
                                             "dans une minute.",
                                       .en = "Too many channels that the bot does not know were asked for. "
                                             "Try again in a minute."},
                   .retry_after = window};
}

void refused_lookups::note(discord::guild_id guild, discord::channel_id channel, refusal why,
                           time_point now) {
    entries_.push_back({now, guild, channel, std::move(why)});
}

refusal unknown_channel() {
    return {.code = "unknown_channel",
            .reason = localized{.fr = "Ce salon n'existe pas sur ce serveur.",
                                .en = "This server has no such channel."}};
}

awaitable<std::expected<discord::channel, refusal>> look_up_channel(services& with, discord::guild_id guild,
                                                                    discord::channel_id id) {
    if (auto wrong = with.lookups.objection(guild, id, clock::now()))
        co_return std::unexpected(*std::move(wrong));
    std::optional<refusal> wrong;
    try {
        auto found = co_await discord::get_channel(with.rest, id);
        if (found.guild == guild)
            co_return found;
        co_return std::unexpected(unknown_channel());
    } catch (const discord::rest_error& error) {
        if (error.code() == discord::json_error::unknown_channel)
            wrong = unknown_channel();
        else if (error.code() == discord::json_error::missing_access)
            wrong = not_visible();
        else
            throw;
    }
    with.lookups.note(guild, id, *wrong, clock::now());
    co_return std::unexpected(*std::move(wrong));
}

} // namespace vagrolant::bot
