#pragma once

#include "base/localized.hpp"
#include "bot/payload.hpp"
#include "bot/refusal.hpp"
#include "discord/model/components.hpp"
#include "features/voice_hubs/model.hpp"
#include "features/voice_hubs/room_forms.hpp"
#include "json/writer.hpp"

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The settings of a hub, one by one: how each is shown, asked for in a modal, read back, put to its default,
/// and carried by dashboards. One table, so that none of these forgets one.
namespace vagrolant::voice_hubs {

/// Those that one modal asks for: it has room for five.
enum class field_group : std::uint8_t { rooms, place, life, access };

struct group_words {
    field_group group;
    /// In custom ids.
    std::string_view id;
    localized name;
    std::string_view emoji;
};
std::span<const group_words> field_groups();
const group_words* find_group(std::string_view id);

/// What a select offers.
struct field_option {
    /// In payloads too.
    std::string_view id;
    localized name;
};

struct text_field {
    std::string hub_settings::* where;
    int max_length = 0;
};
struct number_field {
    int least = 0;
    int most = 0;
    int (*get)(const hub_settings&);
    void (*set)(hub_settings&, int);
    /// How it is shown.
    std::string (*show)(int, locale);
};
struct flag_field {
    bool hub_settings::* where;
};
struct option_field {
    std::span<const field_option> options;
    /// Index in `options`.
    std::size_t (*get)(const hub_settings&);
    void (*set)(hub_settings&, std::size_t);
};
struct bitrate_field {};
struct region_field {};
struct channel_field {
    channel_id hub_settings::* where;
    std::span<const discord::channel_type> types;
    /// How none is shown.
    localized none;
};
struct channels_field {
    std::vector<channel_id> hub_settings::* where;
    std::span<const discord::channel_type> types;
    std::size_t most = 0;
    localized none;
};
struct roles_field {
    std::vector<role_id> hub_settings::* where;
    std::size_t most = 0;
    localized none;
};

struct hub_field {
    /// The custom id of its input, and its member in payloads and results.
    std::string_view id;
    field_group group;
    /// At most 45 characters.
    localized name;
    /// At most 100.
    localized help;
    std::variant<text_field, number_field, flag_field, option_field, bitrate_field, region_field,
                 channel_field, channels_field, roles_field>
        kind;
};

std::span<const hub_field> hub_fields();
const hub_field* find_field(std::string_view id);

/// What selects offer beside what the table says.
struct hub_choices {
    int max_bitrate = 96'000;
    std::span<const region_choice> regions;
};

/// The present value, for people.
std::string show(const hub_field& field, const hub_settings& settings, locale language);
/// The settings of a new hub, in a guild of that language.
hub_settings default_settings(locale language);
/// True when it is the value of a new hub.
bool is_default(const hub_field& field, const hub_settings& settings, locale guild_language);
void copy(const hub_field& field, const hub_settings& from, hub_settings& into);

/// Some settings, to be changed together.
struct hub_patch {
    hub_settings values;
    std::vector<const hub_field*> given;

    void apply_to(hub_settings& settings) const;
};

/// Its input in a modal, filled with the present value.
discord::label input_of(const hub_field& field, const hub_settings& settings, const hub_choices& choices,
                        locale language);
/// Takes what was put in there; nothing is changed by what is refused.
std::expected<void, bot::refusal> read_input(const hub_field& field, hub_settings& settings,
                                             std::span<const std::string> values);

/// The same for payloads and results: false when the member is absent, an empty id clears. Throws
/// `bot::refused`.
bool read_member(const hub_field& field, hub_settings& settings, bot::payload& from);
void write_member(const hub_field& field, const hub_settings& settings, json::object& into);

} // namespace vagrolant::voice_hubs
