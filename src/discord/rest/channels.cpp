#include "discord/rest/channels.hpp"

#include "discord/model/parse.hpp"

namespace vagrolant::discord {

namespace {

std::string path_of(channel_id which) {
    return "/channels/" + which.to_string();
}

std::string channels_of(guild_id guild) {
    return "/guilds/" + guild.to_string() + "/channels";
}

} // namespace

awaitable<channel> get_channel(rest_client& client, channel_id which) {
    const auto response = co_await client.call({.path = path_of(which)});
    co_return response.read(parse_channel);
}

awaitable<std::vector<channel>> get_guild_channels(rest_client& client, guild_id guild) {
    const auto response = co_await client.call({.path = channels_of(guild)});
    co_return response.read([](json::value from) {
        std::vector<channel> channels;
        parse::list(channels, from, parse_channel);
        return channels;
    });
}

awaitable<channel> create_channel(rest_client& client, guild_id guild, channel_create what,
                                  std::string reason, rest_pace pace) {
    const auto response = co_await client.call({.method = http_method::post,
                                                .path = channels_of(guild),
                                                .body = to_json(what),
                                                .audit_reason = std::move(reason),
                                                .priority = pace.priority,
                                                .limit = pace.limit,
                                                .still_wanted = std::move(pace.still_wanted)});
    co_return response.read(parse_channel);
}

awaitable<channel> modify_channel(rest_client& client, channel_id which, channel_edit edit,
                                  std::string reason) {
    const auto response = co_await client.call({.method = http_method::patch,
                                                .path = path_of(which),
                                                .body = to_json(edit),
                                                .audit_reason = std::move(reason),
                                                .repeatable = true,
                                                .variant = edit.name || edit.topic ? "name" : ""});
    co_return response.read(parse_channel);
}

awaitable<void> delete_channel(rest_client& client, channel_id which, std::string reason, rest_pace pace) {
    co_await client.call({.method = http_method::del,
                          .path = path_of(which),
                          .audit_reason = std::move(reason),
                          .priority = pace.priority,
                          .limit = pace.limit,
                          .still_wanted = std::move(pace.still_wanted)});
}

awaitable<void> place_channels(rest_client& client, guild_id guild, std::vector<channel_place> places,
                               std::string reason) {
    json::array body;
    for (const auto& one : places)
        body.push_back(json::object{{"id", json::id(one.channel)}, {"position", one.position}});
    co_await client.call({.method = http_method::patch,
                          .path = channels_of(guild),
                          .body = std::move(body),
                          .audit_reason = std::move(reason),
                          .repeatable = true});
}

awaitable<void> put_overwrite(rest_client& client, channel_id which, overwrite what, std::string reason) {
    auto body = to_json(what);
    body.erase("id");
    co_await client.call({.method = http_method::put,
                          .path = path_of(which) + "/permissions/" + std::to_string(what.id),
                          .body = std::move(body),
                          .audit_reason = std::move(reason)});
}

awaitable<void> delete_overwrite(rest_client& client, channel_id which, std::uint64_t role_or_user,
                                 std::string reason) {
    co_await client.call({.method = http_method::del,
                          .path = path_of(which) + "/permissions/" + std::to_string(role_or_user),
                          .audit_reason = std::move(reason)});
}

awaitable<void> set_voice_status(rest_client& client, channel_id which, std::string status,
                                 std::string reason) {
    json::object body;
    body["status"] = status.empty() ? json::any() : json::any(status);
    co_await client.call({.method = http_method::put,
                          .path = path_of(which) + "/voice-status",
                          .body = std::move(body),
                          .audit_reason = std::move(reason)});
}

} // namespace vagrolant::discord
