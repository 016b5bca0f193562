#include "features/moderation/channel_list.hpp"

#include "features/moderation/channel_list_rules.hpp"

namespace vagrolant::moderation {

list_request read_list(bot::payload&) {
    return {};
}

namespace {

// What a dashboard shows somebody is what Discord would show him.
bool is_visible(const discord::cache& cache, const bot::action_call& call, discord::channel_id channel) {
    using discord::permission;
    if (!cache.own_permissions_in(channel).has(permission::view_channel))
        return false;
    constexpr bool timed_out = false; // Who is may still see.
    return !call.requester ||
           cache.member_permissions_in(channel, *call.requester, call.requester_roles, timed_out)
               .has(permission::view_channel);
}

} // namespace

awaitable<bot::action_result> list_channels(bot::services& with, bot::action_call call, list_request) {
    std::vector<listed_channel> all;
    const auto* guild = with.cache.find_guild(call.guild);
    if (guild != nullptr) {
        for (const auto id : guild->channels) {
            const auto* channel = with.cache.find_channel(id);
            if (channel == nullptr)
                continue;
            all.push_back({.id = id,
                           .type = channel->type,
                           .name = channel->name,
                           .position = channel->position,
                           .parent = channel->parent,
                           .visible = is_visible(with.cache, call, id)});
        }
    }
    json::array channels;
    for (const auto& one : list_text_channels(std::move(all))) {
        channels.push_back(
            json::object{{"id", json::id(one.id)}, {"name", one.name}, {"type", static_cast<int>(one.type)}});
    }
    co_return json::object{{"channels", std::move(channels)}};
}

} // namespace vagrolant::moderation
