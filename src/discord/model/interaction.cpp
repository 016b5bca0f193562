#include "discord/model/interaction.hpp"

#include "base/text.hpp"
#include "discord/model/parse.hpp"

#include <algorithm>

namespace vagrolant::discord {

namespace {

// A command's options nest two levels (group, subcommand); a modal's inputs two (label, row).
constexpr int max_depth = 6;
constexpr std::size_t max_inputs = 100;

// What an option holds before its type is known: members may come in any order.
struct raw_option {
    std::string name;
    std::uint64_t type = 0;
    json::kind kind = json::kind::null;
    std::string text;
    bool truth = false;
    bool focused = false;
};

void parse_options(interaction& into, json::value from, int depth);

void read_scalar(raw_option& into, json::value from) {
    into.kind = from.type();
    switch (into.kind) {
    case json::kind::string:
        into.text = from.string();
        break;
    case json::kind::number:
        into.text = from.raw();
        break;
    case json::kind::boolean:
        into.truth = from.boolean();
        break;
    default:
        from.fail("not an option's value");
    }
}

// False when the value is not of the option's type.
bool convert(const raw_option& from, option_value& into) {
    using enum option_type;
    // While it is being typed even a number is text, and need not be one yet.
    if (from.focused && from.kind == json::kind::string) {
        into.value = from.text;
        return true;
    }
    switch (into.type) {
    case string:
        into.value = from.text;
        return from.kind == json::kind::string;
    case boolean:
        into.value = from.truth;
        return from.kind == json::kind::boolean;
    case integer:
        if (const auto number = text::to_number<std::int64_t>(from.text);
            number && from.kind == json::kind::number) {
            into.value = *number;
            return true;
        }
        return false;
    case number:
        if (const auto number = text::to_number<double>(from.text);
            number && from.kind == json::kind::number) {
            into.value = *number;
            return true;
        }
        return false;
    case user:
    case channel:
    case role:
    case mentionable:
    case attachment:
        if (const auto id = user_id::parse(from.text); id && from.kind == json::kind::string) {
            into.value = id->value();
            return true;
        }
        return false;
    default:
        // A kind that Discord added: its text, if it has one.
        into.value = from.text;
        return true;
    }
}

void parse_option(interaction& into, json::value from, int depth) {
    raw_option raw;
    bool nested = false;
    std::vector<option_value> outer;
    const auto path_before = into.command_path;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "name") {
            parse::to(raw.name, value);
        } else if (key == "type")
            parse::to(raw.type, value);
        else if (key == "value")
            read_scalar(raw, value);
        else if (key == "focused")
            parse::to(raw.focused, value);
        else if (key == "options") {
            nested = true;
            into.command_path.clear();
            parse_options(into, value, depth + 1);
        }
    });
    if (raw.name.empty())
        from.fail("lacks \"name\"");
    const auto type = static_cast<option_type>(raw.type & 0xFFU);
    if (type == option_type::sub_command || type == option_type::sub_command_group) {
        // What the inner options added to the path comes behind this name.
        auto inner = nested ? std::move(into.command_path) : std::string();
        into.command_path = path_before + '/' + raw.name + inner;
        return;
    }
    if (nested)
        into.command_path = path_before;
    option_value parsed{.name = std::move(raw.name), .type = type, .value = {}, .focused = raw.focused};
    raw.name.clear();
    if (!convert(raw, parsed))
        from.fail("value is not of the option's type");
    into.options.push_back(std::move(parsed));
}

void parse_options(interaction& into, json::value from, int depth) {
    if (from.is_null())
        return;
    if (depth > max_depth)
        from.fail("options nested too deep");
    from.each([&](json::value element) { parse_option(into, element, depth); });
}

void parse_inputs(std::vector<modal_value>& into, json::value from, int depth);

void parse_input(std::vector<modal_value>& into, json::value from, int depth) {
    if (depth > max_depth)
        from.fail("components nested too deep");
    if (into.size() >= max_inputs)
        from.fail("too many components");
    modal_value input;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "type")
            input.type = static_cast<component_type>(value.unsigned_integer() & 0xFFU);
        else if (key == "custom_id")
            parse::to(input.custom_id, value);
        else if (key == "values")
            parse::list(input.values, value, [](json::value one) { return std::string(one.string()); });
        else if (key == "value") {
            const auto kind = value.type();
            if (kind == json::kind::boolean)
                input.values.emplace_back(value.boolean() ? "true" : "false");
            else if (kind != json::kind::null)
                input.values.emplace_back(value.string());
        } else if (key == "components")
            parse_inputs(into, value, depth + 1);
        else if (key == "component" && !value.is_null())
            parse_input(into, value, depth + 1);
    });
    if (!input.custom_id.empty())
        into.push_back(std::move(input));
}

void parse_inputs(std::vector<modal_value>& into, json::value from, int depth) {
    if (from.is_null())
        return;
    from.each([&](json::value element) { parse_input(into, element, depth); });
}

// Discord keys these by id.
template <class T, class One>
void parse_map(std::vector<T>& into, json::value from, One one) {
    if (from.is_null())
        return;
    from.each_member([&](std::string_view, json::value value) { into.push_back(one(value)); });
}

void parse_resolved(resolved_data& into, json::value from) {
    if (from.is_null())
        return;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "users")
            parse_map(into.users, value, parse_user);
        else if (key == "roles")
            parse_map(into.roles, value, parse_role);
        else if (key == "channels")
            parse_map(into.channels, value, parse_channel);
        else if (key == "messages")
            parse_map(into.messages, value, parse_message);
        else if (key == "attachments")
            parse_map(into.attachments, value, parse_attachment);
        else if (key == "members" && !value.is_null()) {
            value.each_member([&](std::string_view id, json::value member) {
                const auto parsed_id = user_id::parse(id);
                if (!parsed_id)
                    member.fail("not a snowflake");
                into.members.push_back(parse_member(member));
                into.members.back().user.id = *parsed_id;
            });
        }
    });
}

void parse_data(interaction& into, json::value from) {
    if (from.is_null())
        return;
    std::string name;
    std::string inner_path;
    user_id target;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "id") {
            // Commands only; modals and components bear an integer or nothing here.
            if (into.type == interaction_type::command || into.type == interaction_type::autocomplete)
                parse::to(into.command, value);
        } else if (key == "name")
            parse::to(name, value);
        else if (key == "type")
            into.command_type = static_cast<command_type>(value.unsigned_integer() & 0xFFU);
        else if (key == "options") {
            into.command_path.clear();
            parse_options(into, value, 1);
            inner_path = std::move(into.command_path);
        } else if (key == "target_id")
            parse::to(target, value);
        else if (key == "custom_id")
            parse::to(into.custom_id, value);
        else if (key == "component_type")
            into.component_type = static_cast<component_type>(value.unsigned_integer() & 0xFFU);
        else if (key == "values")
            parse::list(into.values, value, [](json::value one) { return std::string(one.string()); });
        else if (key == "components")
            parse_inputs(into.inputs, value, 1);
        else if (key == "resolved")
            parse_resolved(into.resolved, value);
    });
    into.command_path = name + inner_path;
    into.target = target.value();
}

template <class T, class Id, class Projection>
const T* find_in(const std::vector<T>& list, Id id, Projection projection) {
    const auto found = std::ranges::find(list, id, projection);
    return found == list.end() ? nullptr : &*found;
}

} // namespace

const user* resolved_data::find(user_id id) const {
    return find_in(users, id, &user::id);
}
const member* resolved_data::find_member(user_id id) const {
    return find_in(members, id, [](const member& one) { return one.user.id; });
}
const role* resolved_data::find(role_id id) const {
    return find_in(roles, id, &role::id);
}
const channel* resolved_data::find(channel_id id) const {
    return find_in(channels, id, &channel::id);
}
const message* resolved_data::find(message_id id) const {
    return find_in(messages, id, &message::id);
}
const attachment* resolved_data::find(attachment_id id) const {
    return find_in(attachments, id, &attachment::id);
}

const option_value* interaction::option(std::string_view name) const {
    return find_in(options, name, &option_value::name);
}
const modal_value* interaction::input(std::string_view name) const {
    return find_in(inputs, name, &modal_value::custom_id);
}

interaction parse_interaction(json::value from) {
    interaction parsed;
    // What `data` means depends on the type, which may stand behind it.
    if (auto type = from.find("type"))
        parsed.type = static_cast<interaction_type>(type->unsigned_integer() & 0xFFU);
    else
        from.fail("lacks \"type\"");
    if (auto data = from.find("data"))
        parse_data(parsed, *data);
    if (auto member = from.find("member")) {
        parsed.member = parse_member(*member);
        parsed.user = parsed.member->user;
    }
    if (auto user = from.find("user"))
        parsed.user = parse_user(*user);
    if (auto message = from.find("message"))
        parsed.message = parse_message(*message);
    if (auto value = from.find("guild_id"))
        parse::to(parsed.guild, *value);
    if (auto value = from.find("channel_id"))
        parse::to(parsed.channel, *value);
    if (auto value = from.find("app_permissions"))
        parse::to(parsed.app_permissions, *value);
    if (auto value = from.find("locale"))
        parse::to(parsed.locale, *value);
    if (auto value = from.find("guild_locale"))
        parse::to(parsed.guild_locale, *value);
    parse::to(parsed.id, from["id"]);
    parse::to(parsed.application, from["application_id"]);
    parse::to(parsed.token, from["token"]);
    parse::require(from, parsed.id, "id");
    if (parsed.type != interaction_type::ping && !parsed.user.id)
        from.fail("lacks \"member\" and \"user\"");
    return parsed;
}

} // namespace vagrolant::discord
