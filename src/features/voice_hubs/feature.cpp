#include "features/features.hpp"
#include "features/voice_hubs/actions.hpp"
#include "features/voice_hubs/hub_commands.hpp"
#include "features/voice_hubs/knocking.hpp"
#include "features/voice_hubs/panel_actions.hpp"
#include "features/voice_hubs/panels.hpp"
#include "features/voice_hubs/rooms.hpp"
#include "features/voice_hubs/routes.hpp"

#include <array>

namespace vagrolant {

namespace {

using namespace voice_hubs;
using discord::interactions::deferral;

void register_commands(bot::registry& with) {
    with.command(hub_command(), deferral::ephemeral,
                 {{"hub/panel", hub_panel_command},
                  {"hub/knock", knock_command},
                  {"hub/list", hub_list_command},
                  {"hub/create", hub_create_command},
                  {"hub/config", hub_config_command},
                  {"hub/delete", hub_delete_command},
                  {"hub/doctor", examine_hubs}});
    with.autocomplete("hub/config", "hub", complete_hub);
    with.autocomplete("hub/delete", "hub", complete_hub);
}

void register_components(bot::registry& with) {
    struct row {
        std::string_view pattern;
        deferral automatic;
        bot::registry::handler work;
    };
    static constexpr std::array components{
        row{routes::mode, deferral::update, change_mode},
        row{routes::list, deferral::ephemeral, open_list},
        row{routes::list_page, deferral::update, turn_list},
        row{routes::list_choice, deferral::update, change_list},
        row{routes::purge, deferral::ephemeral, ask_purge},
        row{routes::purge_now, deferral::update, purge},
        row{routes::transfer, deferral::ephemeral, ask_transfer},
        row{routes::heirs, deferral::update, turn_heirs},
        row{routes::new_owner, deferral::update, transfer},
        row{routes::name, deferral::none, ask_name},
        row{routes::status, deferral::none, ask_status},
        row{routes::settings, deferral::none, ask_settings},
        row{routes::remove, deferral::ephemeral, ask_delete},
        row{routes::remove_now, deferral::update, remove_room},
        row{routes::claim, deferral::update, claim},
        row{routes::knock, deferral::ephemeral, knock_inside},
        row{routes::forget, deferral::ephemeral, forget},
        row{routes::dismiss, deferral::update, dismiss},
        row{routes::door, deferral::ephemeral, show_door},
        row{routes::doors, deferral::update, turn_doors},
        row{routes::door_choice, deferral::ephemeral, knock_at_choice},
        row{routes::answer, deferral::update, answer_knock},
        row{routes::hub_list, deferral::update, turn_hub_list},
        row{routes::hub_config, deferral::ephemeral, open_hub_config},
        row{routes::hub_group, deferral::none, ask_hub_group},
        row{routes::hub_reset, deferral::update, reset_hub_fields},
        row{routes::hub_doctor, deferral::ephemeral, examine_hubs},
        row{routes::hub_delete, deferral::ephemeral, ask_hub_delete},
        row{routes::hub_delete_now, deferral::update, remove_hub},
    };
    for (const auto& one : components)
        with.component(std::string(one.pattern), one.automatic, one.work);
    static constexpr std::array modals{
        row{routes::name, deferral::update, rename},
        row{routes::status, deferral::ephemeral, set_status},
        row{routes::settings, deferral::update, change_settings},
        row{routes::hub_group, deferral::update, change_hub_group},
    };
    for (const auto& one : modals)
        with.modal(std::string(one.pattern), one.automatic, one.work);
}

void register_actions(bot::registry& with) {
    with.action(bot::make_action(hub_list_terms, read_hub_list, list_hubs));
    with.action(bot::make_action(hub_create_terms, read_hub_create, create_hub));
    with.action(bot::make_action(hub_update_terms, read_hub_update, update_hub));
    with.action(bot::make_action(hub_delete_terms, read_hub_delete, delete_hub));
    with.action(bot::make_action(room_list_terms, read_room_list, list_rooms));
    with.action(bot::make_action(room_update_terms, read_room_update, update_room));
    with.action(bot::make_action(room_delete_terms, read_room_delete, delete_room));
}

template <class... Events>
void register_events(bot::registry& with) {
    (with.on<Events>(
         [](bot::services& services, const Events& event) { services.states.get<rooms>().on(event); }),
     ...);
}

} // namespace

void register_voice_hubs(bot::registry& with) {
    with.state<rooms>();
    with.state<panels>();
    with.state<waiting_guests>();
    namespace events = discord::events;
    register_events<events::voice_state_update, events::guild_create, events::guild_member_update,
                    events::guild_role_update, events::guild_members_chunk, events::presence_update,
                    events::voice_channel_status_update, events::channel_info, events::channel_create,
                    events::channel_update, events::channel_delete, events::ready, events::resumed>(with);
    register_commands(with);
    register_components(with);
    register_actions(with);
}

} // namespace vagrolant
