#include "discord/events_parse.hpp"
#include "discord/model/parse.hpp"

namespace vagrolant::discord::events {

namespace {

// A string that stays where it is.
void view(std::string_view& target, json::value from) {
    if (!from.is_null())
        target = from.string();
}

std::span<const role_id> role_list(json::value from, std::vector<role_id>& scratch) {
    scratch.clear();
    parse::ids(scratch, from);
    return scratch;
}

struct brief_user {
    user_id id;
    bool bot = false;
    std::string_view username;
    std::string_view global_name;
    std::string_view avatar;
};

brief_user parse_brief_user(json::value from) {
    brief_user parsed;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "id")
            parse::to(parsed.id, value);
        else if (key == "username")
            view(parsed.username, value);
        else if (key == "global_name")
            view(parsed.global_name, value);
        else if (key == "avatar")
            view(parsed.avatar, value);
        else if (key == "bot")
            parse::to(parsed.bot, value);
    });
    parse::require(from, parsed.id, "id");
    return parsed;
}

channel_info::entry parse_channel_info(json::value from) {
    channel_info::entry parsed;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "id")
            parse::to(parsed.channel, value);
        else if (key == "status")
            parse::to(parsed.status, value);
        else if (key == "voice_start_time")
            parsed.in_use = !value.is_null();
    });
    parse::require(from, parsed.channel, "id");
    return parsed;
}

// (Discord Docs/Gateway Events "Activity Types")
constexpr std::int64_t activity_playing = 0;

struct brief_presence {
    guild_id guild;
    user_id user;
    std::string_view game;
};

brief_presence parse_presence(json::value from) {
    brief_presence parsed;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "guild_id")
            parse::to(parsed.guild, value);
        else if (key == "user")
            parse::to(parsed.user, value["id"]);
        else if (key == "activities" && !value.is_null()) {
            value.each([&](json::value activity) {
                std::string_view name;
                std::optional<std::int64_t> type;
                activity.each_member([&](std::string_view field, json::value one) {
                    if (field == "name")
                        view(name, one);
                    else if (field == "type" && !one.is_null())
                        type = one.integer();
                });
                if (parsed.game.empty() && type == activity_playing)
                    parsed.game = name;
            });
        }
    });
    parse::require(from, parsed.user, "user");
    return parsed;
}

void parse_players(std::vector<playing>& into, json::value from) {
    if (from.is_null())
        return;
    from.each([&](json::value one) {
        const auto presence = parse_presence(one);
        if (!presence.game.empty())
            into.push_back({.user = presence.user, .game = std::string(presence.game)});
    });
}

template <class Event>
void parse_role_event(Event& into, json::value from) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "guild_id")
            parse::to(into.guild, value);
        else if (key == "role")
            into.role = parse_role(value);
    });
    parse::require(from, into.guild, "guild_id");
    parse::require(from, into.role.id, "role");
}

} // namespace

void parse_event(ready& into, json::value from, scratch&) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "user")
            into.user = parse_user(value);
        else if (key == "application")
            parse::to(into.application, value["id"]);
        else if (key == "shard") {
            std::vector<int> shard;
            parse::list(shard, value, [](json::value one) { return static_cast<int>(one.integer()); });
            if (shard.size() != 2 || shard[1] < 1)
                value.fail("not a shard");
            into.shard_count = static_cast<std::uint32_t>(shard[1]);
        } else if (key == "guilds")
            parse::list(into.guilds, value,
                        [](json::value one) { return one["id"].template id<guild_id>(); });
    });
    parse::require(from, into.user.id, "user");
}

void parse_event(resumed&, json::value, scratch&) {}

void parse_event(guild_create& into, json::value from, scratch&) {
    from.each_member([&](std::string_view key, json::value value) {
        if (parse_guild_member(into.guild, key, value))
            return;
        if (key == "channels")
            parse::list(into.channels, value, parse_channel);
        else if (key == "voice_states")
            parse::list(into.voice_states, value, parse_voice_state);
        else if (key == "members")
            parse::list(into.members, value, parse_member);
        else if (key == "presences")
            parse_players(into.players, value);
    });
    parse::require(from, into.guild.id, "id");
    if (!into.guild.unavailable)
        parse::require(from, into.guild.owner, "owner_id");
    // Discord leaves the guild out inside it.
    for (auto& one : into.channels)
        one.guild = into.guild.id;
    for (auto& one : into.voice_states)
        one.guild = into.guild.id;
}

void parse_event(guild_update& into, json::value from, scratch&) {
    into.guild = parse_guild(from);
}

void parse_event(guild_delete& into, json::value from, scratch&) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "id")
            parse::to(into.guild, value);
        // The key alone says outage. (Discord Docs/Gateway Events "Guild Delete")
        else if (key == "unavailable")
            into.unavailable = true;
    });
    parse::require(from, into.guild, "id");
}

void parse_event(guild_role_create& into, json::value from, scratch&) {
    parse_role_event(into, from);
}
void parse_event(guild_role_update& into, json::value from, scratch&) {
    parse_role_event(into, from);
}

void parse_event(guild_role_delete& into, json::value from, scratch&) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "guild_id")
            parse::to(into.guild, value);
        else if (key == "role_id")
            parse::to(into.role, value);
    });
    parse::require(from, into.guild, "guild_id");
    parse::require(from, into.role, "role_id");
}

void parse_event(channel_create& into, json::value from, scratch&) {
    into.channel = parse_channel(from);
}
void parse_event(channel_update& into, json::value from, scratch&) {
    into.channel = parse_channel(from);
}
void parse_event(channel_delete& into, json::value from, scratch&) {
    into.channel = parse_channel(from);
}

void parse_event(voice_state_update& into, json::value from, scratch& room) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "guild_id")
            parse::to(into.guild, value);
        else if (key == "channel_id")
            parse::to(into.channel, value);
        else if (key == "user_id")
            parse::to(into.user, value);
        else if (key == "member") {
            if (value.is_null())
                return;
            value.each_member([&](std::string_view field, json::value one) {
                if (field == "user" && !one.is_null()) {
                    const auto brief = parse_brief_user(one);
                    into.bot = brief.bot;
                    into.username = brief.username;
                    into.global_name = brief.global_name;
                } else if (field == "nick")
                    view(into.nick, one);
                else if (field == "roles")
                    into.roles = role_list(one, room.roles);
            });
        } else if (key == "session_id")
            view(into.session_id, value);
        else if (key == "deaf")
            parse::to(into.deaf, value);
        else if (key == "mute")
            parse::to(into.mute, value);
        else if (key == "self_deaf")
            parse::to(into.self_deaf, value);
        else if (key == "self_mute")
            parse::to(into.self_mute, value);
        else if (key == "self_stream")
            parse::to(into.self_stream, value);
        else if (key == "self_video")
            parse::to(into.self_video, value);
        else if (key == "suppress")
            parse::to(into.suppress, value);
    });
    parse::require(from, into.user, "user_id");
}

void parse_event(voice_server_update& into, json::value from, scratch&) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "guild_id")
            parse::to(into.guild, value);
        else if (key == "token")
            view(into.token, value);
        else if (key == "endpoint")
            view(into.endpoint, value);
    });
    parse::require(from, into.guild, "guild_id");
}

void parse_event(guild_member_add& into, json::value from, scratch&) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "guild_id")
            parse::to(into.guild, value);
        else
            parse_member_field(into.member, key, value);
    });
    parse::require(from, into.guild, "guild_id");
    parse::require(from, into.member.user.id, "user");
}

void parse_event(guild_member_update& into, json::value from, scratch& room) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "guild_id")
            parse::to(into.guild, value);
        else if (key == "user") {
            const auto brief = parse_brief_user(value);
            into.user = brief.id;
            into.bot = brief.bot;
            into.username = brief.username;
            into.global_name = brief.global_name;
            into.user_avatar = brief.avatar;
        } else if (key == "nick")
            view(into.nick, value);
        else if (key == "avatar")
            view(into.avatar, value);
        else if (key == "roles")
            into.roles = role_list(value, room.roles);
        else if (key == "joined_at")
            parse::to(into.joined_at, value);
        else if (key == "premium_since")
            parse::to(into.premium_since, value);
        else if (key == "communication_disabled_until")
            parse::to(into.communication_disabled_until, value);
        else if (key == "pending")
            parse::to(into.pending, value);
    });
    parse::require(from, into.guild, "guild_id");
    parse::require(from, into.user, "user");
}

void parse_event(guild_member_remove& into, json::value from, scratch&) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "guild_id")
            parse::to(into.guild, value);
        else if (key == "user")
            into.user = parse_user(value);
    });
    parse::require(from, into.guild, "guild_id");
    parse::require(from, into.user.id, "user");
}

void parse_event(guild_members_chunk& into, json::value from, scratch&) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "guild_id")
            parse::to(into.guild, value);
        else if (key == "members")
            parse::list(into.members, value, parse_member);
        else if (key == "presences") {
            into.with_presences = true;
            parse_players(into.players, value);
        } else if (key == "chunk_index")
            parse::to(into.chunk_index, value);
        else if (key == "chunk_count")
            parse::to(into.chunk_count, value);
        else if (key == "nonce")
            parse::to(into.nonce, value);
    });
    parse::require(from, into.guild, "guild_id");
}

void parse_event(presence_update& into, json::value from, scratch&) {
    const auto presence = parse_presence(from);
    into.guild = presence.guild;
    into.user = presence.user;
    into.game = presence.game;
    parse::require(from, into.guild, "guild_id");
}

void parse_event(voice_channel_status_update& into, json::value from, scratch&) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "guild_id")
            parse::to(into.guild, value);
        else if (key == "id")
            parse::to(into.channel, value);
        else if (key == "status")
            view(into.status, value);
    });
    parse::require(from, into.guild, "guild_id");
    parse::require(from, into.channel, "id");
}

void parse_event(channel_info& into, json::value from, scratch&) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "guild_id")
            parse::to(into.guild, value);
        else if (key == "channels")
            parse::list(into.channels, value, parse_channel_info);
    });
    parse::require(from, into.guild, "guild_id");
}

void parse_event(message_create& into, json::value from, scratch& room) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "id")
            parse::to(into.message, value);
        else if (key == "channel_id")
            parse::to(into.channel, value);
        else if (key == "guild_id")
            parse::to(into.guild, value);
        else if (key == "author") {
            const auto brief = parse_brief_user(value);
            into.author = brief.id;
            into.author_is_bot = brief.bot;
            into.author_name = brief.global_name.empty() ? brief.username : brief.global_name;
        } else if (key == "webhook_id") {
            user_id webhook;
            parse::to(webhook, value);
            into.webhook = webhook.value();
        } else if (key == "member") {
            if (value.is_null())
                return;
            if (auto roles = value.find("roles"))
                into.author_roles = role_list(*roles, room.roles);
        } else if (key == "content")
            view(into.content, value);
        else if (key == "type")
            parse::to(into.type, value);
        else if (key == "flags")
            parse::to(into.flags, value);
        else if (key == "attachments") {
            if (!value.is_null())
                value.each([&](json::value) { ++into.attachments; });
        } else if (key == "nonce") {
            // A client may have sent a number.
            if (value.type() == json::kind::string)
                into.nonce = value.string();
        }
    });
    parse::require(from, into.message, "id");
    parse::require(from, into.channel, "channel_id");
    parse::require(from, into.author, "author");
}

void parse_event(message_update& into, json::value from, scratch&) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "id")
            parse::to(into.message, value);
        else if (key == "channel_id")
            parse::to(into.channel, value);
        else if (key == "guild_id")
            parse::to(into.guild, value);
        else if (key == "content")
            view(into.content, value);
        else if (key == "author") {
            if (value.is_null())
                return;
            const auto brief = parse_brief_user(value);
            into.author = brief.id;
            into.author_is_bot = brief.bot;
        }
    });
    parse::require(from, into.message, "id");
    parse::require(from, into.channel, "channel_id");
}

void parse_event(message_delete& into, json::value from, scratch&) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "id")
            parse::to(into.message, value);
        else if (key == "channel_id")
            parse::to(into.channel, value);
        else if (key == "guild_id")
            parse::to(into.guild, value);
    });
    parse::require(from, into.message, "id");
    parse::require(from, into.channel, "channel_id");
}

void parse_event(message_delete_bulk& into, json::value from, scratch&) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "ids")
            parse::ids(into.messages, value);
        else if (key == "channel_id")
            parse::to(into.channel, value);
        else if (key == "guild_id")
            parse::to(into.guild, value);
    });
    parse::require(from, into.channel, "channel_id");
}

void parse_event(typing_start& into, json::value from, scratch&) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "channel_id")
            parse::to(into.channel, value);
        else if (key == "guild_id")
            parse::to(into.guild, value);
        else if (key == "user_id")
            parse::to(into.user, value);
    });
    parse::require(from, into.channel, "channel_id");
    parse::require(from, into.user, "user_id");
}

void parse_event(interaction_create& into, json::value from, scratch&) {
    into.interaction = parse_interaction(from);
}

void parse_event(user_update& into, json::value from, scratch&) {
    into.user = parse_user(from);
}

void parse_event(rate_limited& into, json::value from, scratch&) {
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "opcode")
            parse::to(into.opcode, value);
        else if (key == "retry_after")
            into.retry_after_seconds = value.number();
        else if (key == "meta" && !value.is_null()) {
            value.each_member([&](std::string_view inner, json::value member) {
                if (inner == "guild_id")
                    parse::to(into.guild, member);
                else if (inner == "nonce")
                    parse::to(into.nonce, member);
            });
        }
    });
}

} // namespace vagrolant::discord::events
