#pragma once

#include "discord/model/application_command.hpp"
#include "discord/model/channel.hpp"
#include "discord/model/member.hpp"
#include "discord/model/message.hpp"
#include "discord/model/role.hpp"
#include "json/reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vagrolant::discord {

enum class interaction_type : std::uint8_t {
    ping = 1,
    command = 2,
    component = 3,
    autocomplete = 4,
    modal_submit = 5,
};

/// One option as a person filled it in.
struct option_value {
    std::string name;
    option_type type = option_type::string;
    /// Ids (user, channel, role, mentionable, attachment) as uint64; while being completed, numbers are text.
    std::variant<std::string, std::int64_t, double, bool, std::uint64_t> value;
    /// Being typed right now (autocompletion).
    bool focused = false;
};

/// One input of a submitted modal.
struct modal_value {
    std::string custom_id;
    component_type type = component_type::text_input;
    /// One text, what was chosen, the ids of files; a checkbox says "true" or "false".
    std::vector<std::string> values;
};

/// What the ids in options and selects stand for.
struct resolved_data {
    std::vector<user> users;
    /// Their `user` has the id alone.
    std::vector<member> members;
    std::vector<role> roles;
    /// Partial: id, type, name, parent and permissions.
    std::vector<channel> channels;
    std::vector<message> messages;
    std::vector<attachment> attachments;

    const user* find(user_id id) const;
    const member* find_member(user_id id) const;
    const role* find(role_id id) const;
    const channel* find(channel_id id) const;
    const message* find(message_id id) const;
    const attachment* find(attachment_id id) const;
};

/// Something a person did that waits for an answer. (Discord Docs/Receiving and Responding)
struct interaction {
    interaction_id id;
    application_id application;
    interaction_type type = interaction_type::ping;
    /// A secret for 15 minutes: never logged.
    std::string token;
    /// None in direct messages.
    guild_id guild;
    channel_id channel;
    discord::user user;
    std::optional<discord::member> member;
    /// What the bot may do in the channel.
    permissions app_permissions;
    /// The person's language, in Discord's terms ("fr", "en-GB").
    std::string locale;
    std::string guild_locale;

    // Commands and autocompletion
    command_id command;
    discord::command_type command_type = discord::command_type::chat_input;
    /// Names joined by '/': "ping", "hub/create", "hub/room/lock".
    std::string command_path;
    /// Those of the innermost (sub)command.
    std::vector<option_value> options;
    /// The user or message that a context menu command was called on.
    std::uint64_t target = 0;

    // Components and modals
    std::string custom_id;
    discord::component_type component_type = discord::component_type::button;
    /// What was chosen in a select.
    std::vector<std::string> values;
    /// The inputs of a modal.
    std::vector<modal_value> inputs;
    /// The message that bears the component (for modals: that bore the button which opened it).
    std::optional<discord::message> message;

    resolved_data resolved;

    const option_value* option(std::string_view name) const;
    const modal_value* input(std::string_view name) const;
};

interaction parse_interaction(json::value from);

} // namespace vagrolant::discord
