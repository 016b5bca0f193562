#include "bot/actions.hpp"

#include "base/log.hpp"
#include "base/scope_exit.hpp"
#include "base/text.hpp"
#include "bot/command_queue/checks.hpp"
#include "bot/failure.hpp"
#include "bot/guild_check.hpp"
#include "bot/lanes.hpp"

#include <boost/json/parse.hpp>

namespace vagrolant::bot {

namespace {

[[noreturn]] void refuse(std::string code, phrase reason) {
    throw refused({.code = std::move(code), .reason = std::move(reason)});
}

command_outcome to_outcome(const refusal& why, locale language) {
    auto outcome = command_outcome::failure(why.code, why.reason.in(language));
    for (const auto& fact : why.facts)
        outcome.result.emplace(fact.key(), fact.value());
    if (why.retry_after)
        outcome.result["retryAfter"] = why.retry_after->count();
    return outcome;
}

// What the process that died over the command had reported; empty where that is nothing, or cannot be read.
json::object progress_of(const command& which) {
    boost::system::error_code error;
    auto parsed = boost::json::parse(which.progress.value_or(""), error);
    auto* members = error ? nullptr : parsed.if_object();
    return members == nullptr ? json::object() : std::move(*members);
}

using time_point = action_executor::clock::time_point;

void require_timely(const command& which, const action_terms& about, time_point now) {
    if (which.attempts <= 1 && now - which.created_at > about.time_to_live)
        refuse(std::string(reasons::expired.code), reasons::expired.reason);
}

// Why what somebody has begun before is not done again; nullopt when it is.
std::optional<refusal> interruption(const command& which, const action_terms& about, time_point now) {
    if (which.attempts <= 1)
        return std::nullopt;
    const auto begun = which.first_begun.value_or(which.created_at);
    // Zero is never, though a database whose clock was set back may say that no time has passed.
    if (about.repeatable_for > about.repeatable_for.zero() && now - begun <= about.repeatable_for &&
        now - which.created_at <= about.time_to_live)
        return std::nullopt;
    refusal why{.code = "interrupted",
                .reason =
                    localized{.fr = "Le bot s'est arrêté pendant cette commande : vérifiez ce qui a été "
                                    "fait avant de la relancer.",
                              .en = "The bot stopped during this command: see what has been done before "
                                    "asking again."},
                .facts = progress_of(which)};
    if (about.so_far != nullptr && !why.facts.empty()) {
        why.reason =
            say({.fr = "Le bot s'est arrêté pendant cette commande. Déjà fait : {}. Vérifiez avant de "
                       "la relancer.",
                 .en = "The bot stopped during this command. Already done: {}. Check before asking "
                       "again."},
                about.so_far(why.facts));
    }
    return why;
}

std::optional<discord::user_id> requester_of(const command& which, const guild_settings& settings) {
    if (!which.requested_by) {
        if (settings.requester_required) {
            refuse("requester_required",
                   localized{.fr = "Ce serveur exige que le tableau de bord dise qui demande (requested_by).",
                             .en = "This server requires the dashboard to say who asks (requested_by)."});
        }
        return std::nullopt;
    }
    const auto requester = discord::user_id::parse(*which.requested_by);
    if (!requester) {
        refuse("bad_requester", say({.fr = "« {} » n'est pas l'identifiant d'une personne.",
                                     .en = "\"{}\" is not the id of a person."},
                                    text::truncate(*which.requested_by, 30)));
    }
    return requester;
}

// Whether it may be carried out again for as long as it is carried out at all.
bool is_repeatable(const action_terms& about) {
    return about.repeatable_for >= about.time_to_live;
}

} // namespace

action_executor::action_executor(services& with, const registry& actions, discord::dispatcher& events,
                                 std::function<clock::time_point()> now)
    : with_(with)
    , actions_(actions)
    , now_(std::move(now))
    , guild_arrived_(with.tasks.executor()) {
    events.on<discord::events::guild_create>([this](const auto&) { guild_arrived_.notify_all(); });
}

std::vector<lane> action_executor::lanes() const {
    std::map<std::string_view, bot::lane> found{{"", make_lane("")}};
    for (const auto& [name, action] : actions_.actions()) {
        auto& into = found.try_emplace(action.lane, make_lane(action.lane)).first->second;
        into.repeatable = (into.repeatable || into.actions.empty()) && is_repeatable(action);
        into.time_to_live = std::max(into.time_to_live, action.time_to_live);
        into.actions.push_back(name);
    }
    std::vector<bot::lane> all;
    all.reserve(found.size());
    for (auto& [name, one] : found)
        all.push_back(std::move(one));
    return all;
}

std::chrono::milliseconds action_executor::time_limit(const command& which) const {
    const auto* action = actions_.find_action(which.action);
    return action == nullptr ? action_terms().time_limit : action->time_limit;
}

bool action_executor::repeatable(const command& which) const {
    const auto* action = actions_.find_action(which.action);
    return action != nullptr && is_repeatable(*action);
}

awaitable<std::optional<locale>> action_executor::language_of(std::string guild_id) const {
    const auto guild = discord::guild_id::parse(guild_id);
    if (!guild)
        co_return std::nullopt;
    try {
        const auto settings = co_await with_.settings.find(*guild);
        co_return settings.language;
    } catch (const std::exception&) {
        co_return std::nullopt; // the database is away: nobody knows
    }
}

awaitable<command_outcome> action_executor::execute(command which, progress_report report) {
    auto settings = with_.settings.defaults();
    const auto id = which.id;
    const auto name = text::truncate(which.action, 50);
    const auto guild = discord::guild_id::parse(which.guild_id).value_or(discord::guild_id());
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
    co_return to_outcome(name_timeout(*std::move(failure), with_.cache, guild), settings.language);
}

awaitable<action_result> action_executor::run(command which, progress_report report,
                                              guild_settings& settings) {
    const auto* action = actions_.find_action(which.action);
    // Before anything that can fail: what was done must be told.
    if (auto over = action == nullptr ? std::nullopt : interruption(which, *action, now_())) {
        const auto chosen = co_await language_of(which.guild_id);
        settings.language = chosen.value_or(settings.language);
        co_return std::unexpected(*std::move(over));
    }
    const auto guild = co_await available_guild(which.guild_id, which.created_at);
    settings = co_await with_.settings.find(guild);
    if (action == nullptr) {
        refuse("unknown_action", say({.fr = "Action inconnue : « {} ».", .en = "Unknown action: \"{}\"."},
                                     text::truncate(which.action, 50)));
    }
    require_timely(which, *action, now_());
    const auto requester = requester_of(which, settings);
    action_call call{.id = which.id,
                     .guild = guild,
                     .settings = settings,
                     .requester = requester,
                     .report = std::move(report)};
    const auto payload = which.payload.value_or(std::string());
    auto result = co_await action->run(with_, std::move(call), payload);
    co_return result;
}

awaitable<discord::guild_id> action_executor::available_guild(std::string id, clock::time_point asked_at) {
    const auto guild = discord::guild_id::parse(id);
    if (!guild) {
        refuse("bad_guild_id", say({.fr = "« {} » n'est pas l'identifiant d'un serveur.",
                                    .en = "\"{}\" is not the id of a server."},
                                   text::truncate(id, 30)));
    }
    const auto outage_ends = now_() + guild_patience;
    const auto joins_until = asked_at + guild_patience;
    for (;;) {
        auto wrong = objection_to_guild(with_.cache, *guild);
        if (!wrong)
            co_return *guild;
        const bool known = with_.cache.find_guild(*guild) != nullptr;
        const auto left = (known ? outage_ends : joins_until) - now_();
        auto& waiting = known ? waiting_for_own_ : waiting_for_strangers_;
        if (left <= left.zero() || waiting >= (known ? max_waiting_for_own : max_waiting_for_strangers))
            throw refused(*std::move(wrong));
        ++waiting;
        const scope_exit leave([&waiting] { --waiting; });
        co_await guild_arrived_.wait_for(left);
    }
}

} // namespace vagrolant::bot
