#include "features/voice_hubs/panels.hpp"

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "base/log.hpp"
#include "base/scope_exit.hpp"
#include "db/error.hpp"
#include "discord/rest/error.hpp"
#include "discord/rest/error_codes.hpp"
#include "discord/rest/guilds.hpp"
#include "discord/rest/messages.hpp"
#include "discord/rest/users.hpp"
#include "features/voice_hubs/hub_panel.hpp"
#include "features/voice_hubs/rules.hpp"

#include <boost/asio/cancellation_state.hpp>

#include <algorithm>
#include <functional>
#include <memory>

namespace vagrolant::voice_hubs {

namespace {

using namespace std::chrono_literals;

// A panel is not waited for as a room is: many new rooms at once shall not have theirs in the way.
constexpr int side_by_side = 8;
// Beyond it, panels of rooms that are gone are forgotten.
constexpr std::size_t many_panels = 1000;
// Discord waits three seconds for a modal, of which reading the regions may take its part.
constexpr auto regions_patience = 1500ms;
constexpr auto regions_life = 1h;
using discord::json_error::unknown_message;
constexpr std::chrono::milliseconds first_pause = 1s;
constexpr std::chrono::milliseconds last_pause = 5min;
/// What Discord gives a voice channel of which nothing else is known.
constexpr int default_bitrate = 64'000;

std::size_t look_of(const discord::message_create& panel) {
    return std::hash<std::string>()(json::serialize(json::any(discord::to_json(panel.components))));
}

bool forbidden(const discord::rest_error& error) {
    return error.status() == 403;
}

} // namespace

panels::panels(bot::services& with)
    : with_(with)
    , rooms_(with.states.get<rooms>()) {
    rooms_.show_panels_with(*this);
}

discord::message_create panels::panel_of(const room& which, bool in_direct_messages, locale language) const {
    panel_view view{.what = which, .in_direct_messages = in_direct_messages};
    const auto* of = rooms_.find_hub(which.hub);
    view.remembers = of != nullptr && of->settings.remember;
    view.claimable_from = claimable_from(which, rooms_.settings_of(which));
    view.bitrate = bitrate_of(which);
    return room_panel(view, language);
}

// As it was made, or is now: what a guild's level does not allow has been lowered.
int panels::bitrate_of(const room& which) const {
    if (which.settings.bitrate > 0)
        return std::min(which.settings.bitrate, rooms_.max_bitrate(which.guild));
    for (const auto id : {which.channel, which.hub}) {
        const auto* channel = with_.cache.find_channel(id);
        if (channel != nullptr && channel->bitrate > 0)
            return std::min(channel->bitrate, rooms_.max_bitrate(which.guild));
    }
    return default_bitrate;
}

void panels::shown(channel_id room, const discord::message_create& panel) {
    if (shown_.size() >= many_panels)
        std::erase_if(shown_, [this](const auto& one) { return rooms_.find_room(one.first) == nullptr; });
    shown_[room] = look_of(panel);
}

awaitable<locale> panels::language_of(guild_id guild) {
    try {
        const auto settings = co_await with_.settings.find(guild);
        co_return settings.language;
    } catch (const db::error& error) {
        log::warning("guild language not read", {{"guild", guild}, {"error", error.what()}});
    }
    co_return with_.config.language;
}

awaitable<void> panels::post(channel_id id) {
    if (!posting_.insert(id).second)
        co_return;
    to_post_.push_back(id);
    if (posters_ == side_by_side)
        co_return;
    ++posters_;
    const scope_exit leave([this] { --posters_; });
    while (!to_post_.empty()) {
        const auto next = to_post_.front();
        to_post_.pop_front();
        auto tried = co_await try_post(next, true);
        if (tried.done)
            posting_.erase(next);
        else
            with_.tasks.spawn("voice panel", keep_trying(next, std::move(tried)));
    }
}

awaitable<void> panels::keep_trying(channel_id id, attempt tried) {
    const scope_exit leave([this, id] { posting_.erase(id); });
    for (auto pause = first_pause;; pause = std::min(pause * 2, last_pause)) {
        const auto* room = rooms_.find_room(id);
        if (tried.done || room == nullptr)
            co_return;
        if (pause == first_pause) {
            log::warning("panel not posted",
                         {{"guild", room->guild}, {"room", id}, {"error", tried.problem}});
        }
        // Those who failed together shall not come back together.
        std::uniform_int_distribution<std::int64_t> jitter(pause.count() / 2, pause.count());
        co_await sleep_for(tried.retry_after + std::chrono::milliseconds(jitter(random_)));
        tried = co_await try_post(id, false);
    }
}

awaitable<panels::attempt> panels::try_post(channel_id id, bool first) {
    const auto* before = rooms_.find_room(id);
    if (before == nullptr || before->panel)
        co_return attempt{};
    const auto guild = before->guild;
    const auto owner = before->owner;
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    attempt failed{.done = false, .problem = "the bot may not write there"};
    try {
        const auto language = co_await language_of(guild);
        const auto held = with_.cache.own_permissions_in(id);
        // What the first attempt has shown is asked again only when there is reason to.
        if (first || held.has({discord::permission::view_channel, discord::permission::send_messages})) {
            const bool posted = co_await post_in_chat(id, language);
            if (posted)
                co_return attempt{};
        }
        // Whoever takes no direct messages is not asked again and again.
        if (first && owner) {
            const bool posted = co_await post_directly(id, owner, language);
            if (posted)
                co_return attempt{};
        }
    } catch (const discord::rate_limited& limit) {
        failed.retry_after = std::chrono::ceil<std::chrono::milliseconds>(limit.retry_after());
        failed.problem = limit.what();
    } catch (const discord::rest_error& error) {
        // The room is gone, whether that is known yet or not.
        failed.done = error.status() == 404;
        failed.problem = error.what();
    } catch (const std::exception& error) {
        if (cancellation.cancelled() != asio::cancellation_type::none)
            throw;
        failed.problem = error.what();
    }
    co_return failed;
}

awaitable<bool> panels::post_in_chat(channel_id id, locale language) {
    const auto* now = rooms_.find_room(id);
    if (now == nullptr)
        co_return true;
    co_return co_await send(id, id, panel_of(*now, false, language));
}

awaitable<bool> panels::post_directly(channel_id id, user_id owner, locale language) {
    const auto where = co_await discord::open_direct_messages(with_.rest, owner);
    const auto* now = rooms_.find_room(id);
    if (now == nullptr)
        co_return true;
    const bool sent = co_await send(id, where, panel_of(*now, true, language));
    if (sent)
        log::info("panel sent directly", {{"room", id}});
    co_return sent;
}

awaitable<bool> panels::send(channel_id room, channel_id where, discord::message_create panel) {
    // Sent again after a lost answer, it is the same message.
    panel.nonce = "panel" + room.to_string();
    shown(room, panel);
    std::optional<discord::message> sent;
    try {
        sent = co_await discord::create_message(with_.rest, where, std::move(panel));
    } catch (const discord::rest_error& error) {
        if (!forbidden(error))
            throw;
    }
    if (!sent)
        co_return false;
    rooms_.panel_posted(room, {.channel = where, .message = sent->id});
    // What changed while it was on its way was told when there was nothing to refresh.
    with_.tasks.spawn("voice panel", refresh(room));
    co_return true;
}

awaitable<void> panels::refresh(channel_id id) {
    const auto [entry, first] = refreshing_.try_emplace(id, false);
    if (!first) {
        entry->second = true;
        co_return;
    }
    const scope_exit leave([this, id] { refreshing_.erase(id); });
    bool again = true;
    while (again) {
        co_await sleep_for(settling);
        refreshing_.at(id) = false;
        co_await edit(id);
        again = refreshing_.at(id);
    }
}

awaitable<void> panels::edit(channel_id id) {
    const auto* before = rooms_.find_room(id);
    if (before == nullptr) {
        shown_.erase(id);
        co_return;
    }
    const auto guild = before->guild;
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    std::string failure;
    try {
        const auto language = co_await language_of(guild);
        const auto* now = rooms_.find_room(id);
        if (now == nullptr || !now->panel)
            co_return;
        const auto where = *now->panel;
        auto panel = panel_of(*now, where.channel != id, language);
        if (const auto last = shown_.find(id); last != shown_.end() && last->second == look_of(panel))
            co_return;
        shown(id, panel);
        auto edit = discord::message_edit::replace(std::move(panel));
        co_await discord::edit_message(with_.rest, where.channel, where.message, std::move(edit));
        co_return;
    } catch (const discord::rest_error& error) {
        // Somebody deleted the panel, or the room with it: /hub panel shows it at any time.
        if (error.code() == unknown_message || error.status() == 404)
            co_return;
        failure = error.what();
    } catch (const std::exception& error) {
        if (cancellation.cancelled() != asio::cancellation_type::none)
            throw;
        failure = error.what();
    }
    shown_.erase(id);
    log::warning("panel not refreshed", {{"guild", guild}, {"room", id}, {"error", failure}});
}

awaitable<void> panels::hang_door(hub of) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    try {
        const auto language = co_await language_of(of.guild);
        auto door = door_message(of, language);
        door.nonce = "door" + of.channel.to_string();
        co_await discord::create_message(with_.rest, of.channel, std::move(door));
    } catch (const std::exception& error) {
        if (cancellation.cancelled() != asio::cancellation_type::none)
            throw;
        log::info("door not posted", {{"guild", of.guild}, {"hub", of.channel}, {"error", error.what()}});
    }
}

awaitable<std::vector<region_choice>> panels::regions_of(guild_id guild) {
    const auto now = std::chrono::steady_clock::now();
    if (const auto known = regions_.find(guild);
        known != regions_.end() && now - known->second.read_at < regions_life)
        co_return known->second.all;
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    try {
        auto reading = discord::get_voice_regions(with_.rest, guild);
        const auto regions = co_await with_deadline("voice regions", regions_patience, std::move(reading));
        auto& into = regions_[guild];
        into = {.all = {}, .read_at = now};
        for (const auto& one : regions) {
            if (!one.deprecated)
                into.all.push_back({.id = one.id, .name = one.name});
        }
        co_return into.all;
    } catch (const std::exception& error) {
        if (cancellation.cancelled() != asio::cancellation_type::none)
            throw;
        log::warning("voice regions not read", {{"guild", guild}, {"error", error.what()}});
    }
    const auto known = regions_.find(guild);
    co_return known == regions_.end() ? std::vector<region_choice>() : known->second.all;
}

} // namespace vagrolant::voice_hubs
