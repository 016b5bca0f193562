#pragma once

#include "base/localized.hpp"
#include "bot/refusal.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// What rooms are called.
namespace vagrolant::voice_hubs {

/// Discord's limit for a channel's name, in characters.
inline constexpr std::size_t max_name = 100;

/// What a template is filled with.
struct name_facts {
    /// The owner, as he is called in the guild.
    std::string member;
    /// How many people are in the room.
    int count = 1;
    /// What the owner plays; empty where that is not known.
    std::string game;
    int number = 1;
    /// Of what is said where nothing else is left.
    locale language = locale::fr;
};

/// Without control and invisible characters, with single spaces, cut to `max_name`; empty when nothing is
/// left.
std::string clean_name(std::string_view text);

/// "Salon 3", "Room 3"
std::string numbered_name(int number, locale language);

/// The template of a new hub.
std::string default_name_template(locale language);

/// The name that the template gives; what people are called is never read as a template. Where nothing is
/// left, `numbered_name`.
///
/// Without a game, what was written around {game} goes with it: the part between separators or brackets that
/// it stands in, or, where another value stands there too, the words between the two. Where only signs and
/// numbers would be left, it is `numbered_name` that is played.
std::string name_from(std::string_view name_template, const name_facts& facts);

/// Whether the name changes while the room lives.
bool follows_count(std::string_view name_template);
bool follows_game(std::string_view name_template);

/// Why the template cannot be used: empty, too long, an unknown or unclosed `{…}`.
std::optional<bot::refusal> template_objection(std::string_view name_template);

/// The lowest number from 1 that is not taken.
int lowest_free(const std::set<int>& taken);

} // namespace vagrolant::voice_hubs
