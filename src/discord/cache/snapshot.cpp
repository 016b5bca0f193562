#include "discord/cache/cache.hpp"
#include "discord/model/channel_edit.hpp"
#include "discord/model/parse.hpp"

#include <utility>

namespace vagrolant::discord {

namespace {

// Raised when the shape below changes: an older snapshot is then refused.
constexpr int version = 1;

// None is written as null.
template <class Tag>
json::any optional_id(snowflake<Tag> id) {
    return id ? json::id(id) : json::any();
}

json::object role_json(const cached_role& one) {
    return {
        {"id", json::id(one.id)},   {"name", one.name},       {"permissions", one.permissions.to_string()},
        {"position", one.position}, {"managed", one.managed}, {"bot", optional_id(one.bot)}};
}

json::object channel_json(const cached_channel& one) {
    json::array overwrites;
    for (const auto& entry : one.overwrites)
        overwrites.push_back(to_json(entry));
    // The names are Discord's, so that one parser reads both.
    return {{"id", json::id(one.id)},
            {"type", std::to_underlying(one.type)},
            {"flags", one.obfuscated ? channel_flags::obfuscated : 0},
            {"nsfw", one.nsfw},
            {"parent_id", optional_id(one.parent)},
            {"position", one.position},
            {"user_limit", one.user_limit},
            {"bitrate", one.bitrate},
            {"rate_limit_per_user", one.rate_limit_per_user},
            {"name", one.name},
            {"permission_overwrites", std::move(overwrites)}};
}

json::object voice_json(const cached_voice_state& one) {
    return {{"user_id", json::id(one.user)},
            {"channel_id", json::id(one.channel)},
            {"bot", one.bot},
            {"deaf", one.deaf},
            {"mute", one.mute},
            {"self_deaf", one.self_deaf},
            {"self_mute", one.self_mute},
            {"self_stream", one.self_stream},
            {"self_video", one.self_video},
            {"suppress", one.suppress}};
}

cached_role read_role(json::value from) {
    cached_role role;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "id")
            parse::to(role.id, value);
        else if (key == "name")
            parse::to(role.name, value);
        else if (key == "permissions")
            parse::to(role.permissions, value);
        else if (key == "position")
            parse::to(role.position, value);
        else if (key == "managed")
            parse::to(role.managed, value);
        else if (key == "bot")
            parse::to(role.bot, value);
    });
    parse::require(from, role.id, "id");
    return role;
}

cached_voice_state read_voice(json::value from) {
    cached_voice_state state;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "user_id")
            parse::to(state.user, value);
        else if (key == "channel_id")
            parse::to(state.channel, value);
        else if (key == "bot")
            parse::to(state.bot, value);
        else if (key == "deaf")
            parse::to(state.deaf, value);
        else if (key == "mute")
            parse::to(state.mute, value);
        else if (key == "self_deaf")
            parse::to(state.self_deaf, value);
        else if (key == "self_mute")
            parse::to(state.self_mute, value);
        else if (key == "self_stream")
            parse::to(state.self_stream, value);
        else if (key == "self_video")
            parse::to(state.self_video, value);
        else if (key == "suppress")
            parse::to(state.suppress, value);
    });
    parse::require(from, state.user, "user_id");
    return state;
}

cached_guild read_guild(json::value from, std::vector<channel>& channels) {
    cached_guild guild;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "id")
            parse::to(guild.id, value);
        else if (key == "name")
            parse::to(guild.name, value);
        else if (key == "icon")
            parse::to(guild.icon, value);
        else if (key == "owner")
            parse::to(guild.owner, value);
        else if (key == "locale")
            parse::to(guild.locale, value);
        else if (key == "premium_tier")
            parse::to(guild.premium_tier, value);
        else if (key == "unavailable")
            parse::to(guild.unavailable, value);
        else if (key == "afk_channel")
            parse::to(guild.afk_channel, value);
        else if (key == "system_channel")
            parse::to(guild.system_channel, value);
        else if (key == "roles")
            parse::list(guild.roles, value, read_role);
        else if (key == "channels")
            parse::list(channels, value, parse_channel);
        else if (key == "voice_states")
            parse::list(guild.voice_states, value, read_voice);
        else if (key == "own_roles")
            parse::ids(guild.own_roles, value);
        else if (key == "own_nick")
            parse::to(guild.own_nick, value);
        else if (key == "own_timeout")
            parse::to(guild.own_timeout, value);
    });
    parse::require(from, guild.id, "id");
    return guild;
}

} // namespace

json::object cache::snapshot() const {
    json::array guilds;
    for (const auto& [id, guild] : guilds_) {
        json::array roles;
        for (const auto& role : guild.roles)
            roles.push_back(role_json(role));
        json::array channels;
        for (const auto channel : guild.channels)
            channels.push_back(channel_json(channels_.at(channel)));
        json::array voice_states;
        for (const auto& state : guild.voice_states)
            voice_states.push_back(voice_json(state));
        guilds.push_back(json::object{
            {"id", json::id(id)},
            {"name", guild.name},
            {"icon", guild.icon},
            {"owner", optional_id(guild.owner)},
            {"locale", guild.locale},
            {"premium_tier", guild.premium_tier},
            {"unavailable", guild.unavailable},
            {"afk_channel", optional_id(guild.afk_channel)},
            {"system_channel", optional_id(guild.system_channel)},
            {"roles", std::move(roles)},
            {"channels", std::move(channels)},
            {"voice_states", std::move(voice_states)},
            {"own_roles", json::ids(guild.own_roles)},
            {"own_nick", guild.own_nick},
            {"own_timeout", guild.own_timeout ? json::any(to_iso8601(*guild.own_timeout)) : json::any()}});
    }
    json::array awaited;
    for (const auto id : awaited_)
        awaited.push_back(json::id(id));
    return {{"version", version},
            {"self", json::object{{"id", optional_id(self_.id)},
                                  {"username", self_.username},
                                  {"global_name", self_.global_name},
                                  {"avatar", self_.avatar},
                                  {"bot", self_.bot}}},
            {"application", optional_id(application_)},
            {"awaited", std::move(awaited)},
            {"guilds", std::move(guilds)}};
}

void cache::restore(json::value from) {
    struct loaded_guild {
        cached_guild guild;
        std::vector<channel> channels;
    };
    int found_version = 0;
    user self;
    application_id application;
    std::vector<guild_id> awaited;
    std::vector<loaded_guild> loaded;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "version")
            parse::to(found_version, value);
        else if (key == "self")
            self = parse_user(value);
        else if (key == "application")
            parse::to(application, value);
        else if (key == "awaited")
            parse::ids(awaited, value);
        else if (key == "guilds") {
            value.each([&](json::value one) {
                auto& into = loaded.emplace_back();
                into.guild = read_guild(one, into.channels);
            });
        }
    });
    if (found_version != version)
        from.fail("not a snapshot of this version");

    self_ = std::move(self);
    application_ = application;
    awaited_ = {awaited.begin(), awaited.end()};
    guilds_.clear();
    channels_.clear();
    for (auto& one : loaded) {
        auto& known = guilds_[one.guild.id] = std::move(one.guild);
        for (const auto& channel : one.channels)
            put_channel(known, channel);
    }
}

} // namespace vagrolant::discord
