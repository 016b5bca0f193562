#include "features/voice_hubs/knocking.hpp"

#include "base/log.hpp"
#include "discord/rest/error.hpp"
#include "discord/rest/interactions.hpp"
#include "discord/rest/messages.hpp"
#include "discord/rest/users.hpp"
#include "features/voice_hubs/routes.hpp"
#include "features/voice_hubs/visit.hpp"
#include "features/voice_hubs/words.hpp"

#include <boost/asio/cancellation_state.hpp>

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

discord::permissions held_in(const bot::services& with, const context& context, channel_id room) {
    const auto& member = context.interaction().member;
    if (!member)
        return {};
    return with.cache.member_permissions_in(room, context.user().id, member->roles);
}

bool sees(const bot::services& with, const context& context, channel_id room) {
    return held_in(with, context, room).has(discord::permission::view_channel);
}

/// Rooms that the person sees and cannot enter.
std::vector<room> closed_to(const bot::services& with, const context& context, std::vector<room> all) {
    std::erase_if(all, [&](const room& one) {
        const auto held = held_in(with, context, one.channel);
        return !held.has(discord::permission::view_channel) || held.has(discord::permission::connect);
    });
    return all;
}

// The owner is asked in the room's chat; directly where the bot may not write there.
// In the room's chat, or directly; false when neither takes it.
awaitable<bool> ask_owner(bot::services& with, room which, user_id guest, locale language) {
    const auto question = knock_question(which, guest, language);
    for (const bool directly : {false, true}) {
        try {
            auto where = which.channel;
            if (directly)
                where = co_await discord::open_direct_messages(with.rest, which.owner);
            co_await discord::create_message(with.rest, where, question);
            co_return true;
        } catch (const discord::rest_error& error) {
            if (error.status() != 403)
                throw;
        }
    }
    co_return false;
}

constexpr localized sent{.fr = "🚪 Votre demande est transmise. La réponse s'affichera ici.",
                         .en = "🚪 Your request has been passed on. The answer will show here."};
constexpr localized floor_asked_for{.fr = "✋ Votre demande est transmise. La réponse s'affichera ici.",
                                    .en = "✋ Your request has been passed on. The answer will show here."};
// The same words whether there is such a room or not: a private one stays private.
constexpr localized perhaps_sent{.fr = "🚪 Si ce membre a un salon où vous pouvez demander à entrer, votre "
                                       "demande lui est transmise. Sa réponse "
                                       "s'affichera ici.",
                                 .en = "🚪 If this member has a room that you can ask to come into, your "
                                       "request has been passed on. The answer "
                                       "will show here."};

awaitable<void> knock_at(bot::services& with, const visit who, context& context, channel_id id) {
    const bool visible = sees(with, context, id);
    const auto present = who.all.present(id);
    const bool inside = std::ranges::find(present, who.who.user) != present.end();
    const auto& words = inside ? floor_asked_for : visible ? sent : perhaps_sent;
    auto result = co_await who.all.knock(who.who, id);
    if (!result && !visible) {
        co_await context.reply(std::string(words.in(who.language)));
        co_return;
    }
    const auto asked = take(std::move(result), who.language);
    const auto language = co_await who.shown.language_of(asked.guild);
    const bool reached = co_await ask_owner(with, asked, who.who.user, language);
    if (!reached) {
        who.all.take_back_knock(id, who.who.user);
        if (visible)
            refuse({.fr = "Le propriétaire de ce salon ne peut pas être joint : ni lui ni son salon ne "
                          "reçoivent de messages du bot. Écrivez-lui vous-même.",
                    .en = "The owner of this room cannot be reached: neither he nor his room takes "
                          "messages from the bot. Write to him yourself."},
                   who.language);
        co_await context.reply(std::string(words.in(who.language)));
        co_return;
    }
    const auto& what = context.interaction();
    with.states.get<waiting_guests>().put(id, who.who.user,
                                          {.application = what.application,
                                           .token = what.token,
                                           .language = who.language,
                                           .until = waiting_guests::clock::now() + waiting_guests::life});
    co_await context.reply(std::string(words.in(who.language)));
}

// Of a hub, or of the whole guild where `of` is the guild's id.
std::vector<room> doors_of(const bot::services& with, const visit& who, const context& context,
                           channel_id of) {
    const auto guild = context.guild();
    if (of.value() == guild.value())
        return closed_to(with, context, who.all.rooms_of(guild));
    return closed_to(with, context, who.all.rooms_of_hub(who.hub_at(guild, of).channel));
}

awaitable<void> offer_doors(bot::services& with, const visit who, context& context, channel_id of) {
    const auto rooms = doors_of(with, who, context, of);
    if (rooms.empty()) {
        refuse({.fr = "Aucun salon fermé que vous voyez : rejoignez un hub pour avoir le vôtre.",
                .en = "There is no closed room that you see: join a hub to have your own."},
               who.language);
    }
    auto question = whispered(door_question(rooms, of, 0, who.language));
    co_await context.reply(std::move(question));
}

std::string verdict(const room& which, bool accepted, locale language) {
    const bool speech = which.settings.mode == room_mode::conference;
    if (!accepted)
        return language == locale::fr ? "✖️ Votre demande est refusée." : "✖️ Your request has been refused.";
    if (speech) {
        return bot::say({.fr = "🎤 Vous avez la parole dans {}.", .en = "🎤 You may speak in {}."},
                        mention(which.channel))
            .in(language);
    }
    return bot::say({.fr = "✅ Vous pouvez entrer : {}", .en = "✅ You may come in: {}"},
                    mention(which.channel))
        .in(language);
}

/// True when the guest's own reply was changed.
awaitable<bool> tell_guest(bot::services& with, const room which, user_id guest, bool accepted) {
    auto place = with.states.get<waiting_guests>().take(which.channel, guest, waiting_guests::clock::now());
    if (!place)
        co_return false;
    discord::rest_responder responder(with.rest);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    try {
        co_await responder.edit_original(place->application, std::move(place->token),
                                         answered(verdict(which, accepted, place->language)));
        co_return true;
    } catch (const std::exception& error) {
        if (cancellation.cancelled() != asio::cancellation_type::none)
            throw;
        log::info("guest not told", {{"room", which.channel}, {"user", guest}, {"error", error.what()}});
    }
    co_return false;
}

} // namespace

void waiting_guests::put(discord::channel_id room, discord::user_id guest, place where) {
    if (places_.size() >= bound) {
        const auto now = clock::now();
        std::erase_if(places_, [now](const auto& one) { return one.second.until <= now; });
    }
    if (places_.size() < bound)
        places_.insert_or_assign({room, guest}, std::move(where));
}

std::optional<waiting_guests::place> waiting_guests::take(discord::channel_id room, discord::user_id guest,
                                                          clock::time_point now) {
    auto found = places_.extract({room, guest});
    if (!found || found.mapped().until <= now)
        return std::nullopt;
    return std::move(found.mapped());
}

awaitable<void> show_door(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    co_await offer_doors(with, who, context, context.path().id<channel_id>("hub"));
}

awaitable<void> turn_doors(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto of = context.path().id<channel_id>("of");
    const auto page = static_cast<std::size_t>(std::max<std::int64_t>(0, context.path().integer("page")));
    const auto rooms = doors_of(with, who, context, of);
    auto edit = rooms.empty() ? answered(who.language == locale::fr ? "🚪 Plus aucun salon fermé."
                                                                    : "🚪 No closed room any more.")
                              : discord::message_edit::replace(door_question(rooms, of, page, who.language));
    co_await context.update(std::move(edit));
}

awaitable<void> knock_at_choice(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto& values = context.interaction().values;
    const auto id = values.empty() ? std::nullopt : channel_id::parse(values.front());
    // A room that is gone, and one that can no longer be seen, are the same to who asks.
    if (!id || !sees(with, context, who.at(*id).channel))
        refuse({.fr = "Ce salon n'existe plus.", .en = "This room is gone."}, who.language);
    co_await knock_at(with, who, context, *id);
}

awaitable<void> knock_inside(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto id = context.path().id<channel_id>("room");
    who.at(id);
    co_await knock_at(with, who, context, id);
}

awaitable<void> knock_command(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto member = context.id_option<user_id>("member");
    if (!member) {
        co_await offer_doors(with, who, context, channel_id(context.guild().value()));
        co_return;
    }
    const auto* theirs = who.all.room_of_owner(context.guild(), *member);
    if (theirs == nullptr) {
        co_await context.reply(std::string(perhaps_sent.in(who.language)));
        co_return;
    }
    co_await knock_at(with, who, context, theirs->channel);
}

awaitable<void> answer_knock(bot::services& with, context& context) {
    const auto who = co_await visit::of(with, context);
    const auto id = context.path().id<channel_id>("room");
    const auto guest = context.path().id<user_id>("guest");
    const bool accepted = context.path().text("answer") == "yes";
    who.owned(id);
    auto result = co_await who.all.answer_knock(who.who, id, guest, accepted);
    const auto room = take(std::move(result), who.language);
    const auto language = co_await who.shown.language_of(room.guild);
    const localized pattern = accepted ? localized{.fr = "✅ {} entre sur la liste blanche : accepté par {}.",
                                                   .en = "✅ {} is on the whitelist: accepted by {}."}
                                       : localized{.fr = "✖️ La demande de {} est refusée par {}.",
                                                   .en = "✖️ {}'s request is refused by {}."};
    co_await context.update(answered(bot::say(pattern, mention(guest), mention(who.who.user)).in(language)));
    const bool told = co_await tell_guest(with, room, guest, accepted);
    if (told || !accepted || !context.acknowledged())
        co_return;
    // His reply can no longer be changed: now that he sees the room's chat, he is told there.
    discord::message_create call{.content = mention(guest) + " · " + verdict(room, true, language)};
    call.allowed_mentions.user_ids = {guest};
    co_await context.follow_up(std::move(call));
}

} // namespace vagrolant::voice_hubs
