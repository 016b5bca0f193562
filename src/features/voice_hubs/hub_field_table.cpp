#include "features/voice_hubs/hub_fields.hpp"
#include "features/voice_hubs/words.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace vagrolant::voice_hubs {

namespace {

using discord::channel_type;
using std::chrono::seconds;

constexpr std::array groups{
    group_words{field_group::rooms, "rooms", {.fr = "Les salons", .en = "Rooms"}, "🔊"},
    group_words{field_group::place,
                "place",
                {.fr = "Emplacement et permissions", .en = "Place and permissions"},
                "🗂️"},
    group_words{field_group::life, "life", {.fr = "Vie du salon", .en = "A room's life"}, "⏳"},
    group_words{field_group::access, "access", {.fr = "Accès et limites", .en = "Access and limits"}, "🛂"},
};

constexpr auto modes = [] {
    std::array<field_option, all_modes.size()> options;
    std::ranges::transform(all_modes, options.begin(),
                           [](const mode_words& mode) { return field_option{mode.id, mode.name}; });
    return options;
}();
constexpr std::array positions{
    field_option{"above", {.fr = "au-dessus du hub", .en = "above the hub"}},
    field_option{"below", {.fr = "en dessous du hub", .en = "below the hub"}},
    field_option{"end", {.fr = "à la fin de la catégorie", .en = "at the end of the category"}},
};
constexpr std::array sources{
    field_option{"hub", {.fr = "du hub", .en = "from the hub"}},
    field_option{"category", {.fr = "de la catégorie", .en = "from the category"}},
    field_option{"template", {.fr = "du salon modèle", .en = "from the template channel"}},
};
constexpr std::array policies{
    field_option{"keep",
                 {.fr = "le salon reste à lui, puis peut être réclamé",
                  .en = "the room stays his, then may be claimed"}},
    field_option{"transfer",
                 {.fr = "le plus ancien présent en hérite", .en = "whoever is there longest gets it"}},
    field_option{"delete", {.fr = "le salon est supprimé", .en = "the room is deleted"}},
};
constexpr std::array categories{channel_type::category};
constexpr std::array voice_channels{channel_type::voice};
constexpr std::array text_channels{channel_type::text, channel_type::announcement};

std::string show_count(int number, locale) {
    return std::to_string(number);
}
std::string show_bounded(int number, locale language) {
    if (number == 0)
        return language == locale::fr ? "sans limite" : "no limit";
    return std::to_string(number);
}
std::string show_duration(int number, locale) {
    return duration_text(seconds(number));
}

template <seconds hub_settings::* Where>
constexpr number_field duration(int most) {
    return {.least = 0,
            .most = most,
            .get = [](const hub_settings& of) { return static_cast<int>((of.*Where).count()); },
            .set = [](hub_settings& of, int number) { of.*Where = seconds(number); },
            .show = show_duration};
}

template <int hub_settings::* Where>
constexpr number_field number(int least, int most, std::string (*show)(int, locale)) {
    return {.least = least,
            .most = most,
            .get = [](const hub_settings& of) { return of.*Where; },
            .set = [](hub_settings& of, int value) { of.*Where = value; },
            .show = show};
}

// The options stand in the order of the enumeration.
template <auto Where>
constexpr option_field option(std::span<const field_option> options) {
    return {.options = options,
            .get = [](const hub_settings& of) { return static_cast<std::size_t>(of.*Where); },
            .set =
                [](hub_settings& of, std::size_t at) {
                    using type = std::remove_reference_t<decltype(of.*Where)>;
                    of.*Where = static_cast<type>(at);
                }};
}

constexpr std::array table{
    hub_field{"nameTemplate",
              field_group::rooms,
              {.fr = "Modèle de nom", .en = "Name template"},
              {.fr = "{member} : le membre, {n} : un numéro, {count} : les présents, {game} : le jeu.",
               .en = "{member}: the member, {n}: a number, {count}: who is there, {game}: the game."},
              text_field{&hub_settings::name_template, 100}},
    hub_field{"defaultMode",
              field_group::rooms,
              {.fr = "Mode au départ", .en = "Mode to begin with"},
              {.fr = "Le propriétaire peut en changer.", .en = "The owner may change it."},
              option<&hub_settings::default_mode>(modes)},
    hub_field{"userLimit",
              field_group::rooms,
              {.fr = "Nombre de places", .en = "Number of seats"},
              {.fr = "De 1 à 99 ; 0 : sans limite.", .en = "1 to 99; 0: no limit."},
              number<&hub_settings::user_limit>(0, 99, places)},
    hub_field{"bitrate",
              field_group::rooms,
              {.fr = "Qualité du son", .en = "Sound quality"},
              {.fr = "Ce que le niveau du serveur ne permet pas est abaissé.",
               .en = "What the server's level does not allow is lowered."},
              bitrate_field{}},
    hub_field{"region",
              field_group::rooms,
              {.fr = "Région du serveur vocal", .en = "Region of the voice server"},
              {.fr = "Automatique convient presque toujours.", .en = "Automatic is nearly always right."},
              region_field{}},

    hub_field{
        "categoryId",
        field_group::place,
        {.fr = "Catégorie des salons", .en = "Category of the rooms"},
        {.fr = "Vide : celle du hub.", .en = "Empty: the hub's own."},
        channel_field{&hub_settings::category, categories, {.fr = "celle du hub", .en = "the hub's own"}}},
    hub_field{
        "overflowCategoryIds",
        field_group::place,
        {.fr = "Catégories de débordement", .en = "Overflow categories"},
        {.fr = "Une catégorie contient 50 salons au plus : voici où vont les suivants.",
         .en = "A category holds 50 channels at most: this is where further ones go."},
        channels_field{&hub_settings::overflow_categories, categories, 10, {.fr = "aucune", .en = "none"}}},
    hub_field{"position",
              field_group::place,
              {.fr = "Place des salons", .en = "Where rooms stand"},
              {.fr = "Par rapport au hub.", .en = "Seen from the hub."},
              option<&hub_settings::position>(positions)},
    hub_field{"permissionsFrom",
              field_group::place,
              {.fr = "D'où viennent les permissions", .en = "Where permissions come from"},
              {.fr = "Mode et listes s'y ajoutent.", .en = "Mode and lists come on top."},
              option<&hub_settings::permissions_from>(sources)},
    hub_field{"templateChannelId",
              field_group::place,
              {.fr = "Salon modèle", .en = "Template channel"},
              {.fr = "Sert si les permissions viennent du salon modèle.",
               .en = "Used when permissions come from the template channel."},
              channel_field{&hub_settings::template_channel, voice_channels, {.fr = "aucun", .en = "none"}}},

    hub_field{"emptyGrace",
              field_group::life,
              {.fr = "Sursis d'un salon vide", .en = "Grace of an empty room"},
              {.fr = "En secondes, de 0 (supprimé aussitôt) à 300.",
               .en = "In seconds, 0 (deleted at once) to 300."},
              duration<&hub_settings::empty_grace>(300)},
    hub_field{"ownerLeaves",
              field_group::life,
              {.fr = "Quand le propriétaire part", .en = "When the owner leaves"},
              {.fr = "Et que d'autres sont encore là.", .en = "And others are still there."},
              option<&hub_settings::owner_leaves>(policies)},
    hub_field{"keepFor",
              field_group::life,
              {.fr = "Délai avant réclamation", .en = "Time until it may be claimed"},
              {.fr = "En secondes, de 0 à 3600 ; si le salon reste à son propriétaire.",
               .en = "In seconds, 0 to 3600; where the room stays its owner's."},
              duration<&hub_settings::keep_for>(3600)},
    hub_field{"returnWindow",
              field_group::life,
              {.fr = "Droit de retour", .en = "Right of return"},
              {.fr = "En secondes, de 0 à 3600 : revenu à temps, le propriétaire retrouve son salon.",
               .en = "In seconds, 0 to 3600: an owner who is back in time has his room again."},
              duration<&hub_settings::return_window>(3600)},
    hub_field{"remember",
              field_group::life,
              {.fr = "Retenir les réglages de chacun", .en = "Remember everybody's settings"},
              {.fr = "Le prochain salon d'un membre ressemble alors à son dernier.",
               .en = "A member's next room then looks like his last."},
              flag_field{&hub_settings::remember}},

    hub_field{"allowedRoleIds",
              field_group::access,
              {.fr = "Rôles qui peuvent s'en servir", .en = "Roles that may use it"},
              {.fr = "Vide : tout le monde.", .en = "Empty: everybody."},
              roles_field{&hub_settings::allowed_roles, 25, {.fr = "tout le monde", .en = "everybody"}}},
    hub_field{"maxRooms",
              field_group::access,
              {.fr = "Salons à la fois", .en = "Rooms at one time"},
              {.fr = "De 1 à 500 ; 0 : autant que Discord en permet.",
               .en = "1 to 500; 0: as many as Discord lets there be."},
              number<&hub_settings::max_rooms>(0, 500, show_bounded)},
    hub_field{"memberPerMinute",
              field_group::access,
              {.fr = "Salons par membre et par minute", .en = "Rooms per member and minute"},
              {.fr = "De 1 à 20.", .en = "1 to 20."},
              number<&hub_settings::member_per_minute>(1, 20, show_count)},
    hub_field{"guildPerMinute",
              field_group::access,
              {.fr = "Salons par minute, tous membres", .en = "Rooms per minute, all members"},
              {.fr = "De 1 à 300.", .en = "1 to 300."},
              number<&hub_settings::guild_per_minute>(1, 300, show_count)},
    hub_field{"logChannelId",
              field_group::access,
              {.fr = "Salon du journal", .en = "Log channel"},
              {.fr = "Ce qui arrive aux salons y est noté.", .en = "What happens to rooms is written there."},
              channel_field{&hub_settings::log_channel, text_channels, {.fr = "aucun", .en = "none"}}},
};

} // namespace

std::span<const group_words> field_groups() {
    return groups;
}

const group_words* find_group(std::string_view id) {
    const auto* const found = std::ranges::find(groups, id, &group_words::id);
    return found == groups.end() ? nullptr : found;
}

std::span<const hub_field> hub_fields() {
    return table;
}

const hub_field* find_field(std::string_view id) {
    const auto* const found = std::ranges::find(table, id, &hub_field::id);
    return found == table.end() ? nullptr : found;
}

} // namespace vagrolant::voice_hubs
