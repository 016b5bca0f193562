#include "discord/cache/cache.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace vagrolant::discord {

namespace {

timestamp now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

bool before(const cached_channel* a, const cached_channel* b) {
    return std::tuple(is_voice_like(a->type), a->position, a->id) <
           std::tuple(is_voice_like(b->type), b->position, b->id);
}

permissions base_of(const cached_guild& guild, const permission_subject& who) {
    permissions granted;
    if (const auto* everyone = guild.find_role(everyone_role(guild.id)))
        granted |= everyone->permissions;
    for (const auto id : who.roles) {
        if (const auto* role = guild.find_role(id))
            granted |= role->permissions;
    }
    return compute_base(who, std::span(&granted, 1));
}

} // namespace

const cached_guild* cache::find_guild(guild_id id) const {
    const auto found = guilds_.find(id);
    return found == guilds_.end() ? nullptr : &found->second;
}

const cached_channel* cache::find_channel(channel_id id) const {
    const auto found = channels_.find(id);
    return found == channels_.end() ? nullptr : &found->second;
}

std::vector<guild_id> cache::guilds() const {
    std::vector<guild_id> ids;
    ids.reserve(guilds_.size());
    for (const auto& [id, known] : guilds_)
        ids.push_back(id);
    return ids;
}

std::vector<const cached_channel*> cache::sorted_channels(guild_id id) const {
    const auto* guild = find_guild(id);
    if (!guild)
        return {};
    std::vector<const cached_channel*> top;
    std::vector<const cached_channel*> categories;
    std::unordered_map<channel_id, std::vector<const cached_channel*>> children;
    for (const auto one : guild->channels) {
        const auto* channel = find_channel(one);
        if (channel->type == channel_type::category)
            categories.push_back(channel);
        else if (find_channel(channel->parent))
            children[channel->parent].push_back(channel);
        else
            top.push_back(channel);
    }
    std::ranges::sort(top, before);
    std::ranges::sort(categories, before);
    auto sorted = std::move(top);
    for (const auto* category : categories) {
        sorted.push_back(category);
        auto& inside = children[category->id];
        std::ranges::sort(inside, before);
        sorted.insert(sorted.end(), inside.begin(), inside.end());
    }
    return sorted;
}

const cached_voice_state* cache::find_voice_state(guild_id guild, user_id user) const {
    const auto* known = find_guild(guild);
    if (!known)
        return nullptr;
    const auto found = std::ranges::find(known->voice_states, user, &cached_voice_state::user);
    return found == known->voice_states.end() ? nullptr : &*found;
}

std::vector<cached_voice_state> cache::voice_members(channel_id id) const {
    std::vector<cached_voice_state> inside;
    const auto* channel = find_channel(id);
    const auto* guild = channel ? find_guild(channel->guild) : nullptr;
    if (!guild)
        return inside;
    for (const auto& one : guild->voice_states) {
        if (one.channel == id)
            inside.push_back(one);
    }
    return inside;
}

bool cache::own_timed_out(guild_id id) const {
    const auto* guild = find_guild(id);
    return guild && guild->own_timeout && *guild->own_timeout > now();
}

permissions cache::own_permissions(guild_id id) const {
    const auto* guild = find_guild(id);
    if (!guild)
        return {};
    return member_permissions(id, self_.id, guild->own_roles, own_timed_out(id));
}

permissions cache::own_permissions_in(channel_id id) const {
    const auto* channel = find_channel(id);
    const auto* guild = channel ? find_guild(channel->guild) : nullptr;
    if (!guild)
        return {};
    return member_permissions_in(id, self_.id, guild->own_roles, own_timed_out(guild->id));
}

permissions cache::member_permissions(guild_id id, user_id user, std::span<const role_id> roles,
                                      bool timed_out) const {
    const auto* guild = find_guild(id);
    if (!guild)
        return {};
    return base_of(*guild,
                   {.user = user, .roles = roles, .owner = guild->owner == user, .timed_out = timed_out});
}

permissions cache::member_permissions_in(channel_id id, user_id user, std::span<const role_id> roles,
                                         bool timed_out) const {
    const auto* channel = find_channel(id);
    const auto* guild = channel ? find_guild(channel->guild) : nullptr;
    // Of an obfuscated channel nobody's permissions are known, and the bot has none.
    if (!guild || channel->obfuscated)
        return {};
    const permission_subject who{
        .user = user, .roles = roles, .owner = guild->owner == user, .timed_out = timed_out};
    return compute_in_channel(base_of(*guild, who), who, guild->id, channel->overwrites,
                              is_voice_like(channel->type));
}

int cache::highest_position(guild_id id, std::span<const role_id> roles) const {
    const auto* guild = find_guild(id);
    int highest = 0;
    for (const auto one : roles) {
        const auto* role = guild ? guild->find_role(one) : nullptr;
        if (role)
            highest = std::max(highest, role->position);
    }
    return highest;
}

int cache::own_highest_position(guild_id id) const {
    const auto* guild = find_guild(id);
    if (!guild)
        return 0;
    if (guild->owner == self_.id)
        return std::numeric_limits<int>::max();
    return highest_position(id, guild->own_roles);
}

} // namespace vagrolant::discord
