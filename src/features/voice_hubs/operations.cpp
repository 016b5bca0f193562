#include "base/log.hpp"
#include "base/scope_exit.hpp"
#include "base/text.hpp"
#include "discord/rest/channels.hpp"
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

bool names_a_field(const discord::rest_error& error, std::string_view field) {
    return std::ranges::any_of(error.errors(),
                               [&](const discord::field_error& one) { return one.path == field; });
}

} // namespace

refusal refuse(std::string code, bot::phrase reason) {
    return {.code = std::move(code), .reason = std::move(reason), .retry_after = {}};
}

refusal gone() {
    return refuse("unknown_room", localized{.fr = "Ce salon n'existe plus.", .en = "This room is gone."});
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
awaitable<outcome<room>> rooms::state::keep(actor who, channel_id channel, room_settings before,
                                            room_settings settings) {
    auto* live = known.find_room(channel);
    if (live == nullptr)
        co_return std::unexpected(gone());
    live->room.settings = settings;
    save(*live);
    // What an administrator does in somebody's room is not how its owner wants his next one.
    const auto* hub = known.find_hub(live->room.hub);
    if (hub != nullptr && hub->settings.remember && live->room.remembered && who.user == live->room.owner) {
        room_rows.remember(hub->channel, who.user, std::move(before), std::move(settings));
    }
    refresh_panel(channel);
    co_await room_rows.until_saved(channel);
    const auto* kept = known.find_room(channel);
    if (kept == nullptr)
        co_return std::unexpected(gone());
    co_return kept->room;
}

awaitable<void> rooms::state::forget_preferences(channel_id hub, user_id who) {
    if (auto* own = known.room_of(hub, who)) {
        own->room.remembered = false;
        save(*own);
    }
    co_await room_rows.forget(hub, who);
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
    auto kept = co_await keep(who, channel, before->settings, std::move(settings));
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
    if (auto* live = known.find_room(channel))
        live->shut_out.clear();
    auto result = co_await change_access(who, channel, std::move(settings));
    if (result) {
        // The blacklist is out at once, whatever becomes of the others.
        result->put_out = co_await turn_away(channel);
        result->purgeable = std::max(result->purgeable - result->put_out, 0);
    }
    co_return result;
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
    auto wanted = *before;
    wanted.settings = settings;
    about_to_change(*known.find_room(channel), as_made(wanted));
    std::optional<refusal> why_not;
    try {
        co_await discord::modify_channel(with.rest, channel, edit, "voice hub");
    } catch (const discord::rest_error& error) {
        if (error.code() == unknown_channel)
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
    co_return co_await keep(who, channel, before->settings, std::move(settings));
}

awaitable<outcome<void>> rooms::state::set_status(actor who, channel_id channel, std::string status) {
    const auto before = changeable(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    co_await discord::set_voice_status(with.rest, channel, status, "voice hub");
    if (auto* live = known.find_room(channel))
        live->status = std::move(status);
    co_return outcome<void>();
}

awaitable<outcome<void>> rooms::state::remove(actor who, channel_id channel) {
    const auto before = changeable(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    co_await close(channel, ending::asked_for);
    if (known.find_room(channel) != nullptr) {
        co_return std::unexpected(refuse(
            "refused_by_discord", localized{.fr = "Discord refuse de supprimer ce salon pour l'instant.",
                                            .en = "Discord refuses to delete this room at the moment."}));
    }
    co_return outcome<void>();
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
    return state_->in_lane<void>(room, [in = state_.get(), who, room, status = std::move(status)] {
        return in->set_status(who, room, text::truncate(status, max_status));
    });
}

awaitable<std::vector<named_member>> rooms::heirs(channel_id room) {
    return state_->heirs(room);
}

awaitable<outcome<room>> rooms::transfer(actor who, channel_id room, user_id to) {
    return state_->in_lane<voice_hubs::room>(
        room, [in = state_.get(), who, room, to] { return in->transfer(who, room, to); });
}

awaitable<outcome<purge_result>> rooms::purge(actor who, channel_id room, purge_pace pace) {
    return state_->purge(who, room, std::move(pace));
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

void rooms::take_back_knock(channel_id room, user_id guest) {
    state_->knocks.erase({room, guest});
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
    co_await state_->forget_preferences(hub, who);
    co_return outcome<void>();
}

void rooms::panel_posted(channel_id room, panel_message where) {
    auto* live = state_->known.find_room(room);
    if (live == nullptr)
        return;
    live->room.panel = where;
    state_->save(*live);
}

} // namespace vagrolant::voice_hubs
