#include "features/moderation/lock.hpp"

#include "async/backoff.hpp"
#include "base/log.hpp"
#include "bot/guild_check.hpp"
#include "bot/permissions.hpp"
#include "db/error.hpp"
#include "discord/rest/channels.hpp"
#include "discord/rest/error_codes.hpp"
#include "features/moderation/lock_rules.hpp"
#include "features/moderation/place.hpp"
#include "features/moderation/state.hpp"
#include "features/moderation/texts.hpp"

namespace vagrolant::moderation {

namespace {

using bot::refusal;
using discord::permission;

bool can_be_locked(discord::channel_type type) {
    return discord::is_thread(type) || !lockable(type).empty();
}

refusal wrong_type(const discord::channel& channel) {
    return {.code = "wrong_channel_type",
            .reason = bot::say(
                {.fr = "{} est {} : cela ne se verrouille pas.", .en = "{} is {}, which cannot be locked."},
                bot::channel_label(channel.name), type_label(channel.type))};
}

lock_scene scene_of(const discord::cache& cache, const discord::channel& channel) {
    const auto* guild = cache.find_guild(channel.guild);
    const auto base = cache.own_permissions(channel.guild);
    const bool inside = cache.find_channel(channel.parent) != nullptr;
    return {.guild = channel.guild,
            .type = channel.type,
            .name = channel.name,
            .overwrites = channel.overwrites,
            .self = {.user = cache.self().id,
                     .roles = guild->own_roles,
                     .owner = guild->owner == cache.self().id,
                     .timed_out = false},
            .base = base,
            .around = inside ? cache.own_permissions_in(channel.parent) : base};
}

awaitable<void> apply(bot::services& with, discord::channel_id channel, std::vector<overwrite_change> changes,
                      std::string reason) {
    for (const auto& one : changes) {
        if (one.to) {
            co_await discord::put_overwrite(with.rest, channel, *one.to, reason);
            continue;
        }
        try {
            co_await discord::delete_overwrite(with.rest, channel, one.id, reason);
        } catch (const discord::rest_error& error) {
            if (error.code() != discord::json_error::unknown_permission_overwrite)
                throw;
        }
    }
}

json::object to_result(bool changed, const std::vector<bot::warning>& warnings, locale language) {
    json::object result{{"changed", changed}};
    bot::put_warnings(result, warnings, language);
    return result;
}

// A thread has a lock of its own: with it, only those who manage threads write in it and open it again.
// (Discord Docs/Threads "Active & Archived Threads")
awaitable<bot::action_result> set_thread_lock(bot::services& with, bot::action_call call, place where,
                                              bool locked) {
    if (auto refused = bot::missing_permissions(where.own, permission::manage_threads, where.channel.name))
        co_return std::unexpected(*std::move(refused));
    const bool changed = where.channel.locked != locked;
    if (changed) {
        // An archived thread takes no other change, so that is said again.
        discord::channel_edit edit{.archived = where.channel.archived, .locked = locked};
        co_await discord::modify_channel(with.rest, where.channel.id, std::move(edit),
                                         audit_reason(locked ? "lock" : "unlock", call));
    }
    co_return to_result(changed, {}, call.settings.language);
}

void note(std::string_view what, const bot::action_call& call, discord::channel_id channel, bool changed) {
    log::info(what,
              {{"guild", call.guild}, {"channel", channel}, {"changed", changed}, {"command", call.id}});
}

awaitable<bot::action_result> close_channel(bot::services& with, bot::action_call call,
                                            discord::channel channel, std::optional<lock_memory> memory) {
    const auto plan = plan_lock(scene_of(with.cache, channel), memory);
    if (!plan)
        co_return std::unexpected(plan.error());
    // First what was there, then the change: whatever stops us in between, the way back is known.
    if (memory != plan->memory)
        co_await with.states.get<state>().memories.save(call.guild, channel.id, plan->memory);
    co_await apply(with, channel.id, plan->changes, audit_reason("lock", call));
    note("channel locked", call, channel.id, !plan->changes.empty());
    co_return to_result(!plan->changes.empty(), plan->warnings, call.settings.language);
}

awaitable<bot::action_result> open_channel(bot::services& with, bot::action_call call,
                                           discord::channel channel, std::optional<lock_memory> memory) {
    const auto plan = plan_unlock(scene_of(with.cache, channel), memory);
    if (!plan)
        co_return std::unexpected(plan.error());
    co_await apply(with, channel.id, plan->changes, audit_reason("unlock", call));
    // Last, for the same reason.
    if (memory)
        co_await with.states.get<state>().memories.forget(channel.id);
    note("channel unlocked", call, channel.id, !plan->changes.empty());
    co_return to_result(!plan->changes.empty(), plan->warnings, call.settings.language);
}

awaitable<bot::action_result> set_lock(bot::services& with, bot::action_call call, discord::channel_id id,
                                       bool locked) {
    auto& own = with.states.get<state>();
    const auto turn = co_await own.locks.take(id);
    auto where = co_await fetch_place(with, call.guild, id);
    if (!where)
        co_return std::unexpected(where.error());
    if (!can_be_locked(where->channel.type))
        co_return std::unexpected(wrong_type(where->channel));
    if (discord::is_thread(where->channel.type)) {
        auto result = co_await set_thread_lock(with, std::move(call), *std::move(where), locked);
        co_return result;
    }
    const auto memory = co_await own.memories.find(id);
    if (auto refused = bot::objection_to_guild(with.cache, call.guild))
        co_return std::unexpected(*std::move(refused));
    auto changing =
        (locked ? close_channel : open_channel)(with, std::move(call), std::move(where->channel), memory);
    auto result = co_await std::move(changing);
    co_return result;
}

// A change that is under way ends first: what it saves must not come after.
awaitable<void> forget_deleted(state& own, discord::channel_id id) {
    const auto turn = co_await own.locks.take(id);
    co_await own.memories.forget(id);
}

} // namespace

lock_request read_lock(bot::payload& from) {
    return {.channel = from.id<discord::channel_id>("channelId")};
}

awaitable<bot::action_result> lock(bot::services& with, bot::action_call call, lock_request request) {
    return set_lock(with, std::move(call), request.channel, true);
}

awaitable<bot::action_result> unlock(bot::services& with, bot::action_call call, lock_request request) {
    return set_lock(with, std::move(call), request.channel, false);
}

awaitable<void> load_locks(bot::services& with) {
    // Nothing is lost by stopping at once.
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    backoff pause(std::chrono::seconds(1), std::chrono::minutes(1));
    for (;;) {
        try {
            co_await with.states.get<state>().memories.load();
            co_return;
        } catch (const db::error& error) {
            log::debug("locks not loaded", {{"error", error.what()}});
        }
        co_await sleep_for(pause.next());
    }
}

void on_channel_delete(bot::services& with, const discord::events::channel_delete& event) {
    auto& own = with.states.get<state>();
    if (own.memories.may_have(event.channel.id))
        with.tasks.spawn("forget lock", forget_deleted(own, event.channel.id));
}

} // namespace vagrolant::moderation
