#pragma once

#include "discord/dispatcher.hpp"
#include "discord/model/channel.hpp"
#include "discord/model/permissions.hpp"
#include "discord/model/user.hpp"
#include "discord/model/voice_state.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace vagrolant::discord {

/// What is kept of a role.
struct cached_role {
    role_id id;
    std::string name;
    discord::permissions permissions;
    int position = 0;
    bool managed = false;
    /// The bot it was made for.
    user_id bot;
};

/// What is kept of a channel. Threads are not kept.
struct cached_channel {
    channel_id id;
    channel_type type = channel_type::text;
    /// The bot may not see it: nothing but id, type, position and parent is known (name, overwrites are
    /// empty).
    bool obfuscated = false;
    bool nsfw = false;
    guild_id guild;
    channel_id parent;
    int position = 0;
    int user_limit = 0;
    int bitrate = 0;
    int rate_limit_per_user = 0;
    std::string name;
    std::vector<overwrite> overwrites;
};

struct cached_voice_state {
    user_id user;
    channel_id channel;
    bool bot = false;
    bool deaf = false;
    bool mute = false;
    bool self_deaf = false;
    bool self_mute = false;
    bool self_stream = false;
    bool self_video = false;
    bool suppress = false;
};

struct cached_guild {
    guild_id id;
    std::string name;
    std::string icon;
    user_id owner;
    /// Discord's locale id.
    std::string locale;
    /// The level that boosts have given it: 0 to 3.
    int premium_tier = 0;
    /// An outage: what was known before is kept, but may be stale.
    bool unavailable = false;
    channel_id afk_channel;
    channel_id system_channel;
    std::vector<cached_role> roles;
    std::vector<channel_id> channels;
    std::vector<cached_voice_state> voice_states;
    /// The bot's own, without @everyone.
    std::vector<role_id> own_roles;
    std::string own_nick;
    std::optional<timestamp> own_timeout;

    const cached_role* find_role(role_id id) const;
};

/// What the GUILD_CREATE that was applied last meant.
enum class guild_arrival { backfill, outage_over, joined };

/// What features decide from, right after every event that changes it. Loop thread only; members are not
/// kept.
///
/// Pointers and spans that queries return are valid until the next event: not across a `co_await`.
class cache {
public:
    /// Subscribes; construct it before any other subscriber.
    explicit cache(dispatcher& events);
    cache(const cache&) = delete;
    cache& operator=(const cache&) = delete;

    const user& self() const { return self_; }
    application_id application() const { return application_; }

    const cached_guild* find_guild(guild_id id) const;
    const cached_channel* find_channel(channel_id id) const;
    /// In no particular order.
    std::vector<guild_id> guilds() const;
    std::size_t guild_count() const { return guilds_.size(); }
    /// Inside a subscriber of GUILD_CREATE: what it means.
    guild_arrival last_arrival() const { return last_arrival_; }
    /// Inside a subscriber of VOICE_STATE_UPDATE: where the member was before; none when not connected.
    channel_id previous_voice_channel() const { return previous_voice_channel_; }

    /// The guild's channels as Discord shows them: those without a category, then each category with its
    /// channels; text before voice; by position, then id.
    std::vector<const cached_channel*> sorted_channels(guild_id id) const;

    /// Nullptr when not connected.
    const cached_voice_state* find_voice_state(guild_id guild, user_id user) const;
    /// Who sits in a voice channel, in the order of arrival as far as it is known.
    std::vector<cached_voice_state> voice_members(channel_id id) const;

    /// What the bot may do; empty for an unknown guild or channel. In an obfuscated channel nothing.
    permissions own_permissions(guild_id guild) const;
    permissions own_permissions_in(channel_id channel) const;
    /// Whether a timeout keeps the bot from writing and managing now.
    bool own_timed_out(guild_id guild) const;
    /// What a member with these roles may do.
    permissions member_permissions(guild_id guild, user_id user, std::span<const role_id> roles,
                                   bool timed_out = false) const;
    permissions member_permissions_in(channel_id channel, user_id user, std::span<const role_id> roles,
                                      bool timed_out = false) const;
    /// Position of the highest of these roles (0: @everyone); what hierarchy is decided by.
    int highest_position(guild_id guild, std::span<const role_id> roles) const;
    /// The same for the bot; the owner of a guild stands above all positions.
    int own_highest_position(guild_id guild) const;

    /// Events may come after REST's answers, or never: what an answer says of a channel that no event has
    /// shown yet, where a member is, that a channel is gone. To be told at once; later events count more.
    void learn(const channel& told);
    void learn(guild_id guild, const voice_state& told);
    void learn_gone(channel_id id);

    /// All that is kept, to be restored by a process that resumes the gateway session (to which Discord does
    /// not tell the guilds again).
    json::object snapshot() const;
    /// Replaces all. Throws `json::parse_error` and keeps what was there.
    void restore(json::value from);

private:
    void on_ready(const events::ready& event);
    void on_guild_create(const events::guild_create& event);
    void on_guild_update(const events::guild_update& event);
    void on_guild_delete(const events::guild_delete& event);
    void on_role(guild_id guild, const role& changed);
    void on_role_delete(const events::guild_role_delete& event);
    void on_channel(const channel& changed);
    void on_channel_delete(const events::channel_delete& event);
    void on_voice_state(const events::voice_state_update& event);
    /// Where the member was before; none when not connected.
    channel_id put_voice_state(cached_guild& into, cached_voice_state state);
    void on_member_update(const events::guild_member_update& event);

    cached_guild* guild_of(guild_id id);
    void drop(guild_id id);
    void put_channel(cached_guild& into, const channel& from);

    user self_;
    application_id application_;
    std::unordered_map<guild_id, cached_guild> guilds_;
    std::unordered_map<channel_id, cached_channel> channels_;
    // Told in READY, not yet described by GUILD_CREATE.
    std::unordered_set<guild_id> awaited_;
    guild_arrival last_arrival_ = guild_arrival::backfill;
    channel_id previous_voice_channel_;
};

} // namespace vagrolant::discord
