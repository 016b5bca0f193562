#include "discord/interactions/router.hpp"

#include "async/deadline.hpp"
#include "base/log.hpp"
#include "base/scope_exit.hpp"
#include "discord/net/stream.hpp"
#include "discord/rest/error.hpp"
#include "discord/rest/error_codes.hpp"

#include <boost/asio/cancellation_state.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace vagrolant::discord::interactions {

namespace {

// What a person did, for the log: the command's path, or a custom id's first segment (the rest is data).
std::string path_of(const interaction& what) {
    if (what.custom_id.empty())
        return what.command_path;
    return what.custom_id.substr(0, what.custom_id.find('/'));
}

void log_failure(std::string_view event, const interaction& what, std::string_view error,
                 log::level level = log::level::error) {
    log::write(level, event,
               {{"interaction", what.id},
                {"guild", what.guild},
                {"user", what.user.id},
                {"path", path_of(what)},
                {"error", error}});
}

// What was pressed, or the channel it stood in, is gone by now, or Discord waits for the answer no longer:
// nothing of which is a fault of the handler's.
bool came_too_late(const std::exception& failure) {
    constexpr std::array gone{json_error::unknown_channel, json_error::unknown_message,
                              json_error::unknown_interaction};
    const auto* error = dynamic_cast<const rest_error*>(&failure);
    return error != nullptr && std::ranges::find(gone, error->code()) != gone.end();
}

// Discord fails, or the way to it, or the interaction came so late that Discord waits no longer: the person
// is told where that is possible, but there is nothing to be mended here.
bool is_passing(const std::exception& failure) {
    const auto* error = dynamic_cast<const rest_error*>(&failure);
    return (error != nullptr && error->status() >= 500) ||
           dynamic_cast<const net::network_error*>(&failure) != nullptr ||
           dynamic_cast<const rate_limited*>(&failure) != nullptr ||
           dynamic_cast<const deadline_exceeded*>(&failure) != nullptr ||
           dynamic_cast<const unknown_interaction*>(&failure) != nullptr ||
           dynamic_cast<const token_expired*>(&failure) != nullptr;
}

// An error is what is to be mended here.
void log_exception(std::string_view event, const interaction& what, const std::exception& failure) {
    const auto level = came_too_late(failure) ? log::level::info
                       : is_passing(failure)  ? log::level::warning
                                              : log::level::error;
    log_failure(event, what, failure.what(), level);
}

bool is_terminal(const asio::cancellation_state& state) {
    return (state.cancelled() & asio::cancellation_type::terminal) != asio::cancellation_type::none;
}

// Calls `leaf(path, options)` for the command, or for each of its subcommands.
template <class Leaf>
void each_leaf(const std::string& path, const std::vector<command_option>& options, const Leaf& leaf) {
    const bool nested = !options.empty() && (options.front().type == option_type::sub_command ||
                                             options.front().type == option_type::sub_command_group);
    if (!nested) {
        leaf(path, options);
        return;
    }
    for (const auto& one : options)
        each_leaf(path + '/' + std::string(one.name.en), one.options, leaf);
}

} // namespace

router::router(task_group& tasks, responder& out, const phrases& words, timing time, std::size_t bound)
    : tasks_(tasks)
    , out_(out)
    , words_(words)
    , time_(std::move(time))
    , bound_(bound) {}

void router::command(std::string path, deferral automatic, handler work) {
    if (path.empty())
        throw bad_route("a command needs a path");
    if (automatic == deferral::update)
        throw bad_route("command \"" + path + "\": there is no message to update");
    const auto [at, fresh] =
        commands_.try_emplace(std::move(path), route{.automatic = automatic, .work = std::move(work)});
    if (!fresh)
        throw bad_route("command \"" + at->first + "\" is declared twice");
}

void router::autocomplete(std::string command_path, std::string option, completer work) {
    const auto name = command_path + ' ' + option;
    auto key = std::pair(std::move(command_path), std::move(option));
    const bool fresh = completers_.emplace(std::move(key), std::move(work)).second;
    if (!fresh)
        throw bad_route("autocompletion \"" + name + "\" is declared twice");
}

void router::add(std::vector<pattern_route>& to, std::string_view kind, std::string_view pattern,
                 deferral automatic, handler work) {
    path_pattern parsed(pattern);
    for (const auto& one : to) {
        if (one.pattern.overlaps(parsed))
            throw bad_route(std::string(kind) + " \"" + parsed.text() + "\" could also be \"" +
                            one.pattern.text() + '"');
    }
    to.push_back({.pattern = std::move(parsed), .to = {.automatic = automatic, .work = std::move(work)}});
}

void router::component(std::string_view pattern, deferral automatic, handler work) {
    add(components_, "component", pattern, automatic, std::move(work));
}

void router::modal(std::string_view pattern, deferral automatic, handler work) {
    add(modals_, "modal", pattern, automatic, std::move(work));
}

void router::check(std::span<const application_command> declared) const {
    std::set<std::string, std::less<>> paths;
    std::set<std::pair<std::string, std::string>> completed;
    for (const auto& one : declared) {
        each_leaf(std::string(one.name.en), one.options,
                  [&](const std::string& path, const std::vector<command_option>& options) {
                      paths.insert(path);
                      for (const auto& option : options) {
                          if (option.autocomplete)
                              completed.emplace(path, option.name.en);
                      }
                  });
    }
    for (const auto& path : paths) {
        if (!commands_.contains(path))
            throw bad_route("command \"" + path + "\" has no handler");
    }
    for (const auto& [path, to] : commands_) {
        if (!paths.contains(path))
            throw bad_route("command \"" + path + "\" is handled but not declared");
    }
    for (const auto& key : completed) {
        if (!completers_.contains(key))
            throw bad_route("autocompletion \"" + key.first + ' ' + key.second + "\" has no handler");
    }
    for (const auto& [key, work] : completers_) {
        if (!completed.contains(key))
            throw bad_route("autocompletion \"" + key.first + ' ' + key.second +
                            "\" is handled but not declared");
    }
}

void router::accept(interaction what) {
    switch (what.type) {
    case interaction_type::command:
    case interaction_type::component:
    case interaction_type::modal_submit:
        tasks_.spawn("interaction", serve(std::move(what)));
        break;
    case interaction_type::autocomplete:
        tasks_.spawn("autocompletion", serve_autocomplete(std::move(what)));
        break;
    default:
        log::warning("interaction of an unknown type", {{"interaction", what.id}});
    }
}

awaitable<void> router::serve(interaction what) {
    captures path;
    const route* to = nullptr;
    auto missing = failure::unknown_command;
    if (what.type == interaction_type::command) {
        if (const auto found = commands_.find(what.command_path); found != commands_.end())
            to = &found->second;
    } else {
        missing = failure::stale_component;
        const auto& routes = what.type == interaction_type::component ? components_ : modals_;
        for (const auto& one : routes) {
            if (auto matched = one.pattern.match(what.custom_id)) {
                path = std::move(*matched);
                to = &one.to;
                break;
            }
        }
    }

    // Twice the bound is refused with a sentence; what comes beyond that is a flood and is dropped.
    if (active_ >= 2 * bound_) {
        log_failure("interaction dropped", what, "too many under way");
        co_return;
    }
    const bool busy = active_ >= bound_;
    ++active_;
    const scope_exit leave([this] { --active_; });

    const auto executor = co_await asio::this_coro::executor;
    auto automatic = to ? to->automatic : deferral::none;
    // A modal that no component opened has no message to update.
    if (automatic == deferral::update && !what.message)
        automatic = deferral::ephemeral;
    context ctx(std::move(what), std::move(path), automatic, out_, time_, executor);
    if (busy) {
        log_failure("interaction refused", ctx.interaction(), "too many under way");
        handler refuse = [this](context& one) {
            return one.apologise(words_.sentence(failure::busy, nullptr, one.interaction().locale));
        };
        co_await run_handler(ctx, refuse);
    } else if (!to) {
        log::info("interaction without a handler", {{"interaction", ctx.interaction().id},
                                                    {"guild", ctx.guild()},
                                                    {"user", ctx.user().id},
                                                    {"path", path_of(ctx.interaction())}});
        handler explain = [this, missing](context& one) {
            return one.apologise(words_.sentence(missing, nullptr, one.interaction().locale));
        };
        co_await run_handler(ctx, explain);
    } else {
        co_await run_handler(ctx, to->work);
    }
}

awaitable<void> router::run_handler(context& ctx, const handler& work) {
    const auto executor = co_await asio::this_coro::executor;
    const auto handle = [](router& self, context& one, const handler& with) -> awaitable<void> {
        const scope_exit ending([&one] { one.handler_ended(); });
        co_await self.serve_handler(one, with);
    };
    const auto watch = [](context& one) -> awaitable<void> {
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        try {
            co_await one.defer_when_late();
        } catch (const std::exception& error) {
            if (is_terminal(cancellation))
                throw;
            // The handler's own answer is tried all the same.
            log_exception("deferral failed", one.interaction(), error);
        }
    };
    const auto [order, handler_failure, watch_failure] =
        co_await asio::experimental::make_parallel_group(
            asio::co_spawn(executor, handle(*this, ctx, work), asio::deferred),
            asio::co_spawn(executor, watch(ctx), asio::deferred))
            .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    if (handler_failure)
        std::rethrow_exception(handler_failure);
    if (watch_failure)
        std::rethrow_exception(watch_failure);
}

// The boundary: whatever the handler does, the person gets an answer and the log one line.
awaitable<void> router::serve_handler(context& ctx, const handler& work) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    std::string sentence;
    const auto& what = ctx.interaction();
    try {
        co_await work(ctx);
        co_await ctx.settle();
        if (ctx.state_ == context::state::open && what.type == interaction_type::component) {
            // Nothing to show is a fine outcome for a button; Discord only wants to hear of it.
            co_await ctx.defer(deferral::update);
            co_return;
        }
        const bool unanswered = ctx.state_ == context::state::open ||
                                (ctx.state_ == context::state::deferred_message && !ctx.replied_);
        if (!unanswered)
            co_return;
        log_failure("interaction left unanswered", what, "the handler ended without an answer");
        sentence = words_.sentence(failure::internal, nullptr, what.locale);
    } catch (const refusal& refused) {
        sentence = refused.what();
    } catch (const std::exception& error) {
        if (is_terminal(cancellation)) {
            log::info("interaction cancelled",
                      {{"interaction", what.id}, {"guild", what.guild}, {"path", path_of(what)}});
            throw;
        }
        log_exception("interaction failed", what, error);
        sentence = words_.sentence(failure::internal, &error, what.locale);
    }
    try {
        co_await ctx.apologise(std::move(sentence));
    } catch (const std::exception& error) {
        if (is_terminal(cancellation))
            throw;
        // The line above says what went wrong; the person cannot be reached any more.
        log::debug("apology not delivered", {{"interaction", what.id}, {"error", error.what()}});
    }
}

awaitable<void> router::serve_autocomplete(interaction what) {
    if (active_ >= bound_)
        co_return;
    ++active_;
    const scope_exit leave([this] { --active_; });

    const auto executor = co_await asio::this_coro::executor;
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    std::string option;
    for (const auto& one : what.options) {
        if (one.focused)
            option = one.name;
    }
    context ctx(std::move(what), {}, deferral::none, out_, time_, executor);
    const auto found = completers_.find(std::pair(ctx.interaction().command_path, option));
    std::vector<choice> choices;
    try {
        if (found != completers_.end()) {
            // Discord waits 3 s, and there is no deferral here.
            choices = co_await with_deadline("autocompletion", time_.defer_after, found->second(ctx));
        }
    } catch (const std::exception& error) {
        if (is_terminal(cancellation))
            throw;
        log_failure("autocompletion failed", ctx.interaction(), error.what());
    }
    try {
        co_await ctx.complete(std::move(choices));
    } catch (const std::exception& error) {
        if (is_terminal(cancellation))
            throw;
        log_failure("autocompletion not delivered", ctx.interaction(), error.what());
    }
}

} // namespace vagrolant::discord::interactions
