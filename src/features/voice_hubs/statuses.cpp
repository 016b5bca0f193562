#include "base/log.hpp"
#include "db/error.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

using namespace std::chrono_literals;

// Somebody waits for a form, and Discord three seconds for the bot.
constexpr auto status_patience = 800ms;

} // namespace

// The status is no part of the channel: what no event has told is asked for.
awaitable<std::string> rooms::state::status_of(channel_id channel) {
    const auto unknown = [this, channel] {
        const auto* live = known.find_room(channel);
        return live != nullptr && !live->status;
    };
    if (unknown()) {
        const auto guild = known.find_room(channel)->room.guild;
        const auto sent = with.gateway.send(discord::gateway::request_channel_info{.guild = guild});
        if (sent == discord::gateway::send_result::queued)
            co_await statuses_told.wait_until([&] { return !unknown(); }, status_patience);
    }
    const auto* live = known.find_room(channel);
    co_return live == nullptr ? std::string() : live->status.value_or(std::string());
}

awaitable<std::string> rooms::status(channel_id room) {
    return state_->status_of(room);
}

void rooms::on(const discord::events::voice_channel_status_update& event) {
    if (auto* live = state_->known.find_room(event.channel))
        live->status = std::string(event.status);
}

void rooms::on(const discord::events::channel_info& event) {
    auto& in = *state_;
    for (const auto id : in.known.rooms_of(event.guild)) {
        const auto told =
            std::ranges::find(event.channels, id, &discord::events::channel_info::entry::channel);
        in.known.find_room(id)->status = told == event.channels.end() ? std::string() : told->status;
    }
    in.statuses_told.notify_all();
    in.whereabouts.compare(event);
}

void rooms::state::forget_statuses() {
    for (const auto guild : known.guilds()) {
        for (const auto id : known.rooms_of(guild))
            known.find_room(id)->status.reset();
    }
}

locale rooms::state::language_of(guild_id guild) const {
    const auto found = languages.find(guild);
    return found == languages.end() ? with.config.language : found->second;
}

awaitable<void> rooms::state::learn_language(guild_id guild) {
    std::string problem;
    try {
        const auto settings = co_await with.settings.find(guild);
        languages[guild] = settings.language;
    } catch (const db::error& error) {
        problem = error.what();
    }
    if (!problem.empty())
        log::warning("guild language not read", {{"guild", guild}, {"error", problem}});
}

} // namespace vagrolant::voice_hubs
