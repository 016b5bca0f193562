#include "discord/interactions/command_set.hpp"
#include "discord/tests/contracts.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vagrolant::discord::interactions {
namespace {

using discord::testing::contract;
using discord::testing::replaced;
using ::testing::HasSubstr;

// What contracts/discord/commands_registered.json holds.
std::vector<application_command> declared() {
    return {{.name = {.fr = "accueil", .en = "hub"},
             .description = {.fr = "Salons vocaux à la demande", .en = "Voice hubs"},
             .options = {{.type = option_type::sub_command,
                          .name = {.fr = "créer", .en = "create"},
                          .description = {.fr = "Crée un accueil", .en = "Makes a hub"},
                          .options = {{.name = {.fr = "modèle", .en = "template"},
                                       .description = {.fr = "Nom des salons", .en = "Name of the rooms"},
                                       .required = true,
                                       .autocomplete = true,
                                       .max_length = 100},
                                      {.type = option_type::integer,
                                       .name = {.fr = "limite", .en = "limit"},
                                       .description = {.fr = "Membres au plus", .en = "Members at most"},
                                       .min_value = 0,
                                       .max_value = 99}}}},
             .default_member_permissions = permission::manage_channels},
            {.name = {.fr = "ping", .en = "ping"},
             .description = {.fr = "Montre comment va le bot", .en = "Shows how the bot is doing"},
             .in_direct_messages = true}};
}

std::string complaint(const std::vector<application_command>& commands) {
    try {
        check(commands);
    } catch (const bad_command& error) {
        return error.what();
    }
    return {};
}

// The hub command with its first option changed.
template <class Change>
std::vector<application_command> with_option(Change change) {
    auto commands = declared();
    change(commands[0].options[0].options[0]);
    return commands;
}

TEST(CommandCheck, AcceptsGoodOnes) {
    EXPECT_EQ(complaint(declared()), "");
}

TEST(CommandCheck, NamesTheCommandAndTheRule) {
    auto twice = declared();
    twice.push_back(twice[1]);
    EXPECT_EQ(complaint(twice), "command \"ping\" is declared twice");

    auto upper = declared();
    upper[1].name.en = "Ping";
    EXPECT_THAT(complaint(upper), HasSubstr("command \"Ping\": a name is made of lower-case letters"));
    for (const auto* name : {"", "a b", "Été", "a·b", "ÉTÉ", "x\xF0\x9F\x91\x8B"}) {
        auto bad = declared();
        bad[1].name.fr = name;
        EXPECT_THAT(complaint(bad), HasSubstr("command \"ping\"")) << name;
    }
    auto wordless = declared();
    wordless[1].description.fr = "";
    EXPECT_THAT(complaint(wordless), HasSubstr("a description has 1 to 100 characters"));
}

TEST(CommandCheck, Options) {
    EXPECT_THAT(complaint(with_option([](auto& one) {
                    one.required = false;
                    one.name.en = "limit";
                })),
                HasSubstr("command \"hub/create/limit\": the name is used twice"));
    EXPECT_THAT(complaint(with_option([](auto& one) { one.name.fr = "limite"; })),
                HasSubstr("French name is used twice"));
    EXPECT_THAT(complaint(with_option([](auto& one) { one.type = option_type::sub_command; })),
                HasSubstr("nest"));
    EXPECT_THAT(complaint(with_option([](auto& one) { one.choices = {{.name = {"a", "a"}, .value = "a"}}; })),
                HasSubstr("choices or autocompletion"));
    EXPECT_THAT(complaint(with_option([](auto& one) { one.type = option_type::user; })),
                HasSubstr("completed"));
    EXPECT_THAT(complaint(with_option([](auto& one) { one.min_length = 101; })),
                HasSubstr("lengths are reversed"));
    EXPECT_THAT(complaint(with_option([](auto& one) { one.min_value = 1; })), HasSubstr("without a number"));
    EXPECT_THAT(complaint(with_option([](auto& one) { one.channel_types = {channel_type::voice}; })),
                HasSubstr("channel types"));
    EXPECT_THAT(complaint(with_option([](auto& one) {
                    one.autocomplete = false;
                    one.choices = {{.name = {"a", "a"}, .value = std::int64_t{1}}};
                })),
                HasSubstr("not of the option's type"));
    EXPECT_THAT(complaint(with_option([](auto& one) {
                    one.autocomplete = false;
                    one.choices = {{.name = {"a", "a"}, .value = "x"}, {.name = {"b", "b"}, .value = "x"}};
                })),
                HasSubstr("two choices have one value"));
    auto late = declared();
    late[0].options[0].options[1].required = true;
    late[0].options[0].options[0].required = false;
    EXPECT_THAT(complaint(late), HasSubstr("required options come before"));
    auto many = declared();
    many[1].options.assign(26, {.name = {"a", "a"}, .description = {"d", "d"}});
    EXPECT_THAT(complaint(many), HasSubstr("at most 25 options"));
}

TEST(CommandCheck, MenusHaveANameAlone) {
    const application_command menu{.type = command_type::message,
                                   .name = {.fr = "Signaler ceci", .en = "Report this"}};
    EXPECT_EQ(complaint({menu}), "");
    auto described = menu;
    described.description = {.fr = "x", .en = "x"};
    EXPECT_THAT(complaint({described}), HasSubstr("only slash commands have a description"));
    EXPECT_THAT(complaint(std::vector<application_command>(16, menu)), HasSubstr("declared twice"));
}

TEST(CommandCompare, DiscordsAdditionsMakeNoDifference) {
    EXPECT_TRUE(same(declared(), contract("commands_registered")));
}

TEST(CommandCompare, EveryChangeShows) {
    const auto registered = contract("commands_registered");
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {R"("Montre comment va le bot")", R"("Montre comment il va")"},
             {R"("max_value": 99.0)", R"("max_value": 98)"},
             {R"("required": true, )", ""},
             {R"("default_member_permissions": "16")", R"("default_member_permissions": null)"},
             {R"("contexts": [0, 1])", R"("contexts": [0])"},
             {R"("name_localizations": {"fr": "créer", "en-US": "create", "en-GB": "create"})",
              R"("name_localizations": null)"},
             {R"("type": 4)", R"("type": 10)"},
             {R"("nsfw": false},)", R"("nsfw": true},)"}}) {
        EXPECT_FALSE(same(declared(), replaced(registered, from, to))) << from;
    }
    EXPECT_FALSE(same(declared(), "[]"));
    EXPECT_TRUE(same({}, "[]"));
    auto fewer = declared();
    fewer.pop_back();
    EXPECT_FALSE(same(fewer, registered));
}

TEST(CommandCompare, RefusesWhatIsNoList) {
    EXPECT_THROW(static_cast<void>(same({}, "{")), json::parse_error);
    EXPECT_THROW(static_cast<void>(same({}, "{}")), json::parse_error);
}

TEST(CommandRender, IsStableAndReadable) {
    auto commands = declared();
    const auto text = render(commands);
    std::ranges::reverse(commands);
    EXPECT_EQ(render(commands), text);
    commands.erase(commands.begin() + 1);
    EXPECT_EQ(render(commands), R"([
  {
    "type": 1,
    "name": "ping",
    "description": "Shows how the bot is doing",
    "description_localizations": {
      "en-GB": "Shows how the bot is doing",
      "en-US": "Shows how the bot is doing",
      "fr": "Montre comment va le bot"
    },
    "default_member_permissions": null,
    "contexts": [
      0,
      1
    ],
    "integration_types": [
      0
    ]
  }
]
)");
    EXPECT_TRUE(same(declared(), text));
    EXPECT_TRUE(same(commands, render(commands)));
}

registration run(const std::string& registered, std::vector<json::array>& written) {
    asio::io_context loop;
    registration outcome{};
    command_store store{.fetch = [&registered]() -> awaitable<std::string> { co_return registered; },
                        .overwrite = [&written](json::array body) -> awaitable<void> {
                            written.push_back(std::move(body));
                            co_return;
                        }};
    std::exception_ptr failure;
    asio::co_spawn(loop, register_commands(declared(), store),
                   [&](std::exception_ptr error, registration result) {
                       failure = error;
                       outcome = result;
                   });
    loop.run();
    if (failure)
        std::rethrow_exception(failure);
    return outcome;
}

TEST(CommandRegistration, WritesOnlyWhatDiffers) {
    std::vector<json::array> written;
    EXPECT_EQ(run(contract("commands_registered"), written), registration::unchanged);
    EXPECT_TRUE(written.empty());
    EXPECT_EQ(run("[]", written), registration::overwritten);
    ASSERT_EQ(written.size(), 1U);
    EXPECT_EQ(written[0], to_json(declared()));
}

} // namespace
} // namespace vagrolant::discord::interactions
