#pragma once

#include "async/asio.hpp"
#include "bot/command_queue/command.hpp"
#include "bot/guild_settings.hpp"
#include "bot/payload.hpp"
#include "bot/refusal.hpp"
#include "bot/requester.hpp"
#include "bot/services.hpp"
#include "discord/cache/cache.hpp"
#include "discord/dispatcher.hpp"
#include "discord/interactions/router.hpp"
#include "discord/model/application_command.hpp"
#include "json/writer.hpp"

#include <chrono>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vagrolant::bot {

/// A dashboard's command, checked as far as all actions have it in common.
struct action_call {
    /// The row's id, a UUID.
    std::string id;
    /// A guild that the bot is in and that is available.
    discord::guild_id guild;
    guild_settings settings;
    /// On whose behalf; none where the dashboard named nobody. `work` is only called when he may ask for it.
    std::optional<discord::user_id> requester;
    std::vector<discord::role_id> requester_roles;
    /// Where it is not so, what people wrote must not notify @everyone, @here and roles.
    bool requester_may_mention_everyone = true;
    /// Keeps how far it has come (`progress_report`); what it last kept is part of the result should the
    /// process die.
    progress_report report;
};

/// The members of `result` beside `ok`, or why not.
using action_result = std::expected<json::object, refusal>;

/// On what terms an action is carried out.
struct action_terms {
    std::string_view name;
    /// Actions of one guild and lane run one after another.
    std::string_view lane;
    /// Too old to be carried out when it has waited for longer.
    std::chrono::seconds time_to_live{300};
    /// How long after it was asked for it may be run again when a process died over it: for ever where it
    /// only reads or sets, zero where it must not happen twice.
    std::chrono::seconds repeatable_for = std::chrono::hours(24);
    /// How long it may take.
    std::chrono::seconds time_limit{60};
    /// What a requester must be allowed, in the channel of the request where it has one; holders of a
    /// moderator role need not be.
    discord::permissions needs;
    /// Words for people what the last report (`action_call::report`) of an interrupted command says: "300
    /// messages supprimés".
    phrase (*so_far)(const json::object& progress) = nullptr;
};

/// What a dashboard can have done.
struct dashboard_action : action_terms {
    /// Reads the payload before it first waits; throws `refused`, or what Discord and the database throw.
    std::function<awaitable<action_result>(services&, action_call, std::string_view payload)> run;
    /// Reads the payload as `run` does, and leaves it at that.
    std::function<void(std::string_view payload)> check;
};

namespace detail {

/// The channel that a request is about: its member `channel`.
template <class Request>
std::optional<discord::channel_id> channel_of(const Request& request) {
    if constexpr (requires { std::optional<discord::channel_id>(request.channel); })
        return request.channel;
    else
        return std::nullopt;
}

template <class Request>
awaitable<action_result> run_action(discord::permissions needs, Request (*read)(payload&),
                                    awaitable<action_result> (*work)(services&, action_call, Request),
                                    services& with, action_call call, std::string_view text) {
    json::reader reader;
    auto data = payload::parse(reader, text);
    Request request = read(data);
    if (call.requester) {
        auto standing = co_await require_standing(with, call.guild, *call.requester, channel_of(request),
                                                  needs, call.settings.moderator_roles);
        call.requester_may_mention_everyone = standing.may_mention_everyone();
        call.requester_roles = std::move(standing.roles);
    }
    co_return co_await work(with, std::move(call), std::move(request));
}

} // namespace detail

/// An action whose payload `read` turns into a `Request` (throwing `refused`), which `work` carries out. A
/// requester must hold `about.needs` in `Request::channel`, where it has such a member, else in the guild.
template <class Request>
dashboard_action make_action(action_terms about, Request (*read)(payload&),
                             awaitable<action_result> (*work)(services&, action_call, Request)) {
    dashboard_action action{about, nullptr, nullptr};
    action.check = [read](std::string_view text) {
        json::reader reader;
        auto data = payload::parse(reader, text);
        static_cast<void>(read(data));
    };
    action.run = [needs = about.needs, read, work](services& with, action_call call, std::string_view text) {
        return detail::run_action(needs, read, work, with, std::move(call), text);
    };
    return action;
}

/// What the features bring along. Filled at start, read-only afterwards; duplicates and malformed names are
/// found by `install` and `check`, before the bot goes online.
class registry {
public:
    using deferral = discord::interactions::deferral;
    using context = discord::interactions::context;
    using handler = awaitable<void> (*)(services&, context&);
    using completer = awaitable<std::vector<discord::interactions::choice>> (*)(services&, context&);

    /// A slash command without subcommands.
    void command(const discord::application_command& declaration, deferral automatic, handler work);
    /// A slash command with subcommands, each of which has its handler by path ("hub/create").
    void command(const discord::application_command& declaration, deferral automatic,
                 std::initializer_list<std::pair<std::string, handler>> subcommands);
    void autocomplete(std::string command_path, std::string option, completer work);
    /// By the shape of the custom id: "voice/lock/{room:id}".
    void component(std::string pattern, deferral automatic, handler work);
    void modal(std::string pattern, deferral automatic, handler work);
    /// Throws `std::logic_error` when the name is taken.
    void action(dashboard_action what);
    /// `State(services&)` is made by `install`, before any event; handlers find it by
    /// `services::states.get<State>()`.
    template <class State>
    void state() {
        states_.push_back(
            [](services& with) { with.states.put(typeid(State), std::make_shared<State>(with)); });
    }
    /// Called in the order of registration, after the cache.
    template <class Event>
    void on(void (*work)(services&, const Event&)) {
        subscriptions_.push_back([work](services& with, discord::dispatcher& events) {
            events.on<Event>([work, &with](const Event& event) { work(with, event); });
        });
    }
    /// Runs from the time that the bot is online until it stops.
    void job(std::string name, awaitable<void> (*work)(services&));

    const std::vector<discord::application_command>& commands() const { return commands_; }
    const dashboard_action* find_action(std::string_view name) const;
    const std::map<std::string, dashboard_action, std::less<>>& actions() const { return actions_; }

    /// Connects everything but jobs. Throws `std::logic_error` for duplicates and for commands without
    /// handlers.
    void install(services& with, discord::interactions::router& router, discord::dispatcher& events) const;
    void start_jobs(services& with) const;

private:
    struct route {
        std::string path;
        deferral automatic;
        handler work;
    };
    struct completion {
        std::string path;
        std::string option;
        completer work;
    };
    struct named_job {
        std::string name;
        awaitable<void> (*work)(services&);
    };

    std::vector<discord::application_command> commands_;
    std::vector<route> command_routes_;
    std::vector<route> components_;
    std::vector<route> modals_;
    std::vector<completion> completions_;
    std::vector<std::function<void(services&)>> states_;
    std::vector<std::function<void(services&, discord::dispatcher&)>> subscriptions_;
    std::vector<named_job> jobs_;
    std::map<std::string, dashboard_action, std::less<>> actions_;
};

} // namespace vagrolant::bot
