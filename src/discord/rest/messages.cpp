#include "discord/rest/messages.hpp"

#include "discord/model/parse.hpp"

namespace vagrolant::discord {

namespace {

std::string messages_of(channel_id channel) {
    return "/channels/" + channel.to_string() + "/messages";
}

} // namespace

awaitable<message> create_message(rest_client& client, channel_id channel, message_create what,
                                  rest_pace pace) {
    rest_request request{.method = http_method::post,
                         .path = messages_of(channel),
                         .body = to_json(what),
                         .priority = pace.priority,
                         .repeatable = !what.nonce.empty(),
                         .limit = pace.limit,
                         .still_wanted = std::move(pace.still_wanted)};
    request.files = std::move(what.files);
    const auto response = co_await client.call(std::move(request));
    co_return response.read(parse_message);
}

awaitable<message> edit_message(rest_client& client, channel_id channel, message_id which,
                                message_edit edit) {
    rest_request request{.method = http_method::patch,
                         .path = messages_of(channel) + '/' + which.to_string(),
                         .body = to_json(edit),
                         .repeatable = true};
    request.files = std::move(edit.files);
    const auto response = co_await client.call(std::move(request));
    co_return response.read(parse_message);
}

awaitable<void> delete_message(rest_client& client, channel_id channel, message_id which,
                               std::string reason) {
    co_await client.call({.method = http_method::del,
                          .path = messages_of(channel) + '/' + which.to_string(),
                          .audit_reason = std::move(reason)});
}

awaitable<void> delete_message_once(rest_client& client, channel_id channel, message_id which,
                                    std::string reason, rest_pace pace) {
    co_await client.call({.method = http_method::del,
                          .path = messages_of(channel) + '/' + which.to_string(),
                          .audit_reason = std::move(reason),
                          .priority = pace.priority,
                          .repeatable = false,
                          .limit = pace.limit});
}

awaitable<void> bulk_delete_messages(rest_client& client, channel_id channel, std::vector<message_id> which,
                                     std::string reason, rest_pace pace) {
    json::array ids;
    for (const auto id : which)
        ids.push_back(json::id(id));
    // Ids that are gone already are no error: repeating is safe.
    co_await client.call({.method = http_method::post,
                          .path = messages_of(channel) + "/bulk-delete",
                          .body = json::object{{"messages", std::move(ids)}},
                          .audit_reason = std::move(reason),
                          .priority = pace.priority,
                          .repeatable = true,
                          .limit = pace.limit});
}

awaitable<message> get_message(rest_client& client, channel_id channel, message_id which) {
    const auto response = co_await client.call({.path = messages_of(channel) + '/' + which.to_string()});
    co_return response.read(parse_message);
}

awaitable<std::vector<message>> get_messages(rest_client& client, channel_id channel, int limit,
                                             message_id before, rest_pace pace) {
    auto path = messages_of(channel) + "?limit=" + std::to_string(limit);
    if (before)
        path += "&before=" + before.to_string();
    const auto response =
        co_await client.call({.path = std::move(path), .priority = pace.priority, .limit = pace.limit});
    co_return response.read([](json::value from) {
        std::vector<message> messages;
        parse::list(messages, from, parse_message);
        return messages;
    });
}

} // namespace vagrolant::discord
