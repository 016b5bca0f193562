#pragma once

#include "discord/interactions/responder.hpp"
#include "discord/rest/client.hpp"

namespace vagrolant::discord {

/// Answers interactions through REST, ahead of everything else. (Discord Docs/Receiving and Responding)
class rest_responder final : public interactions::responder {
public:
    explicit rest_responder(rest_client& client)
        : client_(client) {}

    awaitable<void> create_response(interaction_id id, std::string token,
                                    interactions::response answer) override;
    awaitable<message> edit_original(application_id application, std::string token,
                                     message_edit edit) override;
    awaitable<void> delete_original(application_id application, std::string token) override;
    awaitable<message> follow_up(application_id application, std::string token, message_create what) override;
    awaitable<message> edit_follow_up(application_id application, std::string token, message_id which,
                                      message_edit edit) override;
    awaitable<void> delete_follow_up(application_id application, std::string token,
                                     message_id which) override;

private:
    rest_client& client_;
};

} // namespace vagrolant::discord
