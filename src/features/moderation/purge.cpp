#include "features/moderation/purge.hpp"

#include "async/deadline.hpp"
#include "base/log.hpp"
#include "bot/failure.hpp"
#include "bot/permissions.hpp"
#include "db/error.hpp"
#include "discord/net/stream.hpp"
#include "discord/rest/error_codes.hpp"
#include "discord/rest/messages.hpp"
#include "features/moderation/place.hpp"
#include "features/moderation/state.hpp"
#include "features/moderation/texts.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace vagrolant::moderation {

namespace {

using namespace std::chrono_literals;
using discord::permission;
using discord::json_error::unknown_message;
constexpr int too_old_for_bulk = discord::json_error::message_too_old_to_bulk_delete;

// Discord's error code for what cannot be deleted, "Cannot execute action on a system message".
constexpr int system_message = 50021;

// Nobody waits for a single call of a purge, and whoever waits for the same limits goes first.
discord::rest_pace pace() {
    return {.priority = discord::rest_priority::background, .limit = 60s};
}
constexpr int max_failures_in_a_row = 4;
constexpr int max_pages_to_settle = 10;

std::optional<bot::refusal> objection(const place& where) {
    if (!discord::is_text_like(where.channel.type)) {
        return bot::refusal{.code = "wrong_channel_type",
                            .reason = bot::say({.fr = "Il n'y a pas de messages à supprimer dans {} : {}.",
                                                .en = "There are no messages to delete in {}: {}."},
                                               bot::channel_label(where.channel.name),
                                               type_label(where.channel.type))};
    }
    return bot::missing_permissions(
        where.own, {permission::view_channel, permission::read_message_history, permission::manage_messages},
        where.channel.name);
}

std::chrono::sys_time<std::chrono::milliseconds> now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

// Discord's error code; 0 for what has none.
int code_of(const std::exception& failure) {
    const auto* refused = dynamic_cast<const discord::rest_error*>(&failure);
    return refused == nullptr ? 0 : refused->code();
}

// Whether the call may have been carried out all the same.
bool is_uncertain(const std::exception& failure) {
    const auto* refused = dynamic_cast<const discord::rest_error*>(&failure);
    return (refused != nullptr && refused->status() >= 500) ||
           dynamic_cast<const discord::net::network_error*>(&failure) != nullptr ||
           dynamic_cast<const deadline_exceeded*>(&failure) != nullptr ||
           dynamic_cast<const discord::malformed_answer*>(&failure) != nullptr;
}

// Carries out what `purge_run` decides.
class purger {
public:
    purger(bot::services& with, discord::channel_id channel, purge_filter what, std::string reason)
        : with_(with)
        , channel_(channel)
        , reason_(std::move(reason))
        , run_(what, now()) {}

    const purge_run& run() const { return run_; }

    /// False when there is nothing left to do. Throws what ends the purge.
    awaitable<bool> step() {
        const auto next = run_.next(now());
        if (!in_doubt_.empty() && next.what != purge_step::kind::done && next.messages != in_doubt_) {
            // Some have become too old for bulk deletion since: what became of them is to be asked first.
            co_await settle();
            co_return true;
        }
        switch (next.what) {
        case purge_step::kind::done:
            co_return false;
        case purge_step::kind::fetch:
            co_await fetch(next.before);
            break;
        case purge_step::kind::bulk:
            co_await bulk(next.messages);
            break;
        case purge_step::kind::single:
            co_await single(next.messages.front());
            break;
        }
        failures_ = 0;
        co_return true;
    }

    /// After a failure that may pass: waits, and says whether `step` is worth another attempt.
    awaitable<bool> bear(std::chrono::steady_clock::duration wait) {
        if (++failures_ > max_failures_in_a_row)
            co_return false;
        co_await sleep_for(std::max<std::chrono::steady_clock::duration>(wait, 250ms * (1 << failures_)));
        co_return true;
    }

    /// Counts what a step deleted although it failed.
    awaitable<void> settle() {
        const auto doubtful = std::exchange(in_doubt_, {});
        if (doubtful.empty())
            co_return;
        try {
            const auto left = co_await still_there(doubtful);
            run_.deleted_except(doubtful, left);
        } catch (const std::exception& error) {
            log::warning("purge not settled", {{"channel", channel_}, {"error", error.what()}});
        }
    }

private:
    // Those of the messages (newest first) that the channel still has.
    awaitable<std::vector<discord::message_id>> still_there(std::vector<discord::message_id> messages) {
        std::vector<discord::message_id> found;
        auto before = discord::message_id(messages.front().value() + 1);
        for (int pages = 0; pages < max_pages_to_settle; ++pages) {
            const auto page =
                co_await discord::get_messages(with_.rest, channel_, purge_run::page_size, before, pace());
            for (const auto& one : page) {
                if (std::ranges::find(messages, one.id) != messages.end())
                    found.push_back(one.id);
            }
            if (page.size() < purge_run::page_size || page.back().id <= messages.back())
                break;
            before = page.back().id;
        }
        co_return found;
    }

    awaitable<void> fetch(discord::message_id before) {
        const auto page =
            co_await discord::get_messages(with_.rest, channel_, purge_run::page_size, before, pace());
        std::vector<seen_message> seen;
        seen.reserve(page.size());
        for (const auto& one : page)
            seen.push_back(seen_message::of(one));
        run_.fetched(seen);
    }

    awaitable<void> bulk(std::vector<discord::message_id> messages) {
        int code = 0;
        try {
            co_await discord::bulk_delete_messages(with_.rest, channel_, messages, reason_, pace());
        } catch (const std::exception& error) {
            code = code_of(error);
            if (code != too_old_for_bulk && code != system_message && code != unknown_message) {
                if (is_uncertain(error))
                    in_doubt_ = messages;
                throw;
            }
        }
        in_doubt_.clear();
        if (code != 0)
            refused_.insert(messages.begin(), messages.end());
        if (code == too_old_for_bulk)
            run_.refused_as_old();
        else if (code != 0)
            run_.refused_for_one();
        else
            run_.deleted();
    }

    awaitable<void> single(discord::message_id message) {
        // An answer that was lost may have been a success: then the message is gone by our own doing.
        const bool perhaps_done = in_doubt_ == std::vector{message} || refused_.contains(message);
        int code = 0;
        try {
            co_await discord::delete_message_once(with_.rest, channel_, message, reason_, pace());
        } catch (const std::exception& error) {
            code = code_of(error);
            if (code != unknown_message && code != system_message) {
                if (is_uncertain(error))
                    in_doubt_ = {message};
                throw;
            }
        }
        in_doubt_.clear();
        if (code == system_message)
            run_.undeletable();
        else if (code == unknown_message && !perhaps_done)
            run_.gone();
        else
            run_.deleted();
    }

    bot::services& with_;
    discord::channel_id channel_;
    std::string reason_;
    purge_run run_;
    int failures_ = 0;
    /// Sent to be deleted, and no answer said what became of them.
    std::vector<discord::message_id> in_doubt_;
    /// Of chunks that were refused, perhaps after an attempt that was carried out and whose answer was lost.
    std::unordered_set<discord::message_id> refused_;
};

// How long to wait before another attempt; nullopt for a failure that will not pass.
std::optional<std::chrono::steady_clock::duration> passing(const std::exception& failure) {
    if (is_uncertain(failure))
        return 0s;
    const auto* limited = dynamic_cast<const discord::rate_limited*>(&failure);
    if (limited != nullptr && limited->retry_after() <= 2min)
        return limited->retry_after();
    return std::nullopt;
}

// A database that is gone for a moment is no reason to stop deleting.
awaitable<void> report(const bot::action_call& call, int deleted) {
    try {
        co_await call.report(json::object{{"deleted", deleted}});
    } catch (const db::error& error) {
        log::warning("progress not kept", {{"command", call.id}, {"error", error.what()}});
    }
}

} // namespace

bot::phrase purged_so_far(const json::object& progress) {
    const auto* deleted = progress.if_contains("deleted");
    const auto count = deleted != nullptr && deleted->is_int64() ? deleted->get_int64() : 0;
    if (count <= 1)
        return bot::say({.fr = "{} message supprimé", .en = "{} message deleted"}, count);
    return bot::say({.fr = "{} messages supprimés", .en = "{} messages deleted"}, count);
}

purge_request read_purge(bot::payload& from) {
    purge_request request{.channel = from.id<discord::channel_id>("channelId"), .what = {}, .progress = {}};
    request.what.amount = from.integer("amount", 1, max_purged);
    const auto mode = enum_value<purge_mode>(from.text("mode").value_or(""));
    if (!mode)
        from.wrong("mode",
                   {.fr = "« count », « users » ou « bots »", .en = "\"count\", \"users\" or \"bots\""});
    request.what.mode = *mode;
    request.what.keep_pinned = from.boolean("keepPinned").value_or(false);
    return request;
}

awaitable<bot::action_result> purge(bot::services& with, bot::action_call call, purge_request request) {
    // Its time runs while it waits for another purge of the channel, too.
    purger work(with, request.channel, request.what, audit_reason("purge", call));
    const auto turn = co_await with.states.get<state>().purges.take(request.channel);
    const auto where = co_await find_place(with, call.guild, request.channel);
    if (!where)
        co_return std::unexpected(where.error());
    if (auto refused = objection(*where))
        co_return std::unexpected(*std::move(refused));

    const auto cancellation = co_await asio::this_coro::cancellation_state;
    std::optional<bot::refusal> stopped;
    for (bool more = true; more;) {
        const auto before = work.run().deleted_so_far();
        std::exception_ptr failure;
        std::optional<std::chrono::steady_clock::duration> wait;
        try {
            more = co_await work.step();
        } catch (const std::exception& error) {
            if (cancellation.cancelled() != asio::cancellation_type::none)
                throw;
            failure = std::current_exception();
            stopped = bot::explain(error);
            wait = passing(error);
        }
        if (failure) {
            const bool again = wait && co_await work.bear(*wait);
            if (!again) {
                co_await work.settle();
                if (!stopped || work.run().deleted_so_far() == 0)
                    std::rethrow_exception(failure);
                break;
            }
            stopped.reset();
        }
        const auto deleted = work.run().deleted_so_far();
        if (deleted != before) {
            co_await report(call, deleted);
            if (request.progress)
                co_await request.progress(deleted);
        }
    }
    co_await work.settle();
    const auto deleted = work.run().deleted_so_far();
    const auto warnings = work.run().warnings(stopped);
    log::info("purged", {{"guild", call.guild},
                         {"channel", request.channel},
                         {"deleted", deleted},
                         {"warnings", warnings.size()},
                         {"command", call.id}});
    json::object result{{"deleted", deleted}};
    bot::put_warnings(result, warnings, call.settings.language);
    co_return result;
}

} // namespace vagrolant::moderation
