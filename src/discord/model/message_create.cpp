#include "discord/model/message_create.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace vagrolant::discord {

namespace {

constexpr std::size_t max_content = 2000;
constexpr std::size_t max_nonce = 25;
constexpr std::size_t max_files = 10;
constexpr std::size_t max_mention_ids = 100;
constexpr std::size_t max_rows = 5;
constexpr std::size_t max_components_v2 = 40;

json::array embeds_json(const std::vector<embed>& embeds) {
    json::array body;
    for (const auto& one : embeds)
        body.push_back(to_json(one));
    return body;
}

// Files are numbered as their parts of the upload are.
void add_files(json::array& attachments, const std::vector<file>& files) {
    for (std::size_t index = 0; index < files.size(); ++index) {
        json::object body{{"id", std::to_string(index)}, {"filename", files[index].name}};
        if (!files[index].description.empty())
            body["description"] = files[index].description;
        attachments.push_back(std::move(body));
    }
}

// Components in all, nested ones included: whatever is an object with a "type" below.
std::size_t count_components(const json::any& in) {
    std::size_t count = 0;
    if (const auto* object = in.if_object()) {
        count += object->contains("type") ? 1 : 0;
        for (const std::string_view key : {"components", "accessory", "component"}) {
            if (const auto* inner = object->if_contains(key))
                count += count_components(*inner);
        }
    } else if (const auto* array = in.if_array()) {
        for (const auto& one : *array)
            count += count_components(one);
    }
    return count;
}

} // namespace

json::object to_json(const allowed_mentions& one) {
    json::array parse;
    if (one.everyone)
        parse.push_back("everyone");
    if (one.roles)
        parse.push_back("roles");
    if (one.users)
        parse.push_back("users");
    json::object body{{"parse", std::move(parse)}};
    // A kind may be listed or parsed, not both. (Discord Docs/Message "Allowed Mentions Object")
    if (!one.roles && !one.role_ids.empty())
        body["roles"] = json::ids(one.role_ids);
    if (!one.users && !one.user_ids.empty())
        body["users"] = json::ids(one.user_ids);
    if (one.replied_user)
        body["replied_user"] = true;
    return body;
}

json::object to_json(const message_create& one) {
    json::object body;
    if (!one.content.empty())
        body["content"] = one.content;
    if (!one.embeds.empty())
        body["embeds"] = embeds_json(one.embeds);
    if (!one.components.empty())
        body["components"] = to_json(one.components);
    body["allowed_mentions"] = to_json(one.allowed_mentions);
    if (one.flags != 0)
        body["flags"] = one.flags;
    if (!one.nonce.empty()) {
        body["nonce"] = one.nonce;
        body["enforce_nonce"] = true;
    }
    if (one.reply_to)
        body["message_reference"] =
            json::object{{"message_id", json::id(one.reply_to)}, {"fail_if_not_exists", false}};
    if (!one.files.empty()) {
        json::array attachments;
        add_files(attachments, one.files);
        body["attachments"] = std::move(attachments);
    }
    return body;
}

json::object to_json(const message_edit& one) {
    json::object body;
    if (one.content)
        body["content"] = *one.content;
    if (one.embeds)
        body["embeds"] = embeds_json(*one.embeds);
    if (one.components)
        body["components"] = to_json(*one.components);
    body["allowed_mentions"] = to_json(one.allowed_mentions);
    if (one.flags)
        body["flags"] = *one.flags;
    if (one.keep_attachments || !one.files.empty()) {
        json::array attachments;
        for (const auto id : one.keep_attachments.value_or(std::vector<attachment_id>{}))
            attachments.push_back(json::object{{"id", json::id(id)}});
        add_files(attachments, one.files);
        body["attachments"] = std::move(attachments);
    }
    return body;
}

message_edit message_edit::replace(message_create whole) {
    message_edit edit{.components = std::move(whole.components),
                      .allowed_mentions = std::move(whole.allowed_mentions),
                      .files = std::move(whole.files)};
    const auto lasting = whole.flags & (message_flags::suppress_embeds | message_flags::components_v2);
    if ((lasting & message_flags::components_v2) == 0) {
        edit.content = std::move(whole.content);
        edit.embeds = std::move(whole.embeds);
    }
    if (lasting != 0)
        edit.flags = lasting;
    if (edit.files.empty())
        edit.keep_attachments = std::vector<attachment_id>{};
    return edit;
}

std::vector<limit_error> check(const message_create& one) {
    using enum limit_error::kind;
    auto errors = check(std::span<const embed>(one.embeds));
    const auto at_most = [&errors](limit_error::kind what, std::string field, std::size_t actual,
                                   std::size_t limit) {
        if (actual > limit)
            errors.push_back({.what = what, .field = std::move(field), .actual = actual, .limit = limit});
    };
    at_most(too_long, "content", text::length(one.content), max_content);
    at_most(too_long, "nonce", text::length(one.nonce), max_nonce);
    at_most(too_many, "attachments", one.files.size(), max_files);
    at_most(too_many, "allowed_mentions.roles", one.allowed_mentions.role_ids.size(), max_mention_ids);
    at_most(too_many, "allowed_mentions.users", one.allowed_mentions.user_ids.size(), max_mention_ids);
    if ((one.flags & message_flags::components_v2) != 0)
        at_most(too_many, "components", count_components(to_json(one.components)), max_components_v2);
    else
        at_most(too_many, "components", one.components.size(), max_rows);
    if (text::trim(one.content).empty() && one.embeds.empty() && one.components.empty() && one.files.empty())
        errors.push_back({.what = required, .field = "content", .actual = 0, .limit = max_content});
    return errors;
}

} // namespace vagrolant::discord
