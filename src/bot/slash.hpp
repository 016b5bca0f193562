#pragma once

#include "bot/feature.hpp"

#include <chrono>
#include <functional>

namespace vagrolant::bot {

namespace detail {

/// What is left of an action once its request has been read.
using slash_work = std::function<awaitable<action_result>(action_call)>;

awaitable<json::object> perform(services& with, const discord::interactions::context& context,
                                action_terms about, std::optional<discord::channel_id> where,
                                slash_work work);

} // namespace detail

/// Has a slash command do what a dashboard action does, over the same code: `about` and `work` are those that
/// the action was made of (`make_action`), `request` is what the options say.
///
///     const auto result = co_await bot::perform(with, context, unlock_terms, request, unlock);
///     co_await context.reply(unlocked(result, channel, language));
///
/// The person must hold `about.needs` in the request's channel (in the guild, where the request has none) or
/// one of the guild's moderator roles, and the guild must be available. In the `action_call` the requester is
/// the person, `settings.language` is the person's, `id` is the interaction's, and reports go nowhere.
/// Leaves a row in `command_audit`, whatever happens.
///
/// Returns the members of the result; the caller words them. Throws `discord::interactions::refusal` with a
/// sentence in the person's language for everything that has one (refusals of `work`, permissions, Discord's
/// and the database's failures, the time limit), which a handler simply lets pass.
template <class Request>
awaitable<json::object> perform(services& with, const discord::interactions::context& context,
                                action_terms about, Request request,
                                awaitable<action_result> (*work)(services&, action_call, Request)) {
    const auto where = detail::channel_of(request);
    detail::slash_work begin = [&with, work, request = std::move(request)](action_call call) {
        return work(with, std::move(call), request);
    };
    return detail::perform(with, context, about, where, std::move(begin));
}

} // namespace vagrolant::bot
