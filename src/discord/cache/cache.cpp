#include "discord/cache/cache.hpp"

#include <algorithm>

namespace vagrolant::discord {

namespace {

cached_role keep(const role& from) {
    return {.id = from.id,
            .name = from.name,
            .permissions = from.permissions,
            .position = from.position,
            .managed = from.managed,
            .bot = from.bot};
}

std::vector<cached_role> keep(const std::vector<role>& from) {
    std::vector<cached_role> kept;
    kept.reserve(from.size());
    for (const auto& one : from)
        kept.push_back(keep(one));
    return kept;
}

cached_channel keep(const channel& from) {
    cached_channel kept{.id = from.id,
                        .type = from.type,
                        .obfuscated = from.obfuscated(),
                        .guild = from.guild,
                        .parent = from.parent,
                        .position = from.position};
    // Whatever else an obfuscated channel says is made up.
    if (kept.obfuscated)
        return kept;
    kept.nsfw = from.nsfw;
    kept.user_limit = from.user_limit;
    kept.bitrate = from.bitrate;
    kept.rate_limit_per_user = from.rate_limit_per_user;
    kept.name = from.name;
    kept.overwrites = from.overwrites;
    return kept;
}

template <class State>
cached_voice_state keep_voice(const State& from, bool bot) {
    return {.user = from.user,
            .channel = from.channel,
            .bot = bot,
            .deaf = from.deaf,
            .mute = from.mute,
            .self_deaf = from.self_deaf,
            .self_mute = from.self_mute,
            .self_stream = from.self_stream,
            .self_video = from.self_video,
            .suppress = from.suppress};
}

void keep_properties(cached_guild& into, const guild& from) {
    into.name = from.name;
    into.icon = from.icon;
    into.owner = from.owner;
    into.locale = from.preferred_locale;
    into.premium_tier = from.premium_tier;
    into.afk_channel = from.afk_channel;
    into.system_channel = from.system_channel;
    into.roles = keep(from.roles);
}

} // namespace

const cached_role* cached_guild::find_role(role_id which) const {
    const auto found = std::ranges::find(roles, which, &cached_role::id);
    return found == roles.end() ? nullptr : &*found;
}

cache::cache(dispatcher& events) {
    events.on<events::ready>([this](const auto& event) { on_ready(event); });
    events.on<events::guild_create>([this](const auto& event) { on_guild_create(event); });
    events.on<events::guild_update>([this](const auto& event) { on_guild_update(event); });
    events.on<events::guild_delete>([this](const auto& event) { on_guild_delete(event); });
    events.on<events::guild_role_create>([this](const auto& event) { on_role(event.guild, event.role); });
    events.on<events::guild_role_update>([this](const auto& event) { on_role(event.guild, event.role); });
    events.on<events::guild_role_delete>([this](const auto& event) { on_role_delete(event); });
    events.on<events::channel_create>([this](const auto& event) { on_channel(event.channel); });
    events.on<events::channel_update>([this](const auto& event) { on_channel(event.channel); });
    events.on<events::channel_delete>([this](const auto& event) { on_channel_delete(event); });
    events.on<events::voice_state_update>([this](const auto& event) { on_voice_state(event); });
    events.on<events::guild_member_update>([this](const auto& event) { on_member_update(event); });
    events.on<events::user_update>([this](const auto& event) { self_ = event.user; });
}

void cache::on_ready(const events::ready& event) {
    self_ = event.user;
    application_ = event.application;
    // A new session: what is not in its list was left while nobody listened.
    std::vector<guild_id> gone;
    for (const auto& [id, known] : guilds_) {
        if (shard_of(id, event.shard_count) == event.shard &&
            std::ranges::find(event.guilds, id) == event.guilds.end())
            gone.push_back(id);
    }
    for (const auto id : gone)
        drop(id);
    for (const auto id : event.guilds) {
        auto& known = guilds_[id];
        known.id = id;
        known.unavailable = true;
        awaited_.insert(id);
    }
}

void cache::on_guild_create(const events::guild_create& event) {
    const auto id = event.guild.id;
    if (event.guild.unavailable) {
        auto& known = guilds_[id];
        known.id = id;
        known.unavailable = true;
        return;
    }
    const auto* before = find_guild(id);
    if (awaited_.erase(id) > 0)
        last_arrival_ = guild_arrival::backfill;
    else if (!before)
        last_arrival_ = guild_arrival::joined;
    else
        last_arrival_ = before->unavailable ? guild_arrival::outage_over : guild_arrival::backfill;

    drop(id);
    auto& known = guilds_[id];
    known.id = id;
    keep_properties(known, event.guild);
    known.channels.reserve(event.channels.size());
    for (const auto& one : event.channels)
        put_channel(known, one);
    const auto find_member = [&event](user_id who) {
        return std::ranges::find(event.members, who, [](const member& one) { return one.user.id; });
    };
    for (const auto& one : event.voice_states) {
        if (!one.channel)
            continue;
        const auto who = find_member(one.user);
        known.voice_states.push_back(keep_voice(one, who != event.members.end() && who->user.bot));
    }
    if (const auto own = find_member(self_.id); own != event.members.end()) {
        known.own_roles = own->roles;
        known.own_nick = own->nick;
        known.own_timeout = own->communication_disabled_until;
    }
}

void cache::on_guild_update(const events::guild_update& event) {
    if (auto* known = guild_of(event.guild.id); known && !event.guild.unavailable)
        keep_properties(*known, event.guild);
}

void cache::on_guild_delete(const events::guild_delete& event) {
    if (!event.unavailable) {
        awaited_.erase(event.guild);
        drop(event.guild);
    } else if (auto* known = guild_of(event.guild)) {
        known->unavailable = true;
    }
}

void cache::on_role(guild_id id, const role& changed) {
    auto* known = guild_of(id);
    if (!known)
        return;
    const auto found = std::ranges::find(known->roles, changed.id, &cached_role::id);
    if (found == known->roles.end())
        known->roles.push_back(keep(changed));
    else
        *found = keep(changed);
}

void cache::on_role_delete(const events::guild_role_delete& event) {
    if (auto* known = guild_of(event.guild)) {
        std::erase_if(known->roles, [&event](const cached_role& one) { return one.id == event.role; });
        std::erase(known->own_roles, event.role);
    }
}

void cache::on_channel(const channel& changed) {
    if (auto* known = guild_of(changed.guild))
        put_channel(*known, changed);
}

void cache::on_channel_delete(const events::channel_delete& event) {
    learn_gone(event.channel.id);
}

void cache::learn(const channel& told) {
    if (!channels_.contains(told.id))
        on_channel(told);
}

void cache::learn_gone(channel_id id) {
    const auto found = channels_.find(id);
    if (found == channels_.end())
        return;
    // Its own guild lists it, whatever guild the event names.
    auto* known = guild_of(found->second.guild);
    channels_.erase(found);
    if (known) {
        std::erase(known->channels, id);
        std::erase_if(known->voice_states, [id](const cached_voice_state& one) { return one.channel == id; });
    }
}

void cache::on_voice_state(const events::voice_state_update& event) {
    previous_voice_channel_ = {};
    if (auto* known = guild_of(event.guild))
        previous_voice_channel_ = put_voice_state(*known, keep_voice(event, event.bot));
}

void cache::learn(guild_id guild, const voice_state& told) {
    auto* known = guild_of(guild);
    if (!known)
        return;
    const auto* before = find_voice_state(guild, told.user);
    put_voice_state(*known, keep_voice(told, before != nullptr && before->bot));
}

channel_id cache::put_voice_state(cached_guild& into, cached_voice_state state) {
    channel_id before;
    auto& states = into.voice_states;
    const auto found = std::ranges::find(states, state.user, &cached_voice_state::user);
    if (found != states.end()) {
        before = found->channel;
        if (before == state.channel) {
            *found = state;
            return before;
        }
        // Who moves arrives: he goes to the end.
        states.erase(found);
    }
    if (state.channel)
        states.push_back(state);
    return before;
}

void cache::on_member_update(const events::guild_member_update& event) {
    if (event.user != self_.id)
        return;
    if (auto* known = guild_of(event.guild)) {
        known->own_roles.assign(event.roles.begin(), event.roles.end());
        known->own_nick = event.nick;
        known->own_timeout = event.communication_disabled_until;
    }
}

cached_guild* cache::guild_of(guild_id id) {
    const auto found = guilds_.find(id);
    return found == guilds_.end() ? nullptr : &found->second;
}

void cache::drop(guild_id id) {
    const auto found = guilds_.find(id);
    if (found == guilds_.end())
        return;
    for (const auto one : found->second.channels)
        channels_.erase(one);
    guilds_.erase(found);
}

void cache::put_channel(cached_guild& into, const channel& from) {
    if (is_thread(from.type))
        return;
    const auto [at, fresh] = channels_.insert_or_assign(from.id, keep(from));
    at->second.guild = into.id;
    if (fresh)
        into.channels.push_back(from.id);
}

} // namespace vagrolant::discord
