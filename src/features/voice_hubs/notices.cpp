#include "base/log.hpp"
#include "base/text.hpp"
#include "discord/rest/messages.hpp"
#include "features/voice_hubs/state.hpp"

namespace vagrolant::voice_hubs {

namespace {

using bot::say;

constexpr std::size_t max_content = 2000;
constexpr auto notice_pause = std::chrono::hours(6);

} // namespace

void rooms::state::log_in_guild(guild_id guild, channel_id hub, bot::phrase what) {
    const auto* from = known.find_hub(hub);
    if (from != nullptr && from->settings.log_channel)
        with.tasks.spawn("voice log", post(guild, from->settings.log_channel, std::move(what)));
}

// Nobody is notified, and what cannot be posted is not: the log is a help, not a promise.
awaitable<void> rooms::state::post(guild_id guild, channel_id where, bot::phrase what) {
    using enum discord::permission;
    if (!with.cache.own_permissions_in(where).has({view_channel, send_messages}))
        co_return;
    std::string problem;
    try {
        const auto settings = co_await with.settings.find(guild);
        discord::message_create message{.content = text::truncate(what.in(settings.language), max_content),
                                        .allowed_mentions = discord::allowed_mentions::none()};
        co_await discord::create_message(with.rest, where, std::move(message));
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (!problem.empty())
        log::warning("voice log not posted", {{"guild", guild}, {"channel", where}, {"error", problem}});
}

void rooms::state::refused(guild_id guild, channel_id hub, const bot::refusal& why) {
    if (!breakers[guild].refused(now()))
        return;
    log::warning("voice rooms refused", {{"guild", guild}, {"hub", hub}, {"why", why.code}});
    tell_once(guild, hub, why.code,
              say({.fr = "⚠️ Le hub vocal <#{}> ne peut pas créer de salon. {}",
                   .en = "⚠️ The voice hub <#{}> cannot make a room. {}"},
                  hub.value(), why.reason));
}

void rooms::state::tell_once(guild_id guild, channel_id hub, std::string about, bot::phrase what) {
    std::erase_if(told, [this](const auto& one) { return one.second + notice_pause <= now(); });
    if (!told.emplace(std::tuple(guild, hub, std::move(about)), now()).second)
        return;
    const auto* known_guild = with.cache.find_guild(guild);
    const auto* from = known.find_hub(hub);
    auto where = from == nullptr ? channel_id() : from->settings.log_channel;
    if (!where && known_guild != nullptr)
        where = known_guild->system_channel;
    if (where)
        with.tasks.spawn("voice notice", post(guild, where, std::move(what)));
}

void rooms::state::report_lost(const hub& from, const std::vector<lost_overwrite>& lost) {
    // Once for each hub: the same is true for every room, and /hub doctor says it in full.
    if (!reported.insert(from.channel).second)
        return;
    log::info("voice room without all of its source's overwrites",
              {{"guild", from.guild}, {"hub", from.channel}, {"overwrites", lost.size()}});
    log_in_guild(from.guild, from.channel,
                 say({.fr = "{} règle(s) de permission de la source du hub <#{}> ne sont pas reprises : "
                            "le bot n'a pas lui-même ces permissions. /hub doctor dit lesquelles.",
                      .en = "{} permission overwrite(s) of the source of the hub <#{}> are not taken over: "
                            "the bot does not have these permissions itself. /hub doctor says which."},
                     lost.size(), from.channel.value()));
}

} // namespace vagrolant::voice_hubs
