#include "discord/rest/members.hpp"

#include "discord/rest/error.hpp"
#include "discord/rest/error_codes.hpp"

namespace vagrolant::discord {

namespace {

std::string path_of(guild_id guild, user_id who) {
    return "/guilds/" + guild.to_string() + "/members/" + who.to_string();
}

} // namespace

awaitable<member> get_member(rest_client& client, guild_id guild, user_id who) {
    const auto response = co_await client.call({.path = path_of(guild, who)});
    co_return response.read(parse_member);
}

awaitable<voice_state> get_voice_state(rest_client& client, guild_id guild, user_id who,
                                       rest_priority priority) {
    try {
        const auto response =
            co_await client.call({.path = "/guilds/" + guild.to_string() + "/voice-states/" + who.to_string(),
                                  .priority = priority});
        co_return response.read(parse_voice_state);
    } catch (const rest_error& error) {
        if (error.code() != json_error::unknown_voice_state)
            throw;
    }
    co_return voice_state{.guild = guild, .user = who};
}

awaitable<member> modify_member(rest_client& client, guild_id guild, user_id who, member_edit edit,
                                std::string reason, std::function<bool()> still_wanted) {
    const auto response =
        co_await client.call({.method = http_method::patch,
                              .path = path_of(guild, who),
                              .body = to_json(edit),
                              .audit_reason = std::move(reason),
                              .priority = edit.voice_channel ? rest_priority::urgent : rest_priority::normal,
                              .repeatable = true,
                              .still_wanted = std::move(still_wanted)});
    co_return response.read(parse_member);
}

awaitable<void> give_role(rest_client& client, guild_id guild, user_id who, role_id role,
                          std::string reason) {
    co_await client.call({.method = http_method::put,
                          .path = path_of(guild, who) + "/roles/" + role.to_string(),
                          .audit_reason = std::move(reason)});
}

awaitable<void> take_role(rest_client& client, guild_id guild, user_id who, role_id role,
                          std::string reason) {
    co_await client.call({.method = http_method::del,
                          .path = path_of(guild, who) + "/roles/" + role.to_string(),
                          .audit_reason = std::move(reason)});
}

} // namespace vagrolant::discord
