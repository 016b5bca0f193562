#pragma once

#include "base/localized.hpp"
#include "discord/model/channel.hpp"
#include "discord/model/permissions.hpp"
#include "json/writer.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace vagrolant::discord {

enum class command_type : std::uint8_t { chat_input = 1, user = 2, message = 3 };

enum class option_type : std::uint8_t {
    sub_command = 1,
    sub_command_group = 2,
    string = 3,
    integer = 4,
    boolean = 5,
    user = 6,
    channel = 7,
    role = 8,
    mentionable = 9,
    number = 10,
    attachment = 11,
};

struct command_choice {
    localized name;
    std::variant<std::string_view, std::int64_t, double> value;
};

/// An option, a subcommand or a group of them. Texts are literals of the program.
struct command_option {
    option_type type = option_type::string;
    localized name;
    localized description;
    bool required = false;
    bool autocomplete = false;
    std::vector<command_choice> choices;
    /// Channel options only; empty for all.
    std::vector<channel_type> channel_types;
    /// Integers and numbers.
    std::optional<double> min_value;
    std::optional<double> max_value;
    /// Strings.
    std::optional<int> min_length;
    std::optional<int> max_length;
    /// Of a subcommand or group.
    std::vector<command_option> options;
};

/// A command as the program declares it. The English name is the one that interactions carry.
struct application_command {
    command_type type = command_type::chat_input;
    localized name;
    /// Empty for user and message commands.
    localized description;
    std::vector<command_option> options;
    /// Who sees it unless the guild says otherwise; unset for everybody, an empty set for administrators.
    std::optional<permissions> default_member_permissions;
    /// Whether it can also be used in direct messages with the bot.
    bool in_direct_messages = false;
};

/// As Discord's bulk overwrite takes it.
json::object to_json(const application_command& one);

} // namespace vagrolant::discord
