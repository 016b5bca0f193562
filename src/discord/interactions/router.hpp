#pragma once

#include "async/task_group.hpp"
#include "discord/interactions/context.hpp"
#include "discord/model/application_command.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vagrolant::discord::interactions {

using handler = std::function<awaitable<void>(context&)>;
using completer = std::function<awaitable<std::vector<choice>>(context&)>;

/// Why a person did not get what he asked for.
enum class failure {
    /// Anything unexpected.
    internal,
    /// A button, select or modal of an earlier version, which nothing handles any more.
    stale_component,
    /// A command that Discord still shows and nothing handles any more.
    unknown_command,
    /// Too many interactions are under way.
    busy,
};

/// The sentences that the application says for the router.
class phrases {
public:
    virtual ~phrases() = default;

    /// `cause` is nullptr unless an exception was the reason. `locale` is the person's, in Discord's terms.
    virtual std::string sentence(failure what, const std::exception* cause,
                                 std::string_view locale) const = 0;
};

/// Brings interactions to their handlers and answers for those that fail. Loop thread only.
///
/// Handlers are registered before the first interaction. A handler that throws gets one log line with
/// ids, and the person a sentence; a handler that is slow is deferred as its route says.
class router {
public:
    router(task_group& tasks, responder& out, const phrases& words, timing time = timing::real(),
           std::size_t bound = 1000);

    /// "ping", "hub/create". All of these throw `bad_route`.
    void command(std::string path, deferral automatic, handler work);
    void autocomplete(std::string command_path, std::string option, completer work);
    void component(std::string_view pattern, deferral automatic, handler work);
    void modal(std::string_view pattern, deferral automatic, handler work);

    /// Throws `bad_route` unless every declared command, and every option to complete, has its handler, and
    /// the other way round.
    void check(std::span<const application_command> declared) const;

    /// Takes charge of an interaction: starts its handler and returns.
    void accept(interaction what);

    /// Interactions under way.
    std::size_t active() const { return active_; }

private:
    struct route {
        deferral automatic = deferral::message;
        handler work;
    };
    struct pattern_route {
        path_pattern pattern;
        route to;
    };

    void add(std::vector<pattern_route>& to, std::string_view kind, std::string_view pattern,
             deferral automatic, handler work);
    awaitable<void> serve(interaction what);
    awaitable<void> serve_autocomplete(interaction what);
    awaitable<void> run_handler(context& ctx, const handler& work);
    awaitable<void> serve_handler(context& ctx, const handler& work);

    task_group& tasks_;
    responder& out_;
    const phrases& words_;
    timing time_;
    std::size_t bound_;
    std::size_t active_ = 0;
    std::map<std::string, route, std::less<>> commands_;
    std::map<std::pair<std::string, std::string>, completer> completers_;
    std::vector<pattern_route> components_;
    std::vector<pattern_route> modals_;
};

} // namespace vagrolant::discord::interactions
