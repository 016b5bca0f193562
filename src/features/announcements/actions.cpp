#include "features/announcements/actions.hpp"

#include "base/log.hpp"
#include "discord/rest/messages.hpp"

namespace vagrolant::announcements {

namespace {

mention_policy read_mentions(bot::payload& from) {
    const auto text = from.text("mentions");
    if (!text)
        return mention_policy::all;
    const auto policy = enum_value<bot::mention_policy>(*text);
    if (!policy)
        from.wrong("mentions",
                   {.fr = "« none », « users » ou « all »", .en = "\"none\", \"users\" or \"all\""});
    return *policy;
}

std::optional<target> find_target(const discord::cache& cache, discord::guild_id guild,
                                  discord::channel_id id) {
    const auto* channel = cache.find_channel(id);
    if (channel == nullptr || channel->guild != guild)
        return std::nullopt;
    return target{.type = channel->type, .name = channel->name, .own = cache.own_permissions_in(id)};
}

} // namespace

announce_request read_announce(bot::payload& from) {
    announce_request request{.channel = from.id<discord::channel_id>("channelId")};
    request.text.message = from.text("message").value_or("");
    if (auto embed = from.object("embed")) {
        request.text.embed = {.title = embed->text("title").value_or(""),
                              .description = embed->text("description").value_or(""),
                              .color = embed->text("color").value_or(""),
                              .image = embed->text("image").value_or("")};
    }
    request.text.mentions = read_mentions(from);
    return request;
}

awaitable<bot::action_result> announce(bot::services& with, bot::action_call call, announce_request request) {
    const auto allowed = allowed_to(call.requester_may_mention_everyone, call.settings.announcement_mentions);
    auto message = compose(request.text, allowed);
    if (!message)
        co_return std::unexpected(std::move(message.error()));
    auto refused = objection(*message, find_target(with.cache, call.guild, request.channel));
    if (refused)
        co_return std::unexpected(*std::move(refused));
    message->nonce = nonce_of(call.id);
    const auto sent = co_await discord::create_message(with.rest, request.channel, *message);
    log::info(
        "announced",
        {{"guild", call.guild}, {"channel", request.channel}, {"message", sent.id}, {"command", call.id}});
    json::object result{{"messageId", json::id(sent.id)}};
    if (const auto warning = withheld(request.text, allowed))
        bot::put_warnings(result, {*warning}, call.settings.language);
    co_return result;
}

} // namespace vagrolant::announcements
