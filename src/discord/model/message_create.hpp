#pragma once

#include "discord/model/components.hpp"
#include "discord/model/embed.hpp"
#include "discord/model/ids.hpp"
#include "json/writer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vagrolant::discord {

namespace message_flags {
inline constexpr std::uint64_t suppress_embeds = 1U << 2U;
/// Interaction answers only: shown to the person alone.
inline constexpr std::uint64_t ephemeral = 1U << 6U;
inline constexpr std::uint64_t suppress_notifications = 1U << 12U;
/// Components alone make up the message. Once set it cannot be taken back.
inline constexpr std::uint64_t components_v2 = 1U << 15U;
} // namespace message_flags

/// Who may be notified. Nothing set: nobody, whatever the text says.
struct allowed_mentions {
    bool everyone = false;
    /// All roles, or those in `role_ids` (at most 100).
    bool roles = false;
    bool users = false;
    std::vector<role_id> role_ids;
    std::vector<user_id> user_ids;
    bool replied_user = false;

    static allowed_mentions none() { return {}; }
    static allowed_mentions all() { return {.everyone = true, .roles = true, .users = true}; }
    static allowed_mentions only_users() { return {.users = true}; }
};

/// A file to upload; refer to it as "attachment://name".
struct file {
    std::string name;
    /// Empty: application/octet-stream.
    std::string content_type;
    std::string data;
    std::string description;
};

struct message_create {
    std::string content;
    std::vector<embed> embeds;
    std::vector<component> components;
    /// Always sent: Discord's own default would ping whatever is written.
    discord::allowed_mentions allowed_mentions;
    std::uint64_t flags = 0;
    /// At most 25 characters; for a few minutes Discord answers a repeated nonce with the first message.
    std::string nonce;
    /// The message to reply to.
    message_id reply_to;
    /// Sent as multipart beside the JSON.
    std::vector<file> files;
};

/// What is set replaces what is there; what is not stays.
struct message_edit {
    std::optional<std::string> content;
    std::optional<std::vector<embed>> embeds;
    std::optional<std::vector<component>> components;
    /// Forgotten by Discord at each edit, hence sent each time.
    discord::allowed_mentions allowed_mentions;
    std::optional<std::uint64_t> flags;
    /// Attachments to keep; unset keeps all, unless there are `files`.
    std::optional<std::vector<attachment_id>> keep_attachments;
    std::vector<file> files;

    /// The edit that turns a message into `whole`.
    static message_edit replace(message_create whole);
};

/// The JSON part ("payload_json" where there are files).
json::object to_json(const message_create& one);
json::object to_json(const message_edit& one);
json::object to_json(const allowed_mentions& one);

/// Every limit of Discord that the message breaks; empty when it can be sent.
std::vector<limit_error> check(const message_create& one);

} // namespace vagrolant::discord
