#pragma once

#include "base/localized.hpp"
#include "discord/model/message_create.hpp"
#include "features/voice_hubs/hub_fields.hpp"
#include "features/voice_hubs/model.hpp"
#include "features/voice_hubs/rooms.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

/// What administrators see of hubs: state in, message out. All of it is for one person alone, but the door.
namespace vagrolant::voice_hubs {

/// A hub and how many rooms it has now.
struct hub_summary {
    hub what;
    std::size_t rooms = 0;
    /// Its rooms are called after games, of which the bot is not told.
    bool games_unknown = false;
    /// In which defaults are, where they are words.
    locale guild_language = locale::fr;
};

inline constexpr std::size_t hubs_per_page = 8;

/// The hubs of a guild, a page from 0 (the last one where there are not so many).
discord::message_create hub_list(std::span<const hub_summary> all, std::size_t page, locale language);

/// All settings of a hub, group by group, each with its modal; what differs from the default can be put back.
/// `note` says what was just done.
discord::message_create hub_panel(const hub_summary& of, std::string_view note, locale language);
discord::modal group_modal(const hub& of, const group_words& group, const hub_choices& choices,
                           locale language);

/// Asks whether to delete a hub, and its voice channel with it.
discord::message_create hub_delete_question(const hub_summary& of, locale language);

/// What `/hub doctor` found, cut to what a message holds.
discord::message_create doctor_message(const doctor_report& report, locale language);

/// Stands in the hub's own chat: what the hub does, and a way to ask to be let into a room.
discord::message_create door_message(const hub& of, locale language);

} // namespace vagrolant::voice_hubs
