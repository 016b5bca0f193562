#include "discord/model/channel_edit.hpp"

namespace vagrolant::discord {

namespace {

template <class T>
void put(json::object& body, std::string_view key, const std::optional<T>& value) {
    if (value)
        body[key] = *value;
}

} // namespace

json::object to_json(const overwrite& one) {
    return {{"id", std::to_string(one.id)},
            {"type", static_cast<int>(one.type)},
            {"allow", one.allow.to_string()},
            {"deny", one.deny.to_string()}};
}

json::object to_json(const channel_edit& one) {
    json::object body;
    put(body, "name", one.name);
    put(body, "topic", one.topic);
    put(body, "position", one.position);
    put(body, "nsfw", one.nsfw);
    put(body, "rate_limit_per_user", one.rate_limit_per_user);
    put(body, "bitrate", one.bitrate);
    put(body, "user_limit", one.user_limit);
    put(body, "archived", one.archived);
    put(body, "locked", one.locked);
    if (one.rtc_region)
        body["rtc_region"] = one.rtc_region->empty() ? json::any() : json::any(*one.rtc_region);
    if (one.parent)
        body["parent_id"] = *one.parent ? json::id(*one.parent) : json::any();
    if (one.overwrites) {
        json::array overwrites;
        for (const auto& each : *one.overwrites)
            overwrites.push_back(to_json(each));
        body["permission_overwrites"] = std::move(overwrites);
    }
    return body;
}

json::object to_json(const channel_create& one) {
    auto body = to_json(one.settings);
    body["type"] = static_cast<int>(one.type);
    return body;
}

} // namespace vagrolant::discord
