#include "features/moderation/channel_list_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vagrolant::moderation {
namespace {

using discord::channel_id;
using discord::channel_type;
using testing::ElementsAre;
using testing::IsEmpty;

listed_channel make(std::uint64_t id, channel_type type, int position, std::uint64_t parent = 0,
                    bool visible = true) {
    return {.id = channel_id(id),
            .type = type,
            .name = "c" + std::to_string(id),
            .position = position,
            .parent = channel_id(parent),
            .visible = visible};
}

std::vector<std::uint64_t> ids(std::vector<listed_channel> all) {
    std::vector<std::uint64_t> found;
    for (const auto& one : list_text_channels(std::move(all)))
        found.push_back(one.id.value());
    return found;
}

TEST(text_channels, only_text_and_announcement_channels_are_listed) {
    std::vector<listed_channel> all;
    for (const auto type : {0, 2, 4, 5, 10, 11, 12, 13, 14, 15, 16})
        all.push_back(make(static_cast<std::uint64_t>(type) + 1, static_cast<channel_type>(type), 0));
    EXPECT_THAT(ids(all), ElementsAre(1, 6));
}

TEST(text_channels, those_the_bot_cannot_see_are_left_out) {
    EXPECT_THAT(ids({make(1, channel_type::text, 0, 0, false), make(2, channel_type::text, 1)}),
                ElementsAre(2));
    EXPECT_THAT(ids({}), IsEmpty());
}

TEST(text_channels, those_without_a_category_come_first_then_category_by_category) {
    EXPECT_THAT(ids({make(1, channel_type::text, 0, 20), make(2, channel_type::text, 9),
                     make(3, channel_type::text, 5, 10), make(4, channel_type::announcement, 1, 10),
                     make(10, channel_type::category, 0), make(20, channel_type::category, 1)}),
                ElementsAre(2, 4, 3, 1));
}

TEST(text_channels, equal_positions_are_ordered_by_id) {
    EXPECT_THAT(
        ids({make(3, channel_type::text, 0), make(1, channel_type::text, 0), make(2, channel_type::text, 0),
             make(7, channel_type::text, 0, 20), make(6, channel_type::text, 0, 10),
             make(20, channel_type::category, 4), make(10, channel_type::category, 4)}),
        ElementsAre(1, 2, 3, 6, 7));
}

TEST(text_channels, a_category_that_the_bot_cannot_see_still_orders_its_channels) {
    EXPECT_THAT(ids({make(1, channel_type::text, 0, 20), make(2, channel_type::text, 0, 10),
                     make(10, channel_type::category, 1, 0, false), make(20, channel_type::category, 0)}),
                ElementsAre(1, 2));
}

TEST(text_channels, a_parent_that_is_not_there_counts_as_none) {
    EXPECT_THAT(ids({make(1, channel_type::text, 0, 10), make(2, channel_type::text, 3, 99),
                     make(10, channel_type::category, 0)}),
                ElementsAre(2, 1));
}

} // namespace
} // namespace vagrolant::moderation
