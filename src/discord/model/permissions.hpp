#pragma once

#include "base/localized.hpp"
#include "discord/model/ids.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vagrolant::discord {

/// Each value is the number of its bit. (Discord Docs/Permissions)
enum class permission : std::uint8_t {
    create_instant_invite = 0,
    kick_members = 1,
    ban_members = 2,
    administrator = 3,
    manage_channels = 4,
    manage_guild = 5,
    add_reactions = 6,
    view_audit_log = 7,
    priority_speaker = 8,
    stream = 9,
    view_channel = 10,
    send_messages = 11,
    send_tts_messages = 12,
    manage_messages = 13,
    embed_links = 14,
    attach_files = 15,
    read_message_history = 16,
    mention_everyone = 17,
    use_external_emojis = 18,
    view_guild_insights = 19,
    connect = 20,
    speak = 21,
    mute_members = 22,
    deafen_members = 23,
    move_members = 24,
    use_vad = 25,
    change_nickname = 26,
    manage_nicknames = 27,
    manage_roles = 28,
    manage_webhooks = 29,
    manage_guild_expressions = 30,
    use_application_commands = 31,
    request_to_speak = 32,
    manage_events = 33,
    manage_threads = 34,
    create_public_threads = 35,
    create_private_threads = 36,
    use_external_stickers = 37,
    send_messages_in_threads = 38,
    use_embedded_activities = 39,
    moderate_members = 40,
    view_creator_monetization_analytics = 41,
    use_soundboard = 42,
    create_guild_expressions = 43,
    create_events = 44,
    use_external_sounds = 45,
    send_voice_messages = 46,
    // 47 is not assigned.
    set_voice_channel_status = 48,
    send_polls = 49,
    use_external_apps = 50,
    pin_messages = 51,
    bypass_slowmode = 52,
};

/// A set of permissions. Bits that Discord adds one day are kept.
class permissions {
public:
    constexpr permissions() = default;
    constexpr permissions(permission one)
        : bits_(std::uint64_t{1} << static_cast<unsigned>(one)) {}
    constexpr permissions(std::initializer_list<permission> some) {
        for (const auto one : some)
            *this |= one;
    }
    static constexpr permissions from_bits(std::uint64_t bits) {
        permissions set;
        set.bits_ = bits;
        return set;
    }
    /// Every permission that has a name.
    static constexpr permissions all() {
        return from_bits(((std::uint64_t{1} << 53U) - 1) ^ (std::uint64_t{1} << 47U));
    }

    constexpr std::uint64_t bits() const { return bits_; }
    constexpr bool empty() const { return bits_ == 0; }
    /// True when every permission of `wanted` is in the set.
    constexpr bool has(permissions wanted) const { return (bits_ & wanted.bits_) == wanted.bits_; }
    constexpr permissions without(permissions taken) const { return from_bits(bits_ & ~taken.bits_); }
    /// Decimal, as JSON carries it.
    std::string to_string() const { return std::to_string(bits_); }

    constexpr permissions& operator|=(permissions other) {
        bits_ |= other.bits_;
        return *this;
    }
    constexpr permissions& operator&=(permissions other) {
        bits_ &= other.bits_;
        return *this;
    }
    friend constexpr permissions operator|(permissions a, permissions b) { return a |= b; }
    friend constexpr permissions operator&(permissions a, permissions b) { return a &= b; }
    friend constexpr bool operator==(permissions, permissions) = default;

private:
    std::uint64_t bits_ = 0;
};

/// As Discord's own clients call it.
localized name_of(permission one);

/// The permissions of the set that have a name, in the order of their bits.
std::vector<permission> list(permissions set);

enum class overwrite_type : std::uint8_t { role = 0, member = 1 };

/// What a channel allows or denies a role or a member.
struct overwrite {
    /// A role's or a user's id, as `type` says.
    std::uint64_t id = 0;
    overwrite_type type = overwrite_type::role;
    permissions allow;
    permissions deny;

    static overwrite of(role_id role, permissions allow, permissions deny = {}) {
        return {.id = role.value(), .type = overwrite_type::role, .allow = allow, .deny = deny};
    }
    static overwrite of(user_id user, permissions allow, permissions deny = {}) {
        return {.id = user.value(), .type = overwrite_type::member, .allow = allow, .deny = deny};
    }
    friend bool operator==(const overwrite&, const overwrite&) = default;
};

/// The role everybody has: its id is the guild's.
constexpr role_id everyone_role(guild_id guild) {
    return role_id(guild.value());
}

/// Whose permissions are computed.
struct permission_subject {
    user_id user;
    /// Without @everyone, or with it: both are fine.
    std::span<const role_id> roles;
    bool owner = false;
    bool timed_out = false;
};

/// What the member may do in the guild, channels aside. `role_permissions` are those of @everyone and of the
/// member's roles. Owners and administrators have all; a timeout leaves others seeing and reading.
permissions compute_base(const permission_subject& who, std::span<const permissions> role_permissions);

/// What the member may do in one channel, given what he may do in the guild (`compute_base`).
/// `voice` says whether joining by voice is possible there: without CONNECT nothing but the view is left.
permissions compute_in_channel(permissions base, const permission_subject& who, guild_id guild,
                               std::span<const overwrite> overwrites, bool voice);

} // namespace vagrolant::discord
