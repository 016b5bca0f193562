#include "bot/slash.hpp"

#include "async/deadline.hpp"
#include "base/log.hpp"
#include "bot/audit.hpp"
#include "bot/command_queue/checks.hpp"
#include "bot/failure.hpp"
#include "bot/guild_check.hpp"

namespace vagrolant::bot::detail {

namespace {

using discord::interactions::context;

awaitable<void> report_nothing(json::object) {
    co_return;
}

// Discord has computed what the person may do in the channel that he writes in, and in those that he names.
std::optional<discord::permissions> told_of(const context& who, discord::channel_id where) {
    const auto* named = who.interaction().resolved.find(where);
    if (named != nullptr && named->permissions)
        return named->permissions;
    return where == who.channel() ? std::optional(who.member_permissions()) : std::nullopt;
}

struct hearing {
    standing who;
    discord::permissions needs;
};

awaitable<hearing> hear(services& with, const context& who, discord::permissions needs,
                        std::optional<discord::channel_id> where, const guild_settings& settings) {
    const auto told = where ? told_of(who, *where) : std::nullopt;
    auto ground = where;
    // What is not cached is a thread. Whoever names it, or writes in it, sees it: be it private.
    if (where && with.cache.find_channel(*where) == nullptr) {
        needs = needed_in_thread(needs, discord::channel_type::public_thread);
        if (!told) {
            const auto looked_up = co_await find_ground(with, who.guild(), *where);
            ground = looked_up.channel;
        }
    }
    const auto member = who.interaction().member.value_or(discord::member());
    hearing found{
        .who = standing_of(with.cache, who.guild(), who.user().id, member, ground, settings.moderator_roles),
        .needs = needs};
    found.who.held = told.value_or(found.who.held);
    co_return found;
}

awaitable<action_result> run(services& with, const context& who, action_terms about,
                             std::optional<discord::channel_id> where, const slash_work& work) {
    if (auto wrong = objection_to_guild(with.cache, who.guild()))
        co_return std::unexpected(*std::move(wrong));
    auto settings = co_await with.settings.find(who.guild());
    const auto found = co_await hear(with, who, about.needs, where, settings);
    if (auto wrong = objection(found.who, found.needs, place_of(with.cache, where), addressee::reader))
        co_return std::unexpected(*std::move(wrong));
    settings.language = who.language(with.config.language);
    action_call call{.id = who.interaction().id.to_string(),
                     .guild = who.guild(),
                     .settings = std::move(settings),
                     .requester = who.user().id,
                     .requester_roles = found.who.roles,
                     .requester_may_mention_everyone = found.who.may_mention_everyone(),
                     .report = report_nothing};
    auto result = co_await work(std::move(call));
    co_return result;
}

// Whatever it throws that can be told to people is a refusal.
awaitable<action_result> run_in_time(services& with, const context& who, action_terms about,
                                     std::optional<discord::channel_id> where, const slash_work& work) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    const auto until = std::chrono::steady_clock::now() + about.time_limit;
    bool late = false;
    try {
        auto running = run(with, who, about, where, work);
        auto result = co_await with_deadline("slash command", about.time_limit, std::move(running));
        co_return result;
    } catch (const std::exception& error) {
        if (cancellation.cancelled() != asio::cancellation_type::none)
            throw;
        auto known = explain(error);
        if (!known)
            throw;
        // A call to Discord has a deadline of its own.
        late = dynamic_cast<const deadline_exceeded*>(&error) != nullptr &&
               std::chrono::steady_clock::now() >= until;
        if (!late) {
            if (dynamic_cast<const refused*>(&error) == nullptr)
                log::warning("slash command failed", {{"action", about.name}, {"error", error.what()}});
            co_return std::unexpected(*std::move(known));
        }
    }
    log::warning("slash command failed", {{"action", about.name}, {"error", "time limit"}});
    co_return std::unexpected(
        refusal{.code = std::string(reasons::too_slow.code), .reason = reasons::too_slow.reason});
}

} // namespace

awaitable<json::object> perform(services& with, const context& who, action_terms about,
                                std::optional<discord::channel_id> where, slash_work work) {
    slash_audit row{.action = std::string(about.name),
                    .guild = who.guild(),
                    .user = who.user().id,
                    .channel = where,
                    .code = "internal",
                    .began = std::chrono::steady_clock::now()};
    const auto note = [&] {
        const auto took = std::chrono::steady_clock::now() - row.began;
        row.duration = std::chrono::floor<std::chrono::milliseconds>(took);
        with.tasks.spawn("audit", record(with.database, row));
    };
    action_result result;
    try {
        result = co_await run_in_time(with, who, about, where, work);
    } catch (...) {
        note();
        throw;
    }
    if (!result)
        result = std::unexpected(name_timeout(std::move(result.error()), with.cache, who.guild()));
    row.code = result ? std::nullopt : std::optional(result.error().code);
    note();
    if (!result) {
        throw discord::interactions::refusal(result.error().reason.in(who.language(with.config.language)));
    }
    co_return *std::move(result);
}

} // namespace vagrolant::bot::detail
