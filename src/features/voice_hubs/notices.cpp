#include "features/voice_hubs/notices.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "discord/rest/messages.hpp"
#include "discord/rest/users.hpp"

#include <algorithm>
#include <iterator>

namespace vagrolant::voice_hubs {

namespace {

using bot::say;

constexpr std::size_t max_content = 2000;
constexpr auto notice_pause = std::chrono::hours(6);
constexpr auto untold_pause = std::chrono::minutes(15);
// Of one guild, in that time.
constexpr std::ptrdiff_t max_told = 100;

} // namespace

void notices::log_in_guild(guild_id guild, channel_id hub, bot::phrase what) {
    const auto* from = known_.find_hub(hub);
    if (from != nullptr && from->settings.log_channel)
        with_.tasks.spawn("voice log", post(guild, from->settings.log_channel, std::move(what)));
}

// Nobody is notified, and what cannot be posted is not: the log is a help, not a promise.
awaitable<void> notices::post(guild_id guild, channel_id where, bot::phrase what) {
    using enum discord::permission;
    if (with_.cache.own_permissions_in(where).has({view_channel, send_messages}))
        co_await send_notice(guild, where, std::move(what));
}

awaitable<bool> notices::send_notice(guild_id guild, channel_id where, bot::phrase what) {
    std::string problem;
    try {
        const auto settings = co_await with_.settings.find(guild);
        discord::message_create message{.content = text::truncate(what.in(settings.language), max_content),
                                        .allowed_mentions = discord::allowed_mentions::none()};
        co_await discord::create_message(with_.rest, where, std::move(message),
                                         {.priority = discord::rest_priority::background});
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (!problem.empty())
        log::warning("voice log not posted", {{"guild", guild}, {"channel", where}, {"error", problem}});
    co_return problem.empty();
}

awaitable<bool> notices::send_directly(guild_id guild, user_id whom, bot::phrase what) {
    const auto* from = with_.cache.find_guild(guild);
    const auto name = from == nullptr ? std::string() : from->name;
    std::string problem;
    channel_id where;
    try {
        where = co_await discord::open_direct_messages(with_.rest, whom);
    } catch (const boost::system::system_error&) {
        throw; // cancelled
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (!problem.empty()) {
        log::info("no direct messages", {{"guild", guild}, {"user", whom}, {"error", problem}});
        co_return false;
    }
    co_return co_await send_notice(guild, where, say({.fr = "**{}** · {}", .en = "**{}** · {}"}, name, what));
}

void notices::tell_refused(guild_id guild, channel_id hub, const bot::refusal& why) {
    log::warning("voice rooms refused", {{"guild", guild}, {"hub", hub}, {"why", why.code}});
    tell_once(guild, hub, why.code,
              say({.fr = "⚠️ Le hub vocal <#{}> ne peut pas créer de salon. {}",
                   .en = "⚠️ The voice hub <#{}> cannot make a room. {}"},
                  hub.value(), why.reason));
}

void notices::tell_once(guild_id guild, channel_id hub, std::string about, bot::phrase what) {
    if (is_news(guild, hub, about))
        with_.tasks.spawn("voice notice", tell(guild, hub, std::move(about), std::move(what)));
}

bool notices::is_news(guild_id guild, channel_id hub, const std::string& about) {
    const auto first = told_.lower_bound({guild, channel_id(), std::string()});
    const auto last = std::find_if(
        first, told_.end(), [guild](const auto& one) { return std::get<guild_id>(one.first) != guild; });
    if (std::distance(first, last) >= max_told)
        return false;
    auto& told = told_[{guild, hub, about}];
    if (wall_time() < told + notice_pause)
        return false;
    told = wall_time();
    return true;
}

void notices::sweep() {
    std::erase_if(told_, [](const auto& one) { return one.second + notice_pause <= wall_time(); });
}

// To where administrators read, then to the owner himself; where everybody reads comes last.
awaitable<void> notices::tell(guild_id guild, channel_id hub, std::string about, bot::phrase what) {
    using enum discord::permission;
    const auto* known_guild = with_.cache.find_guild(guild);
    const auto* from = known_.find_hub(hub);
    if (known_guild == nullptr)
        co_return;
    const auto owner = known_guild->owner;
    const auto system = known_guild->system_channel;
    const auto writable = [this](channel_id where) {
        return where && with_.cache.own_permissions_in(where).has({view_channel, send_messages});
    };
    bool done = false;
    if (const auto where = from == nullptr ? channel_id() : from->settings.log_channel; writable(where))
        done = co_await send_notice(guild, where, what);
    if (!done && owner)
        done = co_await send_directly(guild, owner, what);
    if (!done && writable(system))
        done = co_await send_notice(guild, system, what);
    if (done)
        co_return;
    // Nobody has heard of it: not told.
    log::warning("voice notice not posted", {{"guild", guild}, {"hub", hub}, {"about", about}});
    told_[{guild, hub, about}] = wall_time() - notice_pause + untold_pause;
}

void notices::explain_roles(const hub& from, user_id user) {
    std::string roles;
    const auto* guild = with_.cache.find_guild(from.guild);
    for (const auto id : from.settings.allowed_roles) {
        const auto* role = guild == nullptr ? nullptr : guild->find_role(id);
        if (role != nullptr)
            roles += (roles.empty() ? "" : ", ") + role->name;
    }
    if (roles.empty()) {
        tell_once(from.guild, from.channel, "roles_gone",
                  say({.fr = "⚠️ Les rôles qui pouvaient se servir du hub vocal <#{}> "
                             "n'existent plus : personne "
                             "n'y a de salon. Choisissez-en d'autres avec /hub config.",
                       .en = "⚠️ The roles that could use the voice hub <#{}> are gone: "
                             "nobody has a room there. "
                             "Choose others with /hub config."},
                      from.channel.value()));
        return;
    }
    // Once to each, however often he tries.
    if (!is_news(from.guild, from.channel, "role " + user.to_string()))
        return;
    with_.tasks.spawn("voice notice", explain(from.guild, user,
                                              say({.fr = "Le hub vocal <#{}> est réservé à : {}.",
                                                   .en = "The voice hub <#{}> is reserved to: {}."},
                                                  from.channel.value(), roles)));
}

awaitable<void> notices::explain(guild_id guild, user_id user, bot::phrase what) {
    co_await send_directly(guild, user, std::move(what));
}

void notices::report_lost(const hub& from, const std::vector<lost_overwrite>& lost) {
    // Once for each hub: the same is true for every room, and /hub doctor says it in full.
    if (!reported_.insert(from.channel).second)
        return;
    log::info("voice room without all of its source's overwrites",
              {{"guild", from.guild}, {"hub", from.channel}, {"overwrites", lost.size()}});
    log_in_guild(from.guild, from.channel,
                 say({.fr = "{} règle(s) de permission de la source du hub <#{}> "
                            "ne sont pas reprises : "
                            "le bot n'a pas lui-même ces permissions. /hub "
                            "doctor dit lesquelles.",
                      .en = "{} permission overwrite(s) of the source of the hub "
                            "<#{}> are not taken over: "
                            "the bot does not have these permissions itself. "
                            "/hub doctor says which."},
                     lost.size(), from.channel.value()));
}

void notices::forget(channel_id hub) {
    reported_.erase(hub);
}

} // namespace vagrolant::voice_hubs
