#include "features/features.hpp"
#include "features/voice_hubs/routes.hpp"

#include <gtest/gtest.h>

#include <array>

namespace vagrolant::voice_hubs {
namespace {

using discord::interactions::path_pattern;

constexpr std::array all_routes{
    routes::mode,       routes::list,           routes::purge,       routes::transfer,    routes::name,
    routes::status,     routes::settings,       routes::remove,      routes::claim,       routes::knock,
    routes::forget,     routes::list_page,      routes::list_choice, routes::purge_now,   routes::new_owner,
    routes::remove_now, routes::dismiss,        routes::door,        routes::door_choice, routes::answer,
    routes::hub_list,   routes::hub_config,     routes::hub_group,   routes::hub_reset,   routes::hub_doctor,
    routes::hub_delete, routes::hub_delete_now,
};

// Fills each place with the longest that can stand there.
std::string longest(std::string_view pattern) {
    std::string id(pattern);
    const auto fill = [&id](std::string_view place, std::string_view with) {
        if (const auto at = id.find(place); at != std::string::npos)
            id.replace(at, place.size(), with);
    };
    for (const auto* place : {"{room:id}", "{hub:id}", "{guest:id}"})
        fill(place, "9223372036854775807");
    fill("{page:int}", "1000000");
    fill("{stamp}", "ffffffffffffffff");
    for (const auto* place : {"{mode}", "{list}", "{answer}", "{group}", "{what}"})
        fill(place, "conference");
    return id;
}

TEST(voice_hubs_routes, every_custom_id_leads_to_one_route_and_is_short_enough) {
    for (const auto pattern : all_routes) {
        const auto id = longest(pattern);
        EXPECT_EQ(id.find('{'), std::string::npos) << id;
        EXPECT_LE(id.size(), 100U) << id;
        for (const auto other : all_routes)
            EXPECT_EQ(path_pattern(other).match(id).has_value(), other == pattern) << id << " and " << other;
    }
}

TEST(voice_hubs_routes, carry_what_their_handlers_need) {
    const auto id = routes::link(routes::answer, discord::channel_id(12), discord::user_id(34), "yes");
    EXPECT_EQ(id, "room/answer/12/34/yes");
    const auto found = path_pattern(routes::answer).match(id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id<discord::channel_id>("room"), discord::channel_id(12));
    EXPECT_EQ(found->id<discord::user_id>("guest"), discord::user_id(34));
    EXPECT_EQ(found->text("answer"), "yes");
}

TEST(voice_hubs_routes, nonsense_leads_nowhere) {
    for (const std::string_view id :
         {"", "room", "room/", "room/mode", "room/mode/x/open", "room/mode/0/open", "room/mode/12",
          "room/mode/12/open/more", "room/mode/-5/open", "room/page/12/allowed/x", "hub/list/1e3",
          "room/unknown/12"}) {
        for (const auto pattern : all_routes)
            EXPECT_FALSE(path_pattern(pattern).match(id)) << id << " and " << pattern;
    }
}

} // namespace
} // namespace vagrolant::voice_hubs
