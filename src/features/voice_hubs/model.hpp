#pragma once

#include "discord/model/ids.hpp"
#include "discord/model/permissions.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vagrolant::voice_hubs {

using discord::channel_id;
using discord::guild_id;
using discord::message_id;
using discord::role_id;
using discord::user_id;

/// What is kept across restarts is told in wall clock time.
using time_point = std::chrono::sys_time<std::chrono::milliseconds>;

inline time_point wall_time() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// Who sees, who connects, who speaks. The blacklist neither sees nor connects in any of them, the owner and
/// administrators may always.
enum class room_mode : std::uint8_t {
    /// « Ouvert »: whoever has access to the hub sees and connects.
    open,
    /// « Fermé »: whoever has access to the hub sees, the whitelist connects.
    closed,
    /// « Privé »: the whitelist alone sees and connects.
    private_,
    /// « Conférence »: as open, but only the owner and the whitelist speak.
    conference,
};

/// A member or a role, as an entry of a list.
struct subject {
    std::uint64_t id = 0;
    discord::overwrite_type type = discord::overwrite_type::member;

    static subject of(user_id who) { return {.id = who.value(), .type = discord::overwrite_type::member}; }
    static subject of(role_id role) { return {.id = role.value(), .type = discord::overwrite_type::role}; }
    friend auto operator<=>(const subject&, const subject&) = default;
};

/// Nobody is in both. A member's own entry counts before those of his roles; among these the blacklist's
/// counts before the whitelist's.
struct access_lists {
    std::vector<subject> allowed;
    std::vector<subject> blocked;

    /// What Discord takes as overwrites of one channel, with room for the hub's own.
    static constexpr std::size_t max_entries = 80;

    friend bool operator==(const access_lists&, const access_lists&) = default;
};

enum class room_position : std::uint8_t { above, below, end };

/// Whose overwrites a room starts from.
enum class permission_source : std::uint8_t { hub, category, template_channel };

/// What becomes of a room whose owner has left while others are in it.
enum class owner_policy : std::uint8_t {
    /// It stays his for `keep_for`, then whoever is inside may claim it.
    keep,
    /// Whoever is inside for longest gets it at once.
    transfer,
    /// It is deleted once the return window is over.
    remove,
};

struct hub_settings {
    /// With {member} {count} {game} {n}; at most 100 characters.
    std::string name_template = "Salon de {member}";
    room_mode default_mode = room_mode::open;
    /// 0: none; at most 99.
    int user_limit = 0;
    /// Bits per second, at least 8000; 0: the hub's. What the guild's level does not allow is lowered.
    int bitrate = 0;
    /// Empty: automatic.
    std::string region;
    /// Where rooms go; none: the hub's own category.
    channel_id category;
    /// Taken in turn when a category holds 50 channels.
    std::vector<channel_id> overflow_categories;
    room_position position = room_position::below;
    permission_source permissions_from = permission_source::hub;
    /// For `permission_source::template_channel`.
    channel_id template_channel;
    /// How long an empty room waits for somebody: 0 to 300 s.
    std::chrono::seconds empty_grace{0};
    owner_policy owner_leaves = owner_policy::keep;
    /// For `owner_policy::keep`: 0 to 3600 s.
    std::chrono::seconds keep_for{120};
    /// An owner who is back within it has his room again, whoever has it meanwhile: 0 to 3600 s.
    std::chrono::seconds return_window{300};
    /// Who may use the hub; empty: everybody.
    std::vector<role_id> allowed_roles;
    /// Rooms of this hub at one time; 0: as many as Discord lets there be.
    int max_rooms = 0;
    /// Rooms that one member may make in a minute (1 to 20), and all members of the guild (1 to 300).
    int member_per_minute = 3;
    int guild_per_minute = 60;
    /// Where what happens is written down; none: nowhere.
    channel_id log_channel;
    /// Whether a member's next room looks as he left his last one.
    bool remember = true;

    friend bool operator==(const hub_settings&, const hub_settings&) = default;
};

/// A voice channel that makes a room for whoever joins it.
struct hub {
    channel_id channel;
    guild_id guild;
    hub_settings settings;
    time_point created;
};

/// A name that Discord will take later: it lets a channel be renamed twice in ten minutes.
struct pending_rename {
    std::string name;
    time_point applies_at;

    friend bool operator==(const pending_rename&, const pending_rename&) = default;
};

/// Where a room's panel is: in its chat, or in direct messages.
struct panel_message {
    channel_id channel;
    message_id message;

    friend bool operator==(const panel_message&, const panel_message&) = default;
};

/// What a member chose for his room, and what is remembered for his next one.
struct room_settings {
    room_mode mode = room_mode::open;
    access_lists lists;
    /// 0: none.
    int user_limit = 0;
    int bitrate = 0;
    std::string region;
    /// Chosen by hand; empty: from the hub's template.
    std::string name;

    friend bool operator==(const room_settings&, const room_settings&) = default;
};

struct room {
    channel_id channel;
    guild_id guild;
    /// The hub it came from; it may be gone.
    channel_id hub;
    /// None once he left for good and nobody has claimed it.
    user_id owner;
    user_id creator;
    /// `settings.name` as chosen; `name` is what Discord shows.
    room_settings settings;
    std::string name;
    /// {n}: the lowest that was free in the hub; it stays.
    int number = 0;
    time_point created;
    std::optional<panel_message> panel;
    /// Since when nobody is in it.
    std::optional<time_point> empty_since;
    /// Since when its owner is away.
    std::optional<time_point> owner_left_at;
    /// Who owned it before a policy or a claim took it from him, while he may still have it back.
    user_id former_owner;
    std::optional<time_point> former_owner_left_at;
    std::optional<pending_rename> rename;
    /// When Discord took names, newest last; at most two.
    std::vector<time_point> renamed_at;
    /// The overwrites that its permissions come from, as Discord last showed them; nullopt: never seen.
    std::optional<std::vector<discord::overwrite>> source;
    /// What a hub that is gone said of its rooms' times and owners.
    std::optional<hub_settings> last_settings;
    /// Whether what its owner chooses is kept for his next room, where the hub does that: not once he has
    /// asked to have it forgotten.
    bool remembered = true;
};

/// Who asks for something, and what he is in the guild.
struct actor {
    user_id user;
    /// May do everything an owner may, in every room, and look after hubs.
    bool administrator = false;

    /// From what the guild lets him do: administrators, and those who may manage the server.
    static actor of(user_id who, discord::permissions in_guild) {
        using enum discord::permission;
        return {.user = who,
                .administrator =
                    in_guild.has(discord::permission::administrator) || in_guild.has(manage_guild)};
    }
};

} // namespace vagrolant::voice_hubs
