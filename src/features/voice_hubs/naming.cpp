#include "base/log.hpp"
#include "base/scope_exit.hpp"
#include "base/text.hpp"
#include "discord/rest/channels.hpp"
#include "features/voice_hubs/names.hpp"
#include "features/voice_hubs/renames.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

using namespace std::chrono_literals;

// Somebody waits for his room meanwhile.
constexpr auto game_patience = 300ms;
// Discord answers a question soon, or not at all.
constexpr auto asked_again_after = 30s;
// A name that changes later than this is announced on the panel.
constexpr auto soon = 1min;

} // namespace

awaitable<outcome<rename_result>> rooms::state::rename(actor who, channel_id channel, std::string name) {
    auto before = changeable(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    auto wanted = clean_name(name);
    auto settings = before->settings;
    if (wanted.empty() && !text::trim(name).empty()) {
        co_return std::unexpected(
            refuse("bad_name", localized{.fr = "Ce nom ne contient aucun caractère visible : choisissez-en "
                                               "un autre.",
                                         .en = "This name has no visible character: choose another one."}));
    }
    settings.name = wanted;
    if (wanted.empty()) {
        const auto facts = before->owner ? co_await facts_of(before->guild, before->owner) : person_facts{};
        if (needs_games(before->hub))
            co_await learn_game(before->guild, before->owner);
        const auto language = language_of(before->guild);
        const auto* hub = known.find_hub(before->hub);
        wanted = name_from(hub == nullptr ? default_name_template(language) : hub->settings.name_template,
                           {.member = facts.name,
                            .count = std::max(static_cast<int>(humans_in(channel).size()), 1),
                            .game = game_of(before->guild, before->owner),
                            .number = before->number,
                            .language = language});
    }
    auto* live = known.find_room(channel);
    if (live == nullptr)
        co_return std::unexpected(gone());
    const auto former_choice = std::exchange(live->room.settings.name, settings.name);
    // The name that it has needs no waiting: another one that waits is taken back.
    const auto applies_from = wanted == live->room.name ? now() : next_rename(live->room.renamed_at, now());
    live->room.rename = pending_rename{.name = wanted, .applies_at = applies_from};
    if (live->room.rename->applies_at <= now())
        co_await send_rename(channel);
    live = known.find_room(channel);
    if (live == nullptr)
        co_return std::unexpected(gone());
    if (!live->room.rename && live->room.name != wanted) {
        live->room.settings.name = former_choice;
        co_return std::unexpected(
            refuse("name_refused", localized{.fr = "Discord n'accepte pas ce nom : choisissez-en un autre.",
                                             .en = "Discord does not take this name: choose another one."}));
    }
    const auto applies_at = live->room.rename ? std::optional(live->room.rename->applies_at) : std::nullopt;
    schedule(*live);
    auto kept = co_await keep(who, channel, before->settings, std::move(settings));
    if (!kept)
        co_return std::unexpected(std::move(kept.error()));
    co_return rename_result{.name = wanted, .applies_at = applies_at};
}

// The name that waits, or that the template gives now. Discord's limit counts for both.
awaitable<void> rooms::state::send_rename(channel_id channel) {
    auto* live = known.find_room(channel);
    if (live == nullptr || live->closing || !live->room.rename || live->room.rename->applies_at > now())
        co_return;
    const auto name = live->room.rename->name;
    std::optional<time_point> later;
    bool refused_for_good = false;
    std::string problem;
    if (name != live->room.name) {
        auto after = as_made(live->room);
        after.name = name;
        about_to_change(*live, std::move(after));
        try {
            co_await discord::modify_channel(with.rest, channel, {.name = name}, "voice hub");
        } catch (const boost::system::system_error&) {
            throw; // cancelled
        } catch (const discord::rate_limited& limit) {
            later = now() + std::chrono::ceil<std::chrono::seconds>(limit.retry_after());
        } catch (const discord::rest_error& error) {
            refused_for_good = error.status() < 500;
            problem = error.what();
        } catch (const std::exception& error) {
            problem = error.what();
        }
        live = known.find_room(channel);
        if (live == nullptr)
            co_return;
        if (!problem.empty())
            later = now() + live->retries.failed(now());
    }
    if (!problem.empty()) {
        log::warning("voice room not renamed",
                     {{"guild", live->room.guild}, {"room", channel}, {"error", problem}});
    }
    const bool still_wanted = live->room.rename && live->room.rename->name == name;
    if (!later) {
        if (name != live->room.name)
            note_rename(live->room.renamed_at, now());
        live->room.name = name;
        if (still_wanted)
            live->room.rename.reset();
        else if (live->room.rename)
            live->room.rename->applies_at = next_rename(live->room.renamed_at, now());
    } else if (refused_for_good && still_wanted) {
        live->room.rename.reset();
        // What the template gives is not tried again at once.
        if (live->room.settings.name.empty())
            note_rename(live->room.renamed_at, now());
    } else if (live->room.rename) {
        live->room.rename->applies_at = *later;
    }
    save(*live);
    schedule(*live);
    refresh_panel(channel);
}

void rooms::state::follow_template(live_room& which) {
    auto& room = which.room;
    const auto* hub = known.find_hub(room.hub);
    if (hub == nullptr || !room.settings.name.empty() || !room.owner)
        return;
    const auto& name_template = hub->settings.name_template;
    const bool games = needs_games(room.hub);
    const auto inside = humans_in(room.channel);
    if ((!games && !follows_count(name_template)) || std::ranges::find(inside, room.owner) == inside.end())
        return;
    const auto owner = people.find({room.guild, room.owner});
    if (owner == people.end() || (games && !owner->second.game)) {
        if (learning.insert(room.channel).second)
            with.tasks.spawn("voice room", learn_and_follow(room.channel));
        return;
    }
    auto name = name_from(name_template, {.member = owner->second.name,
                                          .count = static_cast<int>(inside.size()),
                                          .game = game_of(room.guild, room.owner),
                                          .number = room.number,
                                          .language = language_of(room.guild)});
    const auto before = room.rename;
    if (name == room.name)
        room.rename.reset();
    else if (room.rename)
        room.rename->name = std::move(name);
    else
        room.rename = pending_rename{.name = std::move(name),
                                     .applies_at = next_automatic_rename(room.renamed_at, now())};
    const auto shown_at = room.rename ? room.rename : before;
    if (before != room.rename && shown_at && shown_at->applies_at > now() + soon)
        refresh_panel(room.channel);
}

awaitable<void> rooms::state::learn_and_follow(channel_id channel) {
    const auto* live = known.find_room(channel);
    const auto who = live == nullptr ? member_key() : member_key{live->room.guild, live->room.owner};
    const bool games = live != nullptr && needs_games(live->room.hub);
    {
        const scope_exit learnt([this, channel] { learning.erase(channel); });
        if (live == nullptr)
            co_return;
        std::string problem;
        try {
            co_await facts_of(who.guild, who.user);
            if (games)
                co_await learn_game(who.guild, who.user);
        } catch (const discord::rest_error& error) {
            problem = error.what();
        }
        if (!problem.empty())
            log::info("member not known", {{"guild", who.guild}, {"user", who.user}, {"error", problem}});
    }
    // Without an answer the name stays; should one come later, it leads here again.
    const auto found = people.find(who);
    auto* still = known.find_room(channel);
    if (still == nullptr || still->room.owner != who.user || found == people.end() ||
        (games && !found->second.game))
        co_return;
    follow_template(*still);
    schedule(*still);
}

bool rooms::state::needs_games(channel_id hub) const {
    const auto* from = known.find_hub(hub);
    return with.config.enable_presences && from != nullptr && follows_game(from->settings.name_template);
}

// Of all presences that Discord tells of, those of people in hubs and rooms are kept: what they play, and
// nothing else.
void rooms::state::note_game(guild_id guild, user_id user, std::string_view game) {
    const auto found = people.find({guild, user});
    if (found == people.end())
        return;
    auto name = clean_name(game);
    if (found->second.game == name)
        return;
    found->second.game = std::move(name);
    games_told.notify_all();
    const auto* voice = with.cache.find_voice_state(guild, user);
    auto* which = voice == nullptr ? nullptr : known.find_room(voice->channel);
    if (which == nullptr || which->room.owner != user)
        return;
    follow_template(*which);
    schedule(*which);
}

// Discord tells of presences when they change: what somebody plays who has just come is to be asked for.
awaitable<void> rooms::state::learn_game(guild_id guild, user_id user) {
    const auto unknown = [this, who = member_key{guild, user}]() -> person_facts* {
        const auto found = people.find(who);
        return found == people.end() || found->second.game ? nullptr : &found->second;
    };
    auto* one = unknown();
    if (one == nullptr)
        co_return;
    if (one->game_asked + asked_again_after <= now()) {
        one->game_asked = now();
        const auto sent = with.gateway.send(discord::gateway::request_guild_members{
            .guild = guild, .query = {}, .users = {user}, .presences = true, .nonce = {}});
        if (sent != discord::gateway::send_result::queued)
            co_return;
    }
    co_await games_told.wait_until([&] { return unknown() == nullptr; }, game_patience);
}

std::string rooms::state::game_of(guild_id guild, user_id user) const {
    const auto found = people.find({guild, user});
    return found == people.end() ? std::string() : found->second.game.value_or(std::string());
}

void rooms::on(const discord::events::presence_update& event) {
    state_->note_game(event.guild, event.user, event.game);
}

void rooms::on(const discord::events::guild_members_chunk& event) {
    auto& in = *state_;
    if (!event.with_presences)
        return;
    for (const auto& one : event.members) {
        const auto who = one.user.id;
        if (!in.people.contains({event.guild, who}))
            continue;
        const auto plays = std::ranges::find(event.players, who, &discord::events::playing::user);
        in.note_game(event.guild, who, plays == event.players.end() ? std::string_view() : plays->game);
    }
}

} // namespace vagrolant::voice_hubs
