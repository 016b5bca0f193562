#pragma once

#include "bot/mention_policy.hpp"
#include "bot/refusal.hpp"
#include "bot/warning.hpp"
#include "discord/model/channel.hpp"
#include "discord/model/message_create.hpp"

#include <expected>
#include <optional>
#include <string>

namespace vagrolant::announcements {

using bot::mention_policy;
using bot::refusal;

struct embed_draft {
    std::string title;
    std::string description;
    /// "#RRGGBB"; empty for none.
    std::string color;
    /// An http(s) address; empty for none.
    std::string image;
};

/// An announcement as a dashboard wrote it, unchecked.
struct draft {
    /// Empty for none.
    std::string message;
    std::optional<embed_draft> embed;
    mention_policy mentions = mention_policy::all;
};

/// The channel it is meant for, as far as the bot knows it.
struct target {
    discord::channel_type type = discord::channel_type::text;
    std::string name;
    /// What the bot may do there.
    discord::permissions own;
};

/// Discord shows one message however often it is sent within a few minutes with the same nonce (at most 25
/// characters): the command's UUID in base 64.
std::string nonce_of(std::string_view command_id);

/// "#RRGGBB" as 0xRRGGBB.
std::optional<std::uint32_t> parse_color(std::string_view text);

/// The message that says the draft, or why there is none: empty, a bad colour or picture, too long. Mentions
/// notify at most whom both the draft and `allowed` let them.
std::expected<discord::message_create, refusal> compose(const draft& wanted, mention_policy allowed);

/// Whom a requester's announcement may notify at most, given what the guild allows: who may not mention
/// @everyone himself does not do it through the bot.
mention_policy allowed_to(bool may_mention_everyone, mention_policy of_guild);

/// A word about mentions that `allowed` keeps from notifying, where the text has such and the draft wants
/// them to.
std::optional<bot::warning> withheld(const draft& wanted, mention_policy allowed);

/// Why `message` may not be sent to the channel; nullopt when it may. No target: the guild has no such
/// channel.
std::optional<refusal> objection(const discord::message_create& message, const std::optional<target>& where);

} // namespace vagrolant::announcements
