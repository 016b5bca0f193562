#pragma once

#include "discord/model/message_create.hpp"
#include "discord/rest/error.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vagrolant::discord {

enum class http_method : std::uint8_t { get, post, put, patch, del };

/// Who goes first when a limit makes requests wait.
enum class rest_priority : std::uint8_t {
    /// Somebody looks at it right now: answers to interactions, moving people between voice channels.
    urgent,
    /// Somebody waits for what comes after it: the room that he is to be moved into.
    high,
    normal,
    /// Nobody waits for it: synchronisation, clearing up.
    background,
};

/// When a call goes and how long it may take, where the defaults do not fit.
struct rest_pace {
    rest_priority priority = rest_priority::normal;
    /// As `rest_request::limit`.
    std::chrono::steady_clock::duration limit{};
    /// As `rest_request::still_wanted`.
    std::function<bool()> still_wanted;
};

/// One call of the REST API.
struct rest_request {
    http_method method = http_method::get;
    /// Below the base URL, with query: "/channels/1/messages?limit=2".
    std::string path;
    std::optional<json::any> body;
    /// Sent as files[0], files[1], …, with `body` as payload_json.
    std::vector<file> files;
    /// For the guild's audit log; cut after 512 characters.
    std::string audit_reason;
    rest_priority priority = rest_priority::normal;
    /// Sending it twice is the same as sending it once. Unset: so for GET, PUT and DELETE.
    std::optional<bool> repeatable;
    /// Limits that Discord's headers do not show hold for requests of one variant only ("name" for a
    /// channel's new name).
    std::string variant;
    /// Authorised by the token in its path (answers to interactions): goes without the bot's token and does
    /// not count towards the global limit. (Discord Docs/Rate Limits "Global Rate Limit")
    bool by_interaction_token = false;
    /// From the moment that it is sent, for everything together: connecting, repeating; a limit of Discord's
    /// that lasts longer is not waited for either. Zero: the client's default.
    std::chrono::steady_clock::duration limit{};
    /// Asked when it is about to be sent, perhaps after a long wait; "no" ends the call with `not_wanted`.
    std::function<bool()> still_wanted;
};

struct rest_response {
    int status = 0;
    std::string body;
    std::string route;

    /// `parse(json::value)` on the body. Throws `malformed_answer`.
    template <class Parse>
    auto read(Parse parse) const {
        try {
            json::reader reader;
            return parse(reader.parse(body));
        } catch (const json::parse_error& error) {
            throw malformed_answer(route, error.what());
        }
    }
};

/// What requests share a limit: "PATCH /channels/{id}" and the ids (or webhook token) that tell its resources
/// apart.
struct rest_route {
    std::string name;
    std::string major;
};

/// Ids leave the path: the first one of /channels, /guilds and /webhooks becomes the major parameter (Discord
/// Docs/Rate Limits), tokens of webhooks and interactions never show in the name.
rest_route route_of(http_method method, std::string_view path);

std::string_view to_string(http_method method);

} // namespace vagrolant::discord
