#include "discord/rest/identity.hpp"

#include "discord/model/parse.hpp"

namespace vagrolant::discord {

namespace {

application parse_application(json::value from) {
    application one;
    from.each_member([&one](std::string_view key, json::value value) {
        if (key == "id")
            parse::to(one.id, value);
        else if (key == "name")
            parse::to(one.name, value);
        else if (key == "flags")
            parse::to(one.flags, value);
    });
    parse::require(from, one.id, "id");
    return one;
}

} // namespace

awaitable<user> get_current_user(rest_client& client) {
    const auto response = co_await client.call({.path = "/users/@me"});
    co_return response.read(parse_user);
}

awaitable<application> get_current_application(rest_client& client) {
    const auto response = co_await client.call({.path = "/applications/@me"});
    co_return response.read(parse_application);
}

} // namespace vagrolant::discord
