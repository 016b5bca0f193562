#include "features/voice_hubs/hub_fields.hpp"

#include "base/text.hpp"
#include "features/voice_hubs/names.hpp"
#include "features/voice_hubs/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>

namespace vagrolant::voice_hubs {

namespace {

using bot::refusal;
using discord::channel_type;

constexpr std::array flags{
    field_option{"yes", {.fr = "oui", .en = "yes"}},
    field_option{"no", {.fr = "non", .en = "no"}},
};

template <class Id>
std::string mentions(const std::vector<Id>& all, localized none, locale language) {
    constexpr std::size_t most_shown = 8;
    std::string text;
    for (const auto one : all | std::views::take(most_shown)) {
        if constexpr (std::is_same_v<Id, role_id>)
            text += (text.empty() ? "" : ", ") + mention(subject::of(one));
        else
            text += (text.empty() ? "" : ", ") + mention(one);
    }
    if (all.size() > most_shown)
        text += fmt::format(" +{}", all.size() - most_shown);
    return text.empty() ? std::string(none.in(language)) : text;
}

std::vector<channel_id> as_list(channel_id one) {
    return one ? std::vector{one} : std::vector<channel_id>();
}

template <class Id>
std::optional<std::vector<Id>> parse_ids(std::span<const std::string> values, std::size_t most) {
    std::vector<Id> ids;
    for (const auto& one : values) {
        const auto id = Id::parse(one);
        if (!id || ids.size() == most)
            return std::nullopt;
        ids.push_back(*id);
    }
    return ids;
}

refusal unusable(const hub_field& field) {
    return {.code = "bad_setting",
            .reason = bot::say({.fr = "« {} » : cette valeur n'est pas possible.",
                                .en = "\"{}\": this value is not possible."},
                               field.name)};
}

template <class... Visitors>
struct overloaded : Visitors... {
    using Visitors::operator()...;
};

discord::entity_select channel_select(const hub_field& field, const std::vector<channel_id>& chosen,
                                      std::span<const channel_type> types, std::size_t most) {
    discord::entity_select select{.type = discord::component_type::channel_select,
                                  .custom_id = std::string(field.id),
                                  .min_values = 0,
                                  .max_values = static_cast<int>(most),
                                  .channel_types = {types.begin(), types.end()},
                                  .required = false};
    for (const auto one : chosen)
        select.default_values.push_back({.id = one.value(), .of = discord::component_type::channel_select});
    return select;
}

discord::string_select option_select(const hub_field& field, std::span<const field_option> options,
                                     std::size_t chosen, locale language) {
    discord::string_select select{.custom_id = std::string(field.id)};
    for (std::size_t at = 0; at < options.size(); ++at) {
        auto label = std::string(options[at].name.in(language));
        select.options.push_back(
            {.label = std::move(label), .value = std::string(options[at].id), .chosen = at == chosen});
    }
    return select;
}

discord::component component_of(const hub_field& field, const hub_settings& settings,
                                const hub_choices& choices, locale language) {
    const auto id = std::string(field.id);
    return std::visit(
        overloaded{
            [&](const text_field& kind) -> discord::component {
                return discord::text_input{.custom_id = id,
                                           .min_length = 1,
                                           .max_length = kind.max_length,
                                           .value = settings.*kind.where};
            },
            [&](const number_field& kind) -> discord::component {
                return discord::text_input{.custom_id = id,
                                           .min_length = 1,
                                           .max_length = 4,
                                           .value = std::to_string(kind.get(settings))};
            },
            [&](const flag_field& kind) -> discord::component {
                return option_select(field, flags, settings.*kind.where ? 0 : 1, language);
            },
            [&](const option_field& kind) -> discord::component {
                return option_select(field, kind.options, kind.get(settings), language);
            },
            [&](const bitrate_field&) -> discord::component {
                return discord::string_select{
                    .custom_id = id,
                    .options = bitrate_options(choices.max_bitrate, settings.bitrate, true, language)};
            },
            [&](const region_field&) -> discord::component {
                return discord::string_select{
                    .custom_id = id, .options = region_options(choices.regions, settings.region, language)};
            },
            [&](const channel_field& kind) -> discord::component {
                return channel_select(field, as_list(settings.*kind.where), kind.types, 1);
            },
            [&](const channels_field& kind) -> discord::component {
                return channel_select(field, settings.*kind.where, kind.types, kind.most);
            },
            [&](const roles_field& kind) -> discord::component {
                discord::entity_select select{.type = discord::component_type::role_select,
                                              .custom_id = id,
                                              .min_values = 0,
                                              .max_values = static_cast<int>(kind.most),
                                              .required = false};
                for (const auto one : settings.*kind.where) {
                    select.default_values.push_back(
                        {.id = one.value(), .of = discord::component_type::role_select});
                }
                return select;
            },
        },
        field.kind);
}

// False when the text stands for none of them.
bool take_option(const option_field& kind, hub_settings& settings, std::string_view id) {
    const auto found = std::ranges::find(kind.options, id, &field_option::id);
    if (found == kind.options.end())
        return false;
    kind.set(settings, static_cast<std::size_t>(found - kind.options.begin()));
    return true;
}

constexpr int min_bitrate = 8'000;
constexpr int max_bitrate = 384'000;

bool is_bitrate(int bitrate) {
    return bitrate == 0 || bitrate >= min_bitrate;
}

} // namespace

std::string show(const hub_field& field, const hub_settings& settings, locale language) {
    return std::visit(
        overloaded{
            [&](const text_field& kind) { return '`' + settings.*kind.where + '`'; },
            [&](const number_field& kind) { return kind.show(kind.get(settings), language); },
            [&](const flag_field& kind) {
                return std::string(flags.at(settings.*kind.where ? 0 : 1).name.in(language));
            },
            [&](const option_field& kind) {
                return std::string(kind.options[kind.get(settings)].name.in(language));
            },
            [&](const bitrate_field&) { return bitrate_text(settings.bitrate, language); },
            [&](const region_field&) { return region_text(settings.region, language); },
            [&](const channel_field& kind) {
                return mentions(as_list(settings.*kind.where), kind.none, language);
            },
            [&](const channels_field& kind) { return mentions(settings.*kind.where, kind.none, language); },
            [&](const roles_field& kind) { return mentions(settings.*kind.where, kind.none, language); },
        },
        field.kind);
}

void copy(const hub_field& field, const hub_settings& from, hub_settings& into) {
    const auto member = [&](const auto& kind) { into.*kind.where = from.*kind.where; };
    std::visit(overloaded{
                   [&](const number_field& kind) { kind.set(into, kind.get(from)); },
                   [&](const option_field& kind) { kind.set(into, kind.get(from)); },
                   [&](const bitrate_field&) { into.bitrate = from.bitrate; },
                   [&](const region_field&) { into.region = from.region; },
                   [&](const text_field& kind) { member(kind); },
                   [&](const flag_field& kind) { member(kind); },
                   [&](const channel_field& kind) { member(kind); },
                   [&](const channels_field& kind) { member(kind); },
                   [&](const roles_field& kind) { member(kind); },
               },
               field.kind);
}

hub_settings default_settings(locale language) {
    return {.name_template = default_name_template(language)};
}

bool is_default(const hub_field& field, const hub_settings& settings, locale guild_language) {
    auto restored = settings;
    copy(field, default_settings(guild_language), restored);
    return restored == settings;
}

void hub_patch::apply_to(hub_settings& settings) const {
    for (const auto* field : given)
        copy(*field, values, settings);
}

discord::label input_of(const hub_field& field, const hub_settings& settings, const hub_choices& choices,
                        locale language) {
    return {.text = std::string(field.name.in(language)),
            .input = component_of(field, settings, choices, language),
            .description = std::string(field.help.in(language))};
}

std::expected<void, refusal> read_input(const hub_field& field, hub_settings& settings,
                                        std::span<const std::string> values) {
    const std::string_view first = values.empty() ? std::string_view() : std::string_view(values.front());
    std::optional<refusal> wrong;
    const auto require = [&](bool fine) {
        if (!fine)
            wrong = unusable(field);
    };
    std::visit(overloaded{
                   [&](const text_field& kind) {
                       const auto text = text::trim(first);
                       require(text::length(text) <= static_cast<std::size_t>(kind.max_length));
                       if (!wrong)
                           settings.*kind.where = std::string(text);
                   },
                   [&](const number_field& kind) {
                       if (const auto number = written_number(first, kind.least, kind.most))
                           kind.set(settings, *number);
                       else
                           wrong = refusal{.code = "bad_setting",
                                           .reason = bot::say({.fr = "« {} » est un nombre de {} à {}.",
                                                               .en = "\"{}\" is a number from {} to {}."},
                                                              field.name, kind.least, kind.most)};
                   },
                   [&](const flag_field& kind) {
                       require(first == flags[0].id || first == flags[1].id);
                       if (!wrong)
                           settings.*kind.where = first == flags[0].id;
                   },
                   [&](const option_field& kind) { require(take_option(kind, settings, first)); },
                   [&](const bitrate_field&) {
                       const auto bitrate = written_number(first, 0, max_bitrate);
                       require(bitrate && is_bitrate(*bitrate));
                       if (!wrong)
                           settings.bitrate = *bitrate;
                   },
                   [&](const region_field&) {
                       require(!first.empty() && text::length(first) <= 100);
                       if (!wrong)
                           settings.region = region_of(first);
                   },
                   [&](const channel_field& kind) {
                       const auto ids = parse_ids<channel_id>(values, 1);
                       require(ids.has_value());
                       if (ids)
                           settings.*kind.where = ids->empty() ? channel_id() : ids->front();
                   },
                   [&](const channels_field& kind) {
                       auto ids = parse_ids<channel_id>(values, kind.most);
                       require(ids.has_value());
                       if (ids)
                           settings.*kind.where = *std::move(ids);
                   },
                   [&](const roles_field& kind) {
                       auto ids = parse_ids<role_id>(values, kind.most);
                       require(ids.has_value());
                       if (ids)
                           settings.*kind.where = *std::move(ids);
                   },
               },
               field.kind);
    if (wrong)
        return std::unexpected(*std::move(wrong));
    return {};
}

bool read_member(const hub_field& field, hub_settings& settings, bot::payload& from) {
    const auto key = field.id;
    const localized one_of_its_values{.fr = "une des valeurs du contrat",
                                      .en = "one of the contract's values"};
    const auto take = [](auto& into, auto found) {
        const bool given = found.has_value();
        if (given)
            into = *std::move(found);
        return given;
    };
    return std::visit(
        overloaded{
            [&](const text_field& kind) { return take(settings.*kind.where, from.text(key)); },
            [&](const number_field& kind) {
                const auto number = from.optional_integer(key, kind.least, kind.most);
                if (number)
                    kind.set(settings, *number);
                return number.has_value();
            },
            [&](const flag_field& kind) { return take(settings.*kind.where, from.boolean(key)); },
            [&](const option_field& kind) {
                const auto id = from.text(key);
                if (id && !take_option(kind, settings, *id))
                    from.wrong(key, one_of_its_values);
                return id.has_value();
            },
            [&](const bitrate_field&) {
                const auto bitrate = from.optional_integer(key, 0, max_bitrate);
                if (bitrate && !is_bitrate(*bitrate))
                    from.wrong(key, one_of_its_values);
                return take(settings.bitrate, bitrate);
            },
            [&](const region_field&) { return take(settings.region, from.text(key)); },
            [&](const channel_field& kind) {
                return take(settings.*kind.where, from.optional_id<channel_id>(key));
            },
            [&](const channels_field& kind) {
                return take(settings.*kind.where, from.ids<channel_id>(key, kind.most));
            },
            [&](const roles_field& kind) {
                return take(settings.*kind.where, from.ids<role_id>(key, kind.most));
            },
        },
        field.kind);
}

void write_member(const hub_field& field, const hub_settings& settings, json::object& into) {
    const auto list = [](const auto& ids) {
        json::array all;
        for (const auto one : ids)
            all.push_back(json::id(one));
        return json::any(std::move(all));
    };
    into[field.id] = std::visit(
        overloaded{
            [&](const text_field& kind) { return json::any(settings.*kind.where); },
            [&](const number_field& kind) { return json::any(kind.get(settings)); },
            [&](const flag_field& kind) { return json::any(settings.*kind.where); },
            [&](const option_field& kind) { return json::any(kind.options[kind.get(settings)].id); },
            [&](const bitrate_field&) { return json::any(settings.bitrate); },
            [&](const region_field&) { return json::any(settings.region); },
            [&](const channel_field& kind) {
                const auto id = settings.*kind.where;
                return id ? json::id(id) : json::any("");
            },
            [&](const channels_field& kind) { return list(settings.*kind.where); },
            [&](const roles_field& kind) { return list(settings.*kind.where); },
        },
        field.kind);
}

} // namespace vagrolant::voice_hubs
