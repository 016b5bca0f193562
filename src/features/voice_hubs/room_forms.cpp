#include "features/voice_hubs/room_forms.hpp"

#include "base/text.hpp"
#include "features/voice_hubs/routes.hpp"
#include "features/voice_hubs/words.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace vagrolant::voice_hubs {

namespace {

// Every level of a guild's boosts has its own highest. (Discord Docs/Channel "bitrate")
constexpr std::array bitrates{8'000,  16'000,  24'000,  32'000,  48'000,  64'000,  80'000,
                              96'000, 128'000, 160'000, 192'000, 256'000, 320'000, 384'000};
constexpr std::string_view automatic = "auto";
constexpr std::size_t max_options = 25;
constexpr int max_status = 500;

discord::label labelled(localized text, discord::component input, localized description, locale language) {
    return {.text = std::string(text.in(language)),
            .input = std::move(input),
            .description = std::string(description.in(language))};
}

} // namespace

std::vector<discord::select_option> bitrate_options(int most, int current, bool to_hub, locale language) {
    std::vector<int> offered;
    if (to_hub)
        offered.push_back(0);
    for (const int one : bitrates) {
        if (one <= most)
            offered.push_back(one);
    }
    if (std::ranges::find(offered, current) == offered.end())
        offered.insert(std::ranges::upper_bound(offered, current), current);
    std::vector<discord::select_option> options;
    for (const int one : offered) {
        options.push_back(
            {.label = bitrate_text(one, language), .value = std::to_string(one), .chosen = one == current});
    }
    return options;
}

std::vector<discord::select_option> region_options(std::span<const region_choice> regions,
                                                   std::string_view current, locale language) {
    std::vector<discord::select_option> options{
        {.label = language == locale::fr ? "Automatique" : "Automatic",
         .value = std::string(automatic),
         .chosen = current.empty()}};
    bool known = current.empty();
    for (const auto& one : regions) {
        const bool chosen = one.id == current;
        // One place is kept for a current region that is no longer offered.
        if (options.size() + 1 >= max_options && !chosen)
            continue;
        known = known || chosen;
        options.push_back({.label = text::truncate(one.name, 100), .value = one.id, .chosen = chosen});
    }
    if (!known)
        options.push_back({.label = std::string(current), .value = std::string(current), .chosen = true});
    return options;
}

std::string region_of(std::string_view option) {
    return option == automatic ? std::string() : std::string(option);
}

std::optional<int> written_number(std::string_view text, int least, int most) {
    text = text::trim(text);
    int number = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || error != std::errc{} || stop != end || number < least || number > most)
        return std::nullopt;
    return number;
}

discord::modal name_modal(const room& of, locale language) {
    discord::text_input name{.custom_id = "name",
                             .max_length = 100,
                             .required = false,
                             .value = of.rename ? of.rename->name : of.name};
    return {
        .custom_id = routes::link(routes::name, of.channel),
        .title = language == locale::fr ? "Renommer le salon" : "Rename the room",
        .components = {labelled({.fr = "Nouveau nom", .en = "New name"}, name,
                                {.fr = "Vide : le nom prévu par le hub. Discord accepte 2 noms par 10 min.",
                                 .en = "Empty: the hub's own. Discord takes 2 names in 10 minutes."},
                                language)}};
}

discord::modal status_modal(const room& of, std::string_view present, locale language) {
    discord::text_input status{.custom_id = "status",
                               .max_length = max_status,
                               .required = false,
                               .value = text::truncate(present, max_status)};
    return {.custom_id = routes::link(routes::status, of.channel),
            .title = language == locale::fr ? "Statut du salon" : "The room's status",
            .components = {labelled({.fr = "Statut", .en = "Status"}, status,
                                    {.fr = "S'affiche sous le nom, tout de suite. Vide : aucun.",
                                     .en = "Shows below the name, at once. Empty: none."},
                                    language)}};
}

discord::modal settings_modal(const room& of, int bitrate, int max_bitrate,
                              std::span<const region_choice> regions, locale language) {
    discord::text_input limit{.custom_id = "limit",
                              .min_length = 1,
                              .max_length = 2,
                              .value = std::to_string(of.settings.user_limit)};
    discord::string_select quality{.custom_id = "bitrate",
                                   .options = bitrate_options(max_bitrate, bitrate, false, language)};
    discord::string_select region{.custom_id = "region",
                                  .options = region_options(regions, of.settings.region, language)};
    return {.custom_id = routes::link(routes::settings, of.channel),
            .title = language == locale::fr ? "Réglages du salon" : "The room's settings",
            .components = {
                labelled({.fr = "Nombre de places", .en = "Number of seats"}, limit,
                         {.fr = "De 1 à 99 ; 0 : sans limite.", .en = "1 to 99; 0: no limit."}, language),
                labelled({.fr = "Qualité du son", .en = "Sound quality"}, quality,
                         {.fr = "Plus haut : plus fidèle, et plus de données.",
                          .en = "Higher: truer, and more data."},
                         language),
                labelled({.fr = "Région du serveur vocal", .en = "Region of the voice server"}, region,
                         {.fr = "Automatique convient presque toujours.",
                          .en = "Automatic is nearly always right."},
                         language)}};
}

std::expected<room_form, bot::refusal> read_settings(const discord::interactions::context& submitted) {
    const auto limit = written_number(submitted.input("limit"), 0, 99);
    if (!limit) {
        return std::unexpected(bot::refusal{
            .code = "bad_limit",
            .reason = localized{.fr = "Le nombre de places est un nombre de 0 (sans limite) à 99.",
                                .en = "The number of seats is a number from 0 (no limit) to 99."}});
    }
    return room_form{.user_limit = *limit,
                     .bitrate = written_number(submitted.input("bitrate"), 0, bitrates.back()).value_or(0),
                     .region = region_of(submitted.input("region"))};
}

} // namespace vagrolant::voice_hubs
