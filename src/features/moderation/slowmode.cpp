#include "features/moderation/slowmode.hpp"

#include "base/log.hpp"
#include "bot/permissions.hpp"
#include "discord/rest/channels.hpp"
#include "features/moderation/place.hpp"
#include "features/moderation/texts.hpp"

namespace vagrolant::moderation {

namespace {

std::optional<bot::refusal> objection(const place& where) {
    using discord::permission;
    if (!has_slowmode(where.channel.type)) {
        return bot::refusal{.code = "wrong_channel_type",
                            .reason = bot::say({.fr = "{} est {} : il n'y a pas de mode lent là.",
                                                .en = "{} is {}, which has no slow mode."},
                                               bot::channel_label(where.channel.name),
                                               type_label(where.channel.type))};
    }
    // (Discord Docs/Threads "Active & Archived Threads")
    if (where.channel.archived) {
        return bot::refusal{.code = "thread_archived",
                            .reason =
                                bot::say({.fr = "Le fil {} est archivé : rouvrez-le, puis recommencez.",
                                          .en = "The thread {} is archived: open it again, then retry."},
                                         bot::channel_label(where.channel.name))};
    }
    const auto needed =
        discord::is_thread(where.channel.type) ? permission::manage_threads : permission::manage_channels;
    return bot::missing_permissions(where.own, {permission::view_channel, needed}, where.channel.name);
}

} // namespace

slowmode_request read_slowmode(bot::payload& from) {
    slowmode_request request{.channel = from.id<discord::channel_id>("channelId")};
    request.seconds = from.integer("duration", 0, max_slowmode);
    return request;
}

awaitable<bot::action_result> slowmode(bot::services& with, bot::action_call call, slowmode_request request) {
    const auto where = co_await find_place(with, call.guild, request.channel);
    if (!where)
        co_return std::unexpected(where.error());
    if (auto refused = objection(*where))
        co_return std::unexpected(*std::move(refused));
    discord::channel_edit edit{.rate_limit_per_user = request.seconds};
    co_await discord::modify_channel(with.rest, request.channel, std::move(edit),
                                     audit_reason("slowmode", call));
    log::info("slow mode set", {{"guild", call.guild},
                                {"channel", request.channel},
                                {"seconds", request.seconds},
                                {"command", call.id}});
    co_return json::object{};
}

} // namespace vagrolant::moderation
