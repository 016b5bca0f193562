#include "base/log.hpp"
#include "base/text.hpp"
#include "discord/rest/channels.hpp"
#include "discord/rest/members.hpp"
#include "features/voice_hubs/names.hpp"
#include "features/voice_hubs/renames.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

using namespace std::chrono_literals;
using bot::refusal;
using bot::say;

constexpr int max_limit = 99;
constexpr int lowest_bitrate = 8'000;
constexpr int highest_bitrate = 384'000;
constexpr std::size_t max_status = 500;

refusal refuse(std::string code, bot::phrase reason) {
    return {.code = std::move(code), .reason = std::move(reason), .retry_after = {}};
}

bool names_a_field(const discord::rest_error& error, std::string_view field) {
    return std::ranges::any_of(error.errors(),
                               [&](const discord::field_error& one) { return one.path == field; });
}

} // namespace

refusal gone() {
    return refuse("unknown_room", localized{.fr = "Ce salon n'existe plus.", .en = "This room is gone."});
}

refusal has_a_room(user_id who) {
    return refuse("has_a_room", say({.fr = "<@{}> a déjà son propre salon dans ce hub.",
                                     .en = "<@{}> already has a room of this hub."},
                                    who.value()));
}

outcome<room> rooms::state::changeable(const actor& who, channel_id channel) const {
    const auto* live = known.find_room(channel);
    if (live == nullptr || live->closing)
        return std::unexpected(gone());
    if (!who.administrator && who.user != live->room.owner) {
        return std::unexpected(refuse(
            "not_owner",
            localized{.fr = "Seuls le propriétaire de ce salon et les administrateurs peuvent faire cela.",
                      .en = "Only the owner of this room and administrators can do this."}));
    }
    return live->room;
}

// What was changed on Discord is taken over, kept, remembered and shown.
awaitable<outcome<room>> rooms::state::keep(channel_id channel, room_settings settings) {
    auto* live = known.find_room(channel);
    if (live == nullptr)
        co_return std::unexpected(gone());
    live->room.settings = std::move(settings);
    save(*live);
    remember(*live);
    refresh_panel(channel);
    co_await until_saved(channel);
    const auto* kept = known.find_room(channel);
    if (kept == nullptr)
        co_return std::unexpected(gone());
    co_return kept->room;
}

void rooms::state::remember(const live_room& which) {
    const auto* hub = known.find_hub(which.room.hub);
    if (hub != nullptr && hub->settings.remember && which.room.owner)
        with.tasks.spawn("voice preferences",
                         rows.remember(hub->channel, which.room.owner, which.room.settings));
}

awaitable<outcome<access_change>> rooms::state::change_access(actor who, channel_id channel,
                                                              room_settings settings) {
    auto before = changeable(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    auto wanted = *before;
    wanted.settings = settings;
    auto applied = co_await apply_access(channel, wanted);
    if (!applied)
        co_return std::unexpected(std::move(applied.error()));
    auto kept = co_await keep(channel, std::move(settings));
    if (!kept)
        co_return std::unexpected(std::move(kept.error()));
    co_await settle_voices(channel);
    const int purgeable = co_await count_purgeable(channel);
    co_return access_change{.now = *std::move(kept), .purgeable = purgeable};
}

awaitable<outcome<access_change>> rooms::state::set_mode(actor who, channel_id channel, room_mode mode) {
    auto before = changeable(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    auto settings = before->settings;
    settings.mode = mode;
    co_return co_await change_access(who, channel, std::move(settings));
}

awaitable<outcome<access_change>> rooms::state::edit_lists(actor who, channel_id channel, list_edit change) {
    auto before = changeable(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    auto settings = before->settings;
    auto lists = settings.lists;
    if (change.allowed)
        lists.allowed.clear();
    if (change.blocked)
        lists.blocked.clear();
    const auto first = edited(std::move(lists), change.allowed.value_or(std::vector<subject>()),
                              change.blocked.value_or(std::vector<subject>()), {});
    const auto everyone = subject::of(discord::everyone_role(before->guild));
    for (auto* list : {&change.allow, &change.block})
        std::erase(*list, everyone);
    const auto all = first ? edited(*first, change.allow, change.block, change.forget) : std::nullopt;
    if (!all) {
        co_return std::unexpected(
            refuse("list_full", say({.fr = "Les deux listes peuvent compter {} entrées au plus ensemble.",
                                     .en = "Both lists together may have at most {} entries."},
                                    access_lists::max_entries)));
    }
    settings.lists = *all;
    std::erase(settings.lists.allowed, everyone);
    for (const auto& untouchable : {everyone, subject::of(before->owner), subject::of(with.cache.self().id)})
        std::erase(settings.lists.blocked, untouchable);
    co_return co_await change_access(who, channel, std::move(settings));
}

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
        wanted = name_from(settings_of(*before).name_template,
                           {.member = facts.name,
                            .count = std::max(static_cast<int>(humans_in(channel).size()), 1),
                            .game = {},
                            .number = before->number});
    }
    auto* live = known.find_room(channel);
    if (live == nullptr)
        co_return std::unexpected(gone());
    const auto former_choice = std::exchange(live->room.settings.name, settings.name);
    live->room.rename =
        pending_rename{.name = wanted, .applies_at = next_rename(live->room.renamed_at, now())};
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
    auto kept = co_await keep(channel, std::move(settings));
    if (!kept)
        co_return std::unexpected(std::move(kept.error()));
    co_return rename_result{.name = wanted, .applies_at = applies_at};
}

awaitable<outcome<room>> rooms::state::edit_channel(actor who, channel_id channel,
                                                    discord::channel_edit edit) {
    auto before = changeable(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    auto settings = before->settings;
    settings.user_limit = edit.user_limit.value_or(settings.user_limit);
    settings.bitrate = edit.bitrate.value_or(settings.bitrate);
    settings.region = edit.rtc_region.value_or(settings.region);
    std::optional<refusal> why_not;
    try {
        co_await discord::modify_channel(with.rest, channel, edit, "voice hub");
    } catch (const discord::rest_error& error) {
        if (error.code() == 10003)
            why_not = gone();
        else if (names_a_field(error, "bitrate"))
            why_not = refuse("bad_bitrate",
                             localized{.fr = "Ce serveur ne permet pas un débit aussi élevé : choisissez-en "
                                             "un plus bas.",
                                       .en = "This server does not allow such a high bitrate: choose a "
                                             "lower one."});
        else if (names_a_field(error, "rtc_region"))
            why_not = refuse("bad_region", localized{.fr = "Discord ne connaît pas cette région.",
                                                     .en = "Discord does not know this region."});
        else
            throw;
    }
    if (why_not)
        co_return std::unexpected(*std::move(why_not));
    co_return co_await keep(channel, std::move(settings));
}

awaitable<outcome<void>> rooms::state::set_status(actor who, channel_id channel, std::string status) {
    const auto before = changeable(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    co_await discord::set_voice_status(with.rest, channel, std::move(status), "voice hub");
    co_return outcome<void>();
}

awaitable<outcome<room>> rooms::state::give_to(channel_id channel, user_id to, bool for_good) {
    const auto* live = known.find_room(channel);
    if (live == nullptr || live->closing)
        co_return std::unexpected(gone());
    const auto former = live->room.owner;
    const auto former_left_at = live->room.owner_left_at;
    const auto inside = humans_in(channel);
    if (std::ranges::find(inside, to) == inside.end()) {
        co_return std::unexpected(refuse(
            "not_present", localized{.fr = "Seule une personne présente dans le salon peut le recevoir.",
                                     .en = "Only somebody who is in the room can have it."}));
    }
    if (to == former)
        co_return live->room;
    if (known.is_provided(live->room.hub, to))
        co_return std::unexpected(has_a_room(to));
    auto done = co_await make_owner(channel, to);
    if (!done)
        co_return std::unexpected(std::move(done.error()));
    auto* given = known.find_room(channel);
    if (given == nullptr)
        co_return std::unexpected(gone());
    auto& room = given->room;
    if (for_good) {
        room.former_owner = {};
        room.former_owner_left_at.reset();
    } else if (former && former_left_at && !room.former_owner) {
        room.former_owner = former;
        room.former_owner_left_at = former_left_at;
    }
    save(*given);
    co_await until_saved(channel);
    live = known.find_room(channel);
    if (live == nullptr)
        co_return std::unexpected(gone());
    co_return live->room;
}

awaitable<outcome<room>> rooms::state::transfer(actor who, channel_id channel, user_id to) {
    const auto before = changeable(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    co_return co_await give_to(channel, to, true);
}

awaitable<outcome<room>> rooms::state::claim(actor who, channel_id channel) {
    const auto* live = known.find_room(channel);
    if (live == nullptr || live->closing)
        co_return std::unexpected(gone());
    const auto& room = live->room;
    const auto settings = settings_of(room);
    if (room.owner == who.user)
        co_return room;
    if (!who.administrator && !may_be_claimed(room, settings, now())) {
        const auto from = claimable_from(room, settings);
        if (!from) {
            co_return std::unexpected(
                refuse("owned", localized{.fr = "Le propriétaire de ce salon est là : lui seul peut le "
                                                "transférer.",
                                          .en = "The owner of this room is there: only he can hand it "
                                                "over."}));
        }
        auto why =
            refuse("owned", say({.fr = "Le propriétaire peut encore revenir : le salon pourra être "
                                       "réclamé <t:{}:R>.",
                                 .en = "The owner may still come back: the room can be claimed "
                                       "<t:{}:R>."},
                                std::chrono::ceil<std::chrono::seconds>(*from).time_since_epoch().count()));
        why.retry_after = *from - now();
        co_return std::unexpected(std::move(why));
    }
    co_return co_await give_to(channel, who.user, false);
}

awaitable<int> rooms::state::count_purgeable(channel_id channel) {
    co_await learn_people(channel);
    const auto* live = known.find_room(channel);
    co_return live == nullptr ? 0 : static_cast<int>(not_admitted(live->room).size());
}

awaitable<outcome<int>> rooms::state::purge(actor who, channel_id channel) {
    const auto before = changeable(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    co_await learn_people(channel);
    int disconnected = 0;
    std::vector<user_id> left_to_do = not_admitted(*before);
    for (const auto user : left_to_do) {
        const auto* voice = with.cache.find_voice_state(before->guild, user);
        if (voice == nullptr || voice->channel != channel)
            continue;
        try {
            co_await discord::modify_member(with.rest, before->guild, user, {.voice_channel = channel_id()},
                                            "voice hub: purge");
            ++disconnected;
        } catch (const discord::rest_error& error) {
            // 40032: he has just left by himself.
            if (error.code() != 40032)
                throw;
        }
    }
    co_return disconnected;
}

awaitable<outcome<void>> rooms::state::remove(actor who, channel_id channel) {
    const auto before = changeable(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    co_await close(channel, true, "asked for");
    if (known.find_room(channel) != nullptr) {
        co_return std::unexpected(refuse(
            "refused_by_discord", localized{.fr = "Discord refuse de supprimer ce salon pour l'instant.",
                                            .en = "Discord refuses to delete this room at the moment."}));
    }
    co_return outcome<void>();
}

awaitable<outcome<room>> rooms::state::knock(actor who, channel_id channel) {
    constexpr auto pause_between = 1min;
    const auto* live = known.find_room(channel);
    if (live == nullptr || live->closing)
        co_return std::unexpected(gone());
    const auto facts = co_await facts_of(live->room.guild, who.user);
    live = known.find_room(channel);
    if (live == nullptr)
        co_return std::unexpected(gone());
    const auto& room = live->room;
    const auto source = source_of(room);
    const access to{.mode = room.settings.mode, .owner = room.owner, .lists = room.settings.lists};
    if (entry_of(room.settings.lists, who.user, facts.roles) == list_entry::blocked ||
        (!room.owner && !who.administrator)) {
        co_return std::unexpected(
            refuse("not_welcome", localized{.fr = "Ce salon ne prend pas de demandes de votre part.",
                                            .en = "This room does not take requests from you."}));
    }
    auto self = person_of(room.guild, who.user, source.channel);
    self.roles = facts.roles;
    self.administrator = self.administrator || who.administrator;
    self.in_source = with.cache.find_channel(source.channel) != nullptr
                         ? with.cache.member_permissions_in(source.channel, who.user, facts.roles)
                         : with.cache.member_permissions(room.guild, who.user, facts.roles);
    const auto* voice = with.cache.find_voice_state(room.guild, who.user);
    // Inside a conference there is the floor to ask for.
    const bool silent = voice != nullptr && voice->channel == channel && !may_speak(to, self);
    if (may_enter(to, self) && !silent) {
        co_return std::unexpected(refuse("may_enter", say({.fr = "Vous pouvez déjà entrer : <#{}>.",
                                                           .en = "You may already enter: <#{}>."},
                                                          channel.value())));
    }
    auto& next = knocks[{channel, who.user}];
    if (next > now()) {
        auto why =
            refuse("too_soon", say({.fr = "Vous avez déjà demandé à entrer : réessayez <t:{}:R>.",
                                    .en = "You have asked already: try again <t:{}:R>."},
                                   std::chrono::ceil<std::chrono::seconds>(next).time_since_epoch().count()));
        why.retry_after = next - now();
        co_return std::unexpected(std::move(why));
    }
    next = now() + pause_between;
    co_return room;
}

awaitable<outcome<room>> rooms::state::answer_knock(actor who, channel_id channel, user_id guest,
                                                    bool accepted) {
    constexpr auto pause_after_refusal = 5min;
    auto before = changeable(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    if (!accepted) {
        knocks[{channel, guest}] = now() + pause_after_refusal;
        co_return *std::move(before);
    }
    knocks.erase({channel, guest});
    list_edit change;
    change.allow.push_back(subject::of(guest));
    auto changed_access = co_await edit_lists(who, channel, std::move(change));
    if (!changed_access)
        co_return std::unexpected(std::move(changed_access.error()));
    const auto* voice = with.cache.find_voice_state(before->guild, guest);
    if (voice != nullptr && voice->channel != channel) {
        std::string problem;
        try {
            co_await discord::modify_member(with.rest, before->guild, guest, {.voice_channel = channel},
                                            "voice hub: let in");
        } catch (const discord::rest_error& error) {
            problem = error.what();
        }
        // He may come by himself.
        if (!problem.empty())
            log::info("guest not moved in", {{"room", channel}, {"error", problem}});
    }
    co_return changed_access->now;
}

// The seam: each in the room's lane.

awaitable<outcome<access_change>> rooms::set_mode(actor who, channel_id room, room_mode mode) {
    return state_->in_lane<access_change>(
        room, [in = state_.get(), who, room, mode] { return in->set_mode(who, room, mode); });
}

awaitable<outcome<access_change>> rooms::edit_lists(actor who, channel_id room, list_edit change) {
    return state_->in_lane<access_change>(room, [in = state_.get(), who, room, change = std::move(change)] {
        return in->edit_lists(who, room, change);
    });
}

awaitable<outcome<rename_result>> rooms::rename(actor who, channel_id room, std::string name) {
    return state_->in_lane<rename_result>(
        room, [in = state_.get(), who, room, name = std::move(name)] { return in->rename(who, room, name); });
}

awaitable<outcome<room>> rooms::set_limit(actor who, channel_id room, int user_limit) {
    return state_->in_lane<voice_hubs::room>(room, [in = state_.get(), who, room, user_limit] {
        return in->edit_channel(who, room, {.user_limit = std::clamp(user_limit, 0, max_limit)});
    });
}

awaitable<outcome<room>> rooms::set_bitrate(actor who, channel_id room, int bitrate) {
    return state_->in_lane<voice_hubs::room>(room, [in = state_.get(), who, room, bitrate] {
        return in->edit_channel(who, room, {.bitrate = std::clamp(bitrate, lowest_bitrate, highest_bitrate)});
    });
}

awaitable<outcome<room>> rooms::set_region(actor who, channel_id room, std::string region) {
    return state_->in_lane<voice_hubs::room>(room,
                                             [in = state_.get(), who, room, region = std::move(region)] {
                                                 return in->edit_channel(who, room, {.rtc_region = region});
                                             });
}

awaitable<outcome<void>> rooms::set_status(actor who, channel_id room, std::string status) {
    auto text = text::truncate(status, max_status);
    return state_->in_lane<void>(room, [in = state_.get(), who, room, text = std::move(text)] {
        return in->set_status(who, room, text);
    });
}

awaitable<outcome<room>> rooms::transfer(actor who, channel_id room, user_id to) {
    return state_->in_lane<voice_hubs::room>(
        room, [in = state_.get(), who, room, to] { return in->transfer(who, room, to); });
}

awaitable<outcome<int>> rooms::purge(actor who, channel_id room) {
    return state_->in_lane<int>(room, [in = state_.get(), who, room] { return in->purge(who, room); });
}

awaitable<int> rooms::purgeable(channel_id room) {
    return state_->count_purgeable(room);
}

awaitable<outcome<void>> rooms::remove(actor who, channel_id room) {
    return state_->in_lane<void>(room, [in = state_.get(), who, room] { return in->remove(who, room); });
}

awaitable<outcome<room>> rooms::claim(actor who, channel_id room) {
    return state_->in_lane<voice_hubs::room>(room,
                                             [in = state_.get(), who, room] { return in->claim(who, room); });
}

awaitable<outcome<room>> rooms::knock(actor who, channel_id room) {
    return state_->in_lane<voice_hubs::room>(room,
                                             [in = state_.get(), who, room] { return in->knock(who, room); });
}

awaitable<outcome<room>> rooms::answer_knock(actor who, channel_id room, user_id guest, bool accepted) {
    return state_->in_lane<voice_hubs::room>(room, [in = state_.get(), who, room, guest, accepted] {
        return in->answer_knock(who, room, guest, accepted);
    });
}

awaitable<outcome<void>> rooms::forget_settings(user_id who, channel_id hub) {
    co_await state_->rows.forget(hub, who);
    co_return outcome<void>();
}

awaitable<void> rooms::panel_posted(channel_id room, panel_message where) {
    auto* live = state_->known.find_room(room);
    if (live == nullptr)
        co_return;
    live->room.panel = where;
    state_->save(*live);
    co_await state_->until_saved(room);
}

} // namespace vagrolant::voice_hubs
