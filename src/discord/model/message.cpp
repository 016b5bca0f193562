#include "discord/model/message.hpp"

#include "discord/model/parse.hpp"

namespace vagrolant::discord {

namespace {

// Discord nests four levels at most (container, section, row, button).
constexpr int max_component_depth = 8;
// Discord allows 40 in a message.
constexpr std::size_t max_components = 200;

void parse_components(std::vector<message_component>& into, json::value from, int depth);

void parse_component(std::vector<message_component>& into, json::value from, int depth) {
    if (depth > max_component_depth)
        from.fail("components nested too deep");
    if (into.size() >= max_components)
        from.fail("too many components");
    const auto at = into.size();
    into.emplace_back();
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "type")
            into[at].type = static_cast<component_type>(value.unsigned_integer() & 0xFFU);
        else if (key == "custom_id")
            parse::to(into[at].custom_id, value);
        else if (key == "components")
            parse_components(into, value, depth + 1);
        else if (key == "component" || key == "accessory") {
            if (!value.is_null())
                parse_component(into, value, depth + 1);
        }
    });
}

void parse_components(std::vector<message_component>& into, json::value from, int depth) {
    if (from.is_null())
        return;
    from.each([&](json::value element) { parse_component(into, element, depth); });
}

} // namespace

attachment parse_attachment(json::value from) {
    attachment parsed;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "id")
            parse::to(parsed.id, value);
        else if (key == "filename")
            parse::to(parsed.filename, value);
        else if (key == "content_type")
            parse::to(parsed.content_type, value);
        else if (key == "url")
            parse::to(parsed.url, value);
        else if (key == "size")
            parse::to(parsed.size, value);
    });
    parse::require(from, parsed.id, "id");
    return parsed;
}

message parse_message(json::value from) {
    message parsed;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "id")
            parse::to(parsed.id, value);
        else if (key == "channel_id")
            parse::to(parsed.channel, value);
        else if (key == "guild_id")
            parse::to(parsed.guild, value);
        else if (key == "author")
            parsed.author = parse_user(value);
        else if (key == "webhook_id") {
            user_id webhook;
            parse::to(webhook, value);
            parsed.webhook = webhook.value();
        } else if (key == "content")
            parse::to(parsed.content, value);
        else if (key == "timestamp") {
            std::optional<timestamp> when;
            parse::to(when, value);
            parsed.timestamp = when.value_or(timestamp());
        } else if (key == "edited_timestamp")
            parse::to(parsed.edited_at, value);
        else if (key == "flags")
            parse::to(parsed.flags, value);
        else if (key == "type")
            parse::to(parsed.type, value);
        else if (key == "pinned")
            parse::to(parsed.pinned, value);
        else if (key == "mention_everyone")
            parse::to(parsed.mention_everyone, value);
        else if (key == "attachments")
            parse::list(parsed.attachments, value, parse_attachment);
        else if (key == "components")
            parse_components(parsed.components, value, 1);
        else if (key == "embeds" && !value.is_null())
            value.each([&](json::value) { ++parsed.embed_count; });
    });
    parse::require(from, parsed.id, "id");
    parse::require(from, parsed.channel, "channel_id");
    return parsed;
}

} // namespace vagrolant::discord
