#include "features/voice_hubs/visit.hpp"

#include "discord/rest/error.hpp"
#include "features/voice_hubs/words.hpp"

#include <fmt/format.h>

namespace vagrolant::voice_hubs {

void refuse(localized sentence, locale language) {
    throw discord::interactions::refusal(std::string(sentence.in(language)));
}

awaitable<void> update_if_there(discord::interactions::context& context, discord::message_edit edit) {
    try {
        co_await context.update(std::move(edit));
    } catch (const discord::rest_error& error) {
        if (error.status() != 404)
            throw;
    }
}

awaitable<visit> visit::of(const bot::services& with, const discord::interactions::context& context) {
    visit one{.all = with.states.get<rooms>(),
              .shown = with.states.get<panels>(),
              .who = actor::of(context.user().id, context.member_permissions()),
              .guild = context.guild(),
              .language = context.language(with.config.language),
              .presences = with.config.enable_presences};
    // Discord waits three seconds for an answer.
    constexpr auto patience = std::chrono::milliseconds(1'500);
    if (!co_await one.all.until_loaded(patience)) {
        refuse({.fr = "Le bot démarre : réessayez dans un instant.",
                .en = "The bot is starting: try again in a moment."},
               one.language);
    }
    co_return one;
}

const room& visit::at(channel_id which) const {
    const auto* found = all.find_room(which);
    if (found == nullptr || (guild && found->guild != guild))
        refuse({.fr = "Ce salon n'existe plus.", .en = "This room is gone."}, language);
    return *found;
}

const room& visit::owned(channel_id which) const {
    const auto& found = at(which);
    if (all.may_change(who, found))
        return found;
    if (!found.owner) {
        refuse({.fr = "Ce salon n'a plus de propriétaire : réclamez-le d'abord.",
                .en = "This room has no owner any more: claim it first."},
               language);
    }
    throw discord::interactions::refusal(
        bot::say({.fr = "Ce salon appartient à {} : seuls son propriétaire et les administrateurs "
                        "peuvent le régler.",
                  .en = "This room is {}'s: only its owner and administrators may change it."},
                 mention(found.owner))
            .in(language));
}

const hub& visit::hub_at(guild_id of, channel_id which) const {
    const auto* found = all.find_hub(which);
    if (found == nullptr || found->guild != of)
        refuse({.fr = "Ce hub n'existe plus.", .en = "This hub is gone."}, language);
    return *found;
}

} // namespace vagrolant::voice_hubs
