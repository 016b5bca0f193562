#pragma once

#include "base/localized.hpp"
#include "discord/model/message_create.hpp"
#include "features/voice_hubs/model.hpp"
#include "features/voice_hubs/rooms.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What a room's control panel looks like: state in, message out.
namespace vagrolant::voice_hubs {

struct panel_view {
    room what;
    /// From when on whoever is inside may make the room his; nullopt while its owner is there.
    std::optional<time_point> claimable_from;
    /// In effect, in bits per second.
    int bitrate = 64'000;
    /// The hub remembers how its members leave their rooms.
    bool remembers = false;
    /// Shown in direct messages, where Discord's selects offer no members and roles of a guild.
    bool in_direct_messages = false;
};

/// The panel. It notifies nobody.
discord::message_create room_panel(const panel_view& view, locale language);

/// Asks whether to disconnect `count` people (at least one).
discord::message_create purge_question(channel_id room, int count, locale language);
/// Asks for the new owner among those who are there, with `note` above (why it is asked again); says so when
/// nobody is. A page from 0, the last one where there are not so many.
discord::message_create transfer_question(channel_id room, std::span<const named_member> heirs,
                                          std::size_t page, std::string_view note, locale language);
/// Asks whether to delete the room with `present` people in it.
discord::message_create delete_question(channel_id room, std::size_t present, locale language);

/// The owner is asked to let `guest` in; he alone is notified.
discord::message_create knock_question(const room& which, user_id guest, locale language);
/// Which room to knock at: a page of them, from 0. They are `of` a hub, or of a guild (its id).
discord::message_create door_question(std::span<const room> rooms, channel_id of, std::size_t page,
                                      locale language);

/// A sentence with nothing to press, in place of a question that was answered.
discord::message_edit answered(std::string sentence);

/// Of any message above, for the person who asked alone.
discord::message_create whispered(discord::message_create message);

} // namespace vagrolant::voice_hubs
