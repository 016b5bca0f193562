#include "bot/actions.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "bot/failure.hpp"

namespace vagrolant::bot {

namespace {

[[noreturn]] void refuse(std::string code, phrase reason) {
    throw refused({.code = std::move(code), .reason = std::move(reason)});
}

command_outcome to_outcome(const refusal& why, locale language) {
    auto outcome = command_outcome::failure(why.code, why.reason.in(language));
    if (why.retry_after)
        outcome.result["retryAfter"] = why.retry_after->count();
    return outcome;
}

} // namespace

action_executor::action_executor(services& with, const registry& actions, discord::dispatcher& events,
                                 std::function<wall_clock::time_point()> now)
    : with_(with)
    , actions_(actions)
    , now_(std::move(now))
    , guild_arrived_(with.tasks.executor()) {
    events.on<discord::events::guild_create>([this](const auto&) { guild_arrived_.notify_all(); });
}

std::vector<lane> action_executor::lanes() const {
    std::map<std::string, bot::lane> found;
    for (const auto& [name, action] : actions_.actions()) {
        auto& into = found[std::string(action.lane)];
        into.name = action.lane;
        into.actions.push_back(name);
    }
    std::vector<bot::lane> all;
    for (auto& [name, one] : found)
        all.push_back(std::move(one));
    return all;
}

std::chrono::milliseconds action_executor::time_limit(const command& which) const {
    const auto* action = actions_.find_action(which.action);
    return action == nullptr ? command_executor::time_limit(which) : action->time_limit;
}

awaitable<command_outcome> action_executor::execute(command which, progress_report report) {
    auto settings = with_.settings.defaults();
    const auto id = which.id;
    const auto name = text::truncate(which.action, 50);
    std::optional<refusal> failure;
    try {
        auto result = co_await run(std::move(which), std::move(report), settings);
        if (result)
            co_return command_outcome::success(*std::move(result));
        failure = std::move(result.error());
    } catch (const refused& error) {
        failure = error.why();
    } catch (const std::exception& error) {
        failure = explain(error);
        if (!failure)
            throw;
        log::warning("command failed", {{"command", id}, {"action", name}, {"error", error.what()}});
    }
    co_return to_outcome(*failure, settings.language);
}

awaitable<action_result> action_executor::run(command which, progress_report report,
                                              guild_settings& settings) {
    const auto guild = co_await available_guild(which.guild_id);
    settings = co_await with_.settings.find(guild);
    const auto* action = actions_.find_action(which.action);
    if (action == nullptr) {
        refuse("unknown_action", say({.fr = "Action inconnue : « {} ».", .en = "Unknown action: \"{}\"."},
                                     text::truncate(which.action, 50)));
    }
    require_timely(which, *action);
    action_call call{.id = which.id, .guild = guild, .settings = settings, .report = std::move(report)};
    const auto payload = which.payload.value_or(std::string());
    auto result = co_await action->run(with_, std::move(call), payload);
    co_return result;
}

awaitable<discord::guild_id> action_executor::available_guild(std::string id) {
    const auto guild = discord::guild_id::parse(id);
    if (!guild) {
        refuse("bad_guild_id", say({.fr = "« {} » n'est pas l'identifiant d'un serveur.",
                                    .en = "\"{}\" is not the id of a server."},
                                   text::truncate(id, 30)));
    }
    const auto give_up = std::chrono::steady_clock::now() + guild_patience;
    for (;;) {
        const auto* known = with_.cache.find_guild(*guild);
        if (known == nullptr) {
            refuse("unknown_guild", localized{.fr = "Le bot n'est pas sur ce serveur.",
                                              .en = "The bot is not on this server."});
        }
        if (!known->unavailable)
            co_return *guild;
        const auto left = give_up - std::chrono::steady_clock::now();
        if (left <= left.zero()) {
            refuse(
                "guild_unavailable",
                localized{.fr = "Ce serveur est indisponible chez Discord en ce moment. Réessayez plus tard.",
                          .en = "Discord has made this server unavailable for now. Try again later."});
        }
        co_await guild_arrived_.wait_for(left);
    }
}

void action_executor::require_timely(const command& which, const dashboard_action& action) const {
    const auto age = now_() - which.created_at;
    if (age > action.time_to_live) {
        refuse("too_old", localized{.fr = "La commande a attendu trop longtemps et n'a pas été exécutée.",
                                    .en = "The command waited for too long and was not carried out."});
    }
    if (which.attempts > 1 && age > action.repeatable_for) {
        refuse("interrupted",
               localized{
                   .fr =
                       "Le bot s'est arrêté pendant cette commande : vérifiez ce qui a été fait avant de la "
                       "relancer.",
                   .en = "The bot stopped during this command: see what has been done before asking again."});
    }
}

} // namespace vagrolant::bot
