#include "discord/interactions/path.hpp"
#include "discord/model/ids.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vagrolant::discord::interactions {
namespace {

TEST(PathPattern, MatchesAndCaptures) {
    const path_pattern pattern("room/page/{room:id}/{page:int}/{word}");
    const auto found = pattern.match("room/page/1100000000000000022/-3/été");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id<channel_id>("room"), channel_id(1100000000000000022));
    EXPECT_EQ(found->integer("page"), -3);
    EXPECT_EQ(found->text("word"), "été");
    EXPECT_THROW(static_cast<void>(found->text("nothing")), std::logic_error);
    EXPECT_THROW(static_cast<void>(found->integer("word")), std::logic_error);
}

TEST(PathPattern, RefusesOtherShapes) {
    const path_pattern pattern("room/lock/{room:id}");
    for (const auto* other :
         {"", "room", "room/lock", "room/lock/", "room/lock/x", "room/lock/0", "room/lock/-5",
          "room/lock/1/2", "room/open/1", "rooms/lock/1", "room/lock/99999999999999999999"})
        EXPECT_FALSE(pattern.match(other)) << other;
}

TEST(PathPattern, WritesWhatItReads) {
    const path_pattern pattern("room/page/{room:id}/{page:int}");
    const auto custom_id = pattern(channel_id(22), 3);
    EXPECT_EQ(custom_id, "room/page/22/3");
    EXPECT_TRUE(pattern.match(custom_id));
    EXPECT_EQ(path_pattern("status/open")(), "status/open");
}

TEST(PathPattern, RefusesValuesThatDoNotFit) {
    const path_pattern pattern("a/{word}");
    EXPECT_THROW(static_cast<void>(pattern("x/y")), std::invalid_argument);
    EXPECT_THROW(static_cast<void>(pattern("")), std::invalid_argument);
    EXPECT_THROW(static_cast<void>(pattern()), std::invalid_argument);
    EXPECT_THROW(static_cast<void>(pattern("x", "y")), std::invalid_argument);
    EXPECT_THROW(static_cast<void>(path_pattern("a/{n:id}")(channel_id())), std::invalid_argument);
    EXPECT_EQ(pattern(std::string(98, 'x')).size(), 100U);
    EXPECT_THROW(static_cast<void>(pattern(std::string(99, 'x'))), std::invalid_argument);
}

TEST(PathPattern, RefusesMalformedOnes) {
    for (const auto* bad :
         {"", "/", "a/", "A/b", "a b", "{id}", "a/{id", "a/{}", "a/{x:float}", "a/{x}/{x}", "a/{x y}"})
        EXPECT_THROW(path_pattern{bad}, bad_route) << bad;
    EXPECT_THROW(path_pattern{std::string(101, 'a')}, bad_route);
}

TEST(PathPattern, KnowsWhatOverlaps) {
    const path_pattern place("a/{x}");
    EXPECT_TRUE(place.overlaps(path_pattern("a/b")));
    EXPECT_TRUE(path_pattern("a/b").overlaps(place));
    EXPECT_TRUE(place.overlaps(path_pattern("a/{y:id}")));
    EXPECT_FALSE(path_pattern("a/{x:id}").overlaps(path_pattern("a/b")));
    EXPECT_TRUE(path_pattern("a/{x:int}").overlaps(path_pattern("a/12")));
    EXPECT_FALSE(place.overlaps(path_pattern("b/{x}")));
    EXPECT_FALSE(place.overlaps(path_pattern("a/{x}/c")));
}

} // namespace
} // namespace vagrolant::discord::interactions
