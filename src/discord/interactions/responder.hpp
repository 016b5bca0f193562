#pragma once

#include "async/asio.hpp"
#include "discord/model/ids.hpp"
#include "discord/model/message.hpp"
#include "discord/model/message_create.hpp"
#include "json/writer.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace vagrolant::discord::interactions {

/// (Discord Docs/Receiving and Responding "Interaction Callback Type")
enum class callback_type : std::uint8_t {
    message = 4,
    deferred_message = 5,
    deferred_update = 6,
    update_message = 7,
    autocomplete_result = 8,
    modal = 9,
};

/// The one initial response to an interaction.
struct response {
    callback_type type = callback_type::message;
    /// The callback's `data`; empty for none.
    json::object data;
    std::vector<file> files;
};

/// The initial response came too late or for an unknown interaction (Discord's code 10062).
class unknown_interaction : public std::runtime_error {
public:
    unknown_interaction()
        : std::runtime_error("Discord no longer knows the interaction") {}
};

/// Discord already has an initial response (code 40060).
class already_acknowledged : public std::runtime_error {
public:
    already_acknowledged()
        : std::runtime_error("the interaction was already acknowledged") {}
};

/// How answers reach Discord; the REST client implements it. Every call has a deadline of its own, repeats
/// nothing that is not safe to repeat, and throws the client's errors besides those above. Tokens are
/// secrets.
class responder {
public:
    virtual ~responder() = default;

    virtual awaitable<void> create_response(interaction_id id, std::string token, response answer) = 0;
    virtual awaitable<message> edit_original(application_id application, std::string token,
                                             message_edit edit) = 0;
    virtual awaitable<void> delete_original(application_id application, std::string token) = 0;
    virtual awaitable<message> follow_up(application_id application, std::string token,
                                         message_create what) = 0;
    virtual awaitable<message> edit_follow_up(application_id application, std::string token, message_id which,
                                              message_edit edit) = 0;
    virtual awaitable<void> delete_follow_up(application_id application, std::string token,
                                             message_id which) = 0;
};

} // namespace vagrolant::discord::interactions
