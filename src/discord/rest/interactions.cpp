#include "discord/rest/interactions.hpp"

#include "base/text.hpp"
#include "discord/rest/error_codes.hpp"

namespace vagrolant::discord {

namespace {

using namespace std::chrono_literals;

// Discord waits three seconds for the first answer; a later one would be refused anyway.
constexpr auto first_answer_limit = 3s;

rest_request answer(http_method method, std::string path) {
    return {.method = method,
            .path = std::move(path),
            .priority = rest_priority::urgent,
            .by_interaction_token = true};
}

std::string webhook(application_id application, const std::string& token) {
    return "/webhooks/" + application.to_string() + '/' + text::percent_encode(token);
}

std::string message_path(application_id application, const std::string& token, const std::string& which) {
    return webhook(application, token) + "/messages/" + which;
}

awaitable<message> edit_at(rest_client& client, std::string path, message_edit edit) {
    auto request = answer(http_method::patch, std::move(path));
    request.body = to_json(edit);
    request.files = std::move(edit.files);
    request.repeatable = true;
    const auto response = co_await client.call(std::move(request));
    co_return response.read(parse_message);
}

} // namespace

awaitable<void> rest_responder::create_response(interaction_id id, std::string token,
                                                interactions::response first) {
    auto request = answer(http_method::post, "/interactions/" + id.to_string() + '/' +
                                                 text::percent_encode(token) + "/callback");
    json::object body{{"type", static_cast<int>(first.type)}};
    if (!first.data.empty())
        body["data"] = std::move(first.data);
    request.body = std::move(body);
    request.files = std::move(first.files);
    request.limit = first_answer_limit;
    try {
        co_await client_.call(std::move(request));
    } catch (const rest_error& error) {
        if (error.code() == json_error::unknown_interaction)
            throw interactions::unknown_interaction();
        if (error.code() == json_error::interaction_already_acknowledged)
            throw interactions::already_acknowledged();
        throw;
    }
}

awaitable<message> rest_responder::edit_original(application_id application, std::string token,
                                                 message_edit edit) {
    return edit_at(client_, message_path(application, token, "@original"), std::move(edit));
}

awaitable<void> rest_responder::delete_original(application_id application, std::string token) {
    co_await client_.call(answer(http_method::del, message_path(application, token, "@original")));
}

awaitable<message> rest_responder::follow_up(application_id application, std::string token,
                                             message_create what) {
    auto request = answer(http_method::post, webhook(application, token));
    request.body = to_json(what);
    request.files = std::move(what.files);
    const auto response = co_await client_.call(std::move(request));
    co_return response.read(parse_message);
}

awaitable<message> rest_responder::edit_follow_up(application_id application, std::string token,
                                                  message_id which, message_edit edit) {
    return edit_at(client_, message_path(application, token, which.to_string()), std::move(edit));
}

awaitable<void> rest_responder::delete_follow_up(application_id application, std::string token,
                                                 message_id which) {
    co_await client_.call(answer(http_method::del, message_path(application, token, which.to_string())));
}

} // namespace vagrolant::discord
