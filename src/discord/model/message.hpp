#pragma once

#include "discord/model/components.hpp"
#include "discord/model/member.hpp"
#include "discord/model/timestamp.hpp"
#include "discord/model/user.hpp"
#include "json/reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vagrolant::discord {

struct attachment {
    attachment_id id;
    std::string filename;
    std::string content_type;
    std::string url;
    std::uint64_t size = 0;
};

/// A component of a message that was read, its children listed after it.
struct message_component {
    component_type type = component_type::button;
    std::string custom_id;
};

/// A message as features read it. Without the message content intent the text of strangers is empty.
struct message {
    message_id id;
    channel_id channel;
    /// Only in events.
    guild_id guild;
    discord::user author;
    /// Set for messages of webhooks, whose author is no user.
    std::uint64_t webhook = 0;
    std::string content;
    discord::timestamp timestamp;
    std::optional<discord::timestamp> edited_at;
    std::uint64_t flags = 0;
    /// 0 default, 19 reply, 20 slash command; others are notices of Discord itself.
    int type = 0;
    bool pinned = false;
    bool mention_everyone = false;
    std::vector<attachment> attachments;
    std::vector<message_component> components;
    std::size_t embed_count = 0;
};

message parse_message(json::value from);
attachment parse_attachment(json::value from);

} // namespace vagrolant::discord
