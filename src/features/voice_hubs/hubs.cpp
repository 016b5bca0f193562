#include "base/log.hpp"
#include "discord/rest/channels.hpp"
#include "features/voice_hubs/doctor.hpp"
#include "features/voice_hubs/names.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

using namespace std::chrono_literals;
using bot::refusal;

constexpr std::size_t max_overflow = 10;
constexpr std::size_t max_roles = 25;

refusal not_administrator() {
    return refuse("not_administrator",
                  localized{.fr = "Seuls les administrateurs du serveur peuvent régler les hubs vocaux.",
                            .en = "Only the server's administrators can look after voice hubs."});
}

refusal unknown_hub() {
    return refuse("unknown_hub", localized{.fr = "Ce salon n'est pas un hub vocal.",
                                           .en = "This channel is not a voice hub."});
}

bool between(auto value, decltype(value) low, decltype(value) high) {
    return low <= value && value <= high;
}

bool in_range(const hub_settings& s) {
    return between(s.user_limit, 0, 99) && (s.bitrate == 0 || between(s.bitrate, 8'000, 384'000)) &&
           s.region.size() <= 32 && between(s.empty_grace, 0s, 300s) && between(s.keep_for, 0s, 3600s) &&
           between(s.return_window, 0s, 3600s) && between(s.max_rooms, 0, 500) &&
           between(s.member_per_minute, 1, 20) && between(s.guild_per_minute, 1, 300) &&
           s.overflow_categories.size() <= max_overflow && s.allowed_roles.size() <= max_roles;
}

} // namespace

refusal afk_channel() {
    return refuse("afk_channel",
                  localized{.fr = "Le salon d'inactivité du serveur ne peut pas être un hub : Discord y "
                                  "conduit les membres inactifs, et chacun d'eux aurait un salon. Choisissez "
                                  "un autre salon vocal.",
                            .en = "The server's AFK channel cannot be a hub: Discord brings idle members "
                                  "there, and each of them would get a room. Choose another voice "
                                  "channel."});
}

// What was chosen before is not asked about again: its channel may be gone since, which /hub doctor says.
std::optional<refusal> rooms::state::objection(guild_id guild, const hub_settings& settings,
                                               const hub_settings& before) const {
    if (auto bad = template_objection(settings.name_template))
        return bad;
    if (!in_range(settings)) {
        return refuse("bad_settings", localized{.fr = "Un des réglages est hors de ses limites.",
                                                .en = "One of the settings is out of its limits."});
    }
    const auto is = [&](channel_id id, auto fits) {
        const auto* channel = with.cache.find_channel(id);
        return channel != nullptr && channel->guild == guild && fits(channel->type);
    };
    const auto category = [](discord::channel_type type) { return type == discord::channel_type::category; };
    const bool categories_fit =
        (!settings.category || settings.category == before.category || is(settings.category, category)) &&
        std::ranges::all_of(settings.overflow_categories, [&](channel_id id) {
            return std::ranges::count(before.overflow_categories, id) > 0 || is(id, category);
        });
    if (!categories_fit) {
        return refuse("unknown_category", localized{.fr = "Une des catégories n'existe pas sur ce serveur.",
                                                    .en = "One of the categories is not on this server."});
    }
    const auto any = [](discord::channel_type) { return true; };
    const bool same_source = settings.permissions_from == before.permissions_from &&
                             settings.template_channel == before.template_channel;
    if (settings.permissions_from == permission_source::template_channel && !same_source &&
        !is(settings.template_channel, any)) {
        return refuse("unknown_channel",
                      localized{.fr = "Choisissez le salon modèle dont les permissions sont reprises.",
                                .en = "Choose the template channel whose permissions are taken."});
    }
    if (settings.log_channel && settings.log_channel != before.log_channel &&
        !is(settings.log_channel, discord::is_text_like)) {
        return refuse("unknown_channel",
                      localized{.fr = "Le salon de journal n'existe pas ou n'est pas un salon textuel.",
                                .en = "The log channel is gone, or is no text channel."});
    }
    return std::nullopt;
}

outcome<hub> rooms::state::changeable_hub(const actor& who, channel_id channel) const {
    const auto* found = known.find_hub(channel);
    if (found == nullptr)
        return std::unexpected(unknown_hub());
    if (!who.administrator)
        return std::unexpected(not_administrator());
    return *found;
}

awaitable<outcome<hub>> rooms::create_hub(actor who, guild_id guild, std::string name, channel_id category,
                                          hub_settings settings) {
    auto& in = *state_;
    if (!who.administrator)
        co_return std::unexpected(not_administrator());
    if (auto bad = in.objection(guild, settings))
        co_return std::unexpected(*std::move(bad));
    const auto clean = clean_name(name);
    if (clean.empty()) {
        co_return std::unexpected(refuse("bad_name", localized{.fr = "Donnez un nom au salon du hub.",
                                                               .en = "Give the hub's channel a name."}));
    }
    discord::channel_create request{.type = discord::channel_type::voice, .settings = {.name = clean}};
    if (category)
        request.settings.parent = category;
    co_await in.learn_language(guild);
    const auto made =
        co_await discord::create_channel(in.with.rest, guild, std::move(request), "voice hub: /hub create");
    const hub fresh{.channel = made.id, .guild = guild, .settings = std::move(settings), .created = in.now()};
    std::exception_ptr failure;
    try {
        co_await in.rows.put_hub(fresh);
    } catch (const std::exception&) {
        failure = std::current_exception();
    }
    if (failure) {
        co_await discord::delete_channel(in.with.rest, made.id, "voice hub: could not be kept");
        std::rethrow_exception(failure);
    }
    in.known.put_hub(fresh);
    log::info("voice hub made", {{"guild", guild}, {"channel", made.id}, {"by", who.user}});
    co_return fresh;
}

awaitable<outcome<hub>> rooms::state::adopt_hub(actor who, channel_id channel, hub_settings settings) {
    if (!who.administrator)
        co_return std::unexpected(not_administrator());
    const auto* seen = with.cache.find_channel(channel);
    if (seen == nullptr || seen->type != discord::channel_type::voice || seen->obfuscated) {
        co_return std::unexpected(
            refuse("wrong_channel_type", localized{.fr = "Un hub est un salon vocal que le bot peut voir.",
                                                   .en = "A hub is a voice channel that the bot can see."}));
    }
    const auto guild = seen->guild;
    if (known.find_room(channel) != nullptr) {
        co_return std::unexpected(
            refuse("is_a_room", localized{.fr = "Ce salon a été créé par un hub : il ne peut pas en être un.",
                                          .en = "This channel was made by a hub: it cannot be one."}));
    }
    if (is_afk_channel(channel))
        co_return std::unexpected(afk_channel());
    if (known.find_hub(channel) != nullptr) {
        co_return std::unexpected(refuse("already_a_hub", localized{.fr = "Ce salon est déjà un hub vocal.",
                                                                    .en = "This channel is a hub already."}));
    }
    if (auto bad = objection(guild, settings))
        co_return std::unexpected(*std::move(bad));
    const hub fresh{.channel = channel, .guild = guild, .settings = std::move(settings), .created = now()};
    co_await rows.put_hub(fresh);
    known.put_hub(fresh);
    log::info("voice hub adopted", {{"guild", guild}, {"channel", channel}, {"by", who.user}});
    make_place_above(channel);
    // Whoever is in it already is waiting from now on.
    reconcile_soon(guild);
    co_return fresh;
}

awaitable<outcome<hub>> rooms::state::update_hub(actor who, channel_id channel, hub_change change) {
    const auto before = changeable_hub(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    auto fresh = *before;
    change(fresh.settings);
    if (auto bad = objection(fresh.guild, fresh.settings, before->settings))
        co_return std::unexpected(*std::move(bad));
    co_await rows.change_hub(fresh);
    if (known.find_hub(channel) == nullptr)
        co_return std::unexpected(unknown_hub());
    known.put_hub(fresh);
    notices.forget(channel);
    placed.erase(channel);
    make_place_above(channel);
    may_be_mended(fresh.guild, channel);
    log::info("voice hub changed", {{"guild", fresh.guild}, {"channel", channel}, {"by", who.user}});
    // Times of grace may be different now.
    reconcile_soon(fresh.guild);
    co_return fresh;
}

awaitable<outcome<void>> rooms::state::delete_hub(actor who, channel_id channel, bool delete_channel) {
    const auto before = changeable_hub(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    const auto guild = before->guild;
    // The channel first: a hub without one is found by itself, should the process end in between.
    if (delete_channel) {
        try {
            co_await discord::delete_channel(with.rest, channel, "voice hub: /hub delete");
        } catch (const discord::rest_error& error) {
            if (error.code() != unknown_channel)
                throw;
        }
    }
    co_await rows.delete_hub(channel);
    known.erase_hub(channel);
    log::info("voice hub deleted", {{"guild", guild}, {"channel", channel}, {"by", who.user}});
    co_return outcome<void>();
}

awaitable<outcome<hub>> rooms::adopt_hub(actor who, channel_id channel, hub_settings settings) {
    return state_->in_lane<hub>(channel, [in = state_.get(), who, channel, settings = std::move(settings)] {
        return in->adopt_hub(who, channel, settings);
    });
}

awaitable<outcome<hub>> rooms::update_hub(actor who, channel_id channel, hub_change change) {
    return state_->in_lane<hub>(channel, [in = state_.get(), who, channel, change = std::move(change)] {
        return in->update_hub(who, channel, change);
    });
}

awaitable<outcome<void>> rooms::delete_hub(actor who, channel_id channel, bool delete_channel) {
    return state_->in_lane<void>(channel, [in = state_.get(), who, channel, delete_channel] {
        return in->delete_hub(who, channel, delete_channel);
    });
}

awaitable<doctor_report> rooms::examine(guild_id guild) {
    auto& in = *state_;
    const bool current = in.is_current(guild);
    auto steps = current ? co_await in.plan(guild) : std::vector<reconcile_step>();
    const auto& cache = in.with.cache;
    const auto place_of = [&](channel_id id) {
        const auto* channel = cache.find_channel(id);
        return place{.id = id,
                     .name = channel == nullptr ? "" : channel->name,
                     .exists = channel != nullptr,
                     .hidden = channel != nullptr && channel->obfuscated,
                     .own = cache.own_permissions_in(id),
                     .children = in.children_of(id)};
    };
    const auto seen = in.look(guild);
    doctor_input about{.own = cache.own_permissions(guild),
                       .channels = seen.channels.size(),
                       .current = current,
                       .presences = in.with.config.enable_presences,
                       .hubs = {},
                       .plan = std::move(steps)};
    for (const auto& one : seen.hubs) {
        hub_facts facts{.what = one,
                        .channel = place_of(one.channel),
                        .categories = {},
                        .template_channel = {},
                        .log_channel = {},
                        .refused = {},
                        .asked_again = {},
                        .afk = in.is_afk_channel(one.channel),
                        .dead_roles = 0,
                        .rooms = {},
                        .lost = {}};
        if (const auto* held = in.held_off(guild, one.channel)) {
            facts.refused = held->why.reason;
            facts.asked_again = held->until();
        }
        const auto* channel = cache.find_channel(one.channel);
        const auto own_category = channel == nullptr ? channel_id() : channel->parent;
        if (const auto first = one.settings.category ? one.settings.category : own_category)
            facts.categories.push_back(place_of(first));
        for (const auto id : one.settings.overflow_categories)
            facts.categories.push_back(place_of(id));
        if (one.settings.template_channel)
            facts.template_channel = place_of(one.settings.template_channel);
        if (one.settings.log_channel)
            facts.log_channel = place_of(one.settings.log_channel);
        const auto* from = cache.find_guild(guild);
        facts.dead_roles =
            static_cast<std::size_t>(std::ranges::count_if(one.settings.allowed_roles, [from](role_id id) {
                return from == nullptr || from->find_role(id) == nullptr;
            }));
        for (const auto& room : seen.rooms) {
            // Of one that no event has shown yet nothing is known.
            if (room.room.hub == one.channel && cache.find_channel(room.room.channel) != nullptr)
                facts.rooms.push_back(place_of(room.room.channel));
        }
        facts.lost = in.overwrites_of({.guild = guild, .hub = one.channel}).lost;
        about.hubs.push_back(std::move(facts));
    }
    co_return doctor_report{
        .findings = voice_hubs::examine(about), .hubs = seen.hubs.size(), .rooms = seen.rooms.size()};
}

} // namespace vagrolant::voice_hubs
