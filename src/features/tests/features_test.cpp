#include "discord/interactions/command_set.hpp"
#include "features/features.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace vagrolant {
namespace {

// A change of what people see in Discord shows in review: `vagrolant --print-commands` writes the file.
TEST(features, commands_are_those_of_the_golden_file) {
    bot::registry features;
    register_all(features);
    std::ifstream file(VAGROLANT_SOURCE_DIR "/contracts/commands.golden.json");
    const std::string golden(std::istreambuf_iterator<char>(file), {});
    EXPECT_EQ(discord::interactions::render(features.commands()), golden);
}

TEST(features, every_command_is_one_that_discord_takes) {
    bot::registry features;
    register_all(features);
    EXPECT_NO_THROW(discord::interactions::check(features.commands()));
}

TEST(features, an_action_that_is_registered_twice_is_found_at_start) {
    bot::registry features;
    register_all(features);
    EXPECT_THROW(register_moderation(features), std::logic_error);
}

} // namespace
} // namespace vagrolant
