#include "bot/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace vagrolant::bot {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

environment minimal() {
    return {{"BOT_TOKEN", "abc.def.ghi"}, {"DATABASE_URL", "postgresql://u:p@db:5432/v"}};
}

config accepted(environment extra) {
    extra.merge(minimal());
    auto result = read_config(extra);
    EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().front());
    return result.value_or(config{});
}

// The one mistake of a configuration that is right but for `extra`.
std::string refused(environment extra) {
    extra.merge(minimal());
    const auto result = read_config(extra);
    if (result || result.error().size() != 1) {
        ADD_FAILURE() << "expected exactly one mistake";
        return {};
    }
    return result.error().front();
}

TEST(config, defaults_are_the_contract_s) {
    const auto read = accepted({});
    EXPECT_EQ(read.bot_token, "abc.def.ghi");
    EXPECT_EQ(read.database_url, "postgresql://u:p@db:5432/v");
    EXPECT_EQ(read.discord_api_url, "https://discord.com/api/v10");
    EXPECT_EQ(read.shard_count, std::nullopt);
    EXPECT_TRUE(read.shards.empty());
    EXPECT_EQ(read.command_lease, std::chrono::seconds(30));
    EXPECT_EQ(read.retention_done, std::chrono::days(7));
    EXPECT_EQ(read.retention_error, std::chrono::days(30));
    EXPECT_EQ(read.audit_retention, std::chrono::days(90));
    EXPECT_FALSE(read.enable_presences);
    EXPECT_EQ(read.log_level, log::level::info);
    EXPECT_EQ(read.log_format, log::format::text);
    EXPECT_EQ(read.language, locale::fr);
    EXPECT_EQ(read.time_zone, "Europe/Paris");
    EXPECT_EQ(read.http_listen.host, "127.0.0.1");
    EXPECT_EQ(read.http_listen.port, 9464);
    EXPECT_FALSE(read.twitch);
    EXPECT_FALSE(read.music_directory);
}

TEST(config, values_are_read_in_any_case_of_their_keywords) {
    const auto read = accepted({{"LOG_LEVEL", "Debug"},
                                {"LOG_FORMAT", "JSON"},
                                {"ENABLE_PRESENCES", "True"},
                                {"BOT_LOCALE", "EN"},
                                {"TIMEZONE", "America/Martinique"},
                                {"SHARD_COUNT", "3"},
                                {"HTTP_LISTEN", "[::1]:80"},
                                {"DISCORD_API_URL", "http://127.0.0.1:8080/api/v10/"},
                                {"TWITCH_CLIENT_ID", "id"}});
    EXPECT_EQ(read.log_level, log::level::debug);
    EXPECT_EQ(read.log_format, log::format::json);
    EXPECT_TRUE(read.enable_presences);
    EXPECT_EQ(read.language, locale::en);
    EXPECT_EQ(read.time_zone, "America/Martinique");
    EXPECT_EQ(read.shard_count, 3U);
    EXPECT_EQ(read.http_listen.host, "::1");
    EXPECT_EQ(read.http_listen.port, 80);
    EXPECT_EQ(read.discord_api_url, "http://127.0.0.1:8080/api/v10");
    EXPECT_EQ(read.twitch->client_id, "id");
    EXPECT_EQ(accepted({{"SHARD_COUNT", "0"}}).shard_count, std::nullopt);
}

TEST(config, a_process_may_run_some_of_the_shards) {
    EXPECT_THAT(accepted({{"SHARD_COUNT", "8"}, {"SHARDS", "5, 0-3"}}).shards, ElementsAre(0, 1, 2, 3, 5));
    EXPECT_THAT(accepted({{"SHARD_COUNT", "2"}, {"SHARDS", "1"}}).shards, ElementsAre(1));
    EXPECT_THAT(refused({{"SHARDS", "0"}}), StartsWith("SHARDS: needs SHARD_COUNT"));
    EXPECT_THAT(refused({{"SHARD_COUNT", "0"}, {"SHARDS", "0"}}), StartsWith("SHARDS: needs SHARD_COUNT"));
    EXPECT_THAT(refused({{"SHARD_COUNT", "4"}, {"SHARDS", "2-4"}}),
                AllOf(HasSubstr("no shard 4"), HasSubstr("0 to 3")));
    for (const auto* const wrong :
         {"x", "1-", "-1", "3-1", "1,,2", "1,1", "0-2,2", "0-99999999", "1;2", "0x1"})
        EXPECT_THAT(refused({{"SHARD_COUNT", "4"}, {"SHARDS", wrong}}), HasSubstr("0-3,5")) << wrong;
}

TEST(config, this_processs_part_of_the_global_limit) {
    EXPECT_EQ(accepted({}).requests_per_second, 50U);
    EXPECT_EQ(accepted({{"DISCORD_REQUESTS_PER_SECOND", "25"}}).requests_per_second, 25U);
    EXPECT_THAT(refused({{"DISCORD_REQUESTS_PER_SECOND", "0"}}), HasSubstr("1 to 10000"));
    EXPECT_THAT(refused({{"DISCORD_REQUESTS_PER_SECOND", "10001"}}), HasSubstr("1 to 10000"));
}

TEST(config, compression_is_one_that_discord_has_or_none) {
    using discord::gateway::compression;
    EXPECT_EQ(accepted({}).compression, compression::zstd_stream);
    EXPECT_EQ(accepted({{"DISCORD_COMPRESSION", "zlib-stream"}}).compression, compression::zlib_stream);
    EXPECT_EQ(accepted({{"DISCORD_COMPRESSION", "none"}}).compression, compression::none);
    EXPECT_THAT(refused({{"DISCORD_COMPRESSION", "gzip"}}), HasSubstr("zstd-stream, zlib-stream or none"));
}

TEST(config, the_queue_s_times_are_bounded) {
    const auto read = accepted({{"COMMAND_LEASE_SECONDS", "3"},
                                {"RETENTION_DONE_DAYS", "1"},
                                {"RETENTION_ERROR_DAYS", "2"},
                                {"AUDIT_RETENTION_DAYS", "0"}});
    EXPECT_EQ(read.command_lease, std::chrono::seconds(3));
    EXPECT_EQ(read.retention_done, std::chrono::days(1));
    EXPECT_EQ(read.retention_error, std::chrono::days(2));
    EXPECT_EQ(read.audit_retention, std::chrono::days(0));
    EXPECT_THAT(refused({{"COMMAND_LEASE_SECONDS", "0"}}), HasSubstr("1 to 300"));
    EXPECT_THAT(refused({{"COMMAND_LEASE_SECONDS", "301"}}), HasSubstr("1 to 300"));
    EXPECT_THAT(refused({{"RETENTION_DONE_DAYS", "-1"}}), HasSubstr("for ever"));
    EXPECT_THAT(refused({{"AUDIT_RETENTION_DAYS", "a week"}}), HasSubstr("for ever"));
}

TEST(config, how_often_voice_hubs_are_compared) {
    EXPECT_EQ(accepted({}).voice_sweep, std::chrono::minutes(5));
    EXPECT_EQ(accepted({{"VOICE_SWEEP_SECONDS", "2"}}).voice_sweep, std::chrono::seconds(2));
    EXPECT_THAT(refused({{"VOICE_SWEEP_SECONDS", "0"}}), HasSubstr("1 to 3600"));
    EXPECT_THAT(refused({{"VOICE_SWEEP_SECONDS", "3601"}}), HasSubstr("1 to 3600"));
}

TEST(config, the_database_address_is_put_together_from_its_parts) {
    environment parts = {{"BOT_TOKEN", "t"}, {"POSTGRES_USER", "va"}, {"POSTGRES_PASSWORD", "p@ss/:é"}};
    EXPECT_EQ(read_config(parts)->database_url, "postgresql://va:p%40ss%2F%3A%C3%A9@localhost:5432/va");
    parts.insert({{"POSTGRES_HOST", "db"}, {"POSTGRES_PORT", "6543"}, {"POSTGRES_DB", "bot"}});
    EXPECT_EQ(read_config(parts)->database_url, "postgresql://va:p%40ss%2F%3A%C3%A9@db:6543/bot");
    parts["DATABASE_URL"] = "postgres://whole";
    EXPECT_EQ(read_config(parts)->database_url, "postgres://whole");
}

TEST(config, a_missing_token_says_where_one_comes_from) {
    const auto result = read_config({{"DATABASE_URL", "postgresql://x"}});
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error(), ElementsAre(AllOf(StartsWith("BOT_TOKEN: missing"),
                                                  HasSubstr("https://discord.com/developers/applications"))));
}

TEST(config, every_mistake_is_named_at_once) {
    const auto result = read_config({{"LOG_LEVEL", "loud"},
                                     {"TIMEZONE", "Mars/Olympus"},
                                     {"SHARD_COUNT", "-1"},
                                     {"POSTGRES_USER", "u"},
                                     {"POSTGRES_PORT", "70000"}});
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error(),
                ElementsAre(StartsWith("BOT_TOKEN: "), StartsWith("POSTGRES_PORT: \"70000\""),
                            StartsWith("SHARD_COUNT: \"-1\""), StartsWith("LOG_LEVEL: \"loud\""),
                            StartsWith("TIMEZONE: \"Mars/Olympus\"")));
}

TEST(config, each_kind_of_mistake_says_what_is_expected) {
    EXPECT_THAT(refused({{"LOG_FORMAT", "xml"}}), HasSubstr("text or json"));
    EXPECT_THAT(refused({{"ENABLE_PRESENCES", "maybe"}}), HasSubstr("true or false"));
    EXPECT_THAT(refused({{"BOT_LOCALE", "de"}}), HasSubstr("fr or en"));
    EXPECT_THAT(refused({{"TIMEZONE", "../../../etc/passwd"}}), HasSubstr("IANA"));
    EXPECT_THAT(refused({{"TIMEZONE", "/etc/hostname"}}), HasSubstr("IANA"));
    EXPECT_THAT(refused({{"HTTP_LISTEN", "9464"}}), HasSubstr("127.0.0.1:9464"));
    EXPECT_THAT(refused({{"HTTP_LISTEN", "127.0.0.1:99999"}}), HasSubstr("127.0.0.1:9464"));
    EXPECT_THAT(refused({{"DISCORD_API_URL", "discord.com"}}), HasSubstr("https://discord.com/api/v10"));
    EXPECT_THAT(refused({{"DISCORD_API_URL", "wss://discord.com"}}), HasSubstr("DISCORD_API_URL"));
    EXPECT_THAT(refused({{"DISCORD_CA_FILE", "/nowhere/ca.pem"}}), HasSubstr("PEM"));
    EXPECT_THAT(refused({{"MUSIC_DIRECTORY", "/nowhere"}}), HasSubstr("existing directory"));
    EXPECT_THAT(refused({{"DATABASE_URL", "mysql://u:hunter2@db"}}),
                AllOf(HasSubstr("postgresql://"), Not(HasSubstr("hunter2"))));
    EXPECT_THAT(refused({{"BOT_TOKEN", "Bot abc.secret"}}), Not(HasSubstr("secret")));
    EXPECT_THAT(refused({{"BOT_TOKEN", "abc secret"}}), Not(HasSubstr("secret")));
}

TEST(config, mistakes_in_the_file_and_in_the_values_come_together) {
    const auto path = testing::TempDir() + "vagrolant_dotenv_test";
    std::ofstream(path) << "BOT_TOKEN=abc.def\nbroken\nLOG_LEVEL=loud\nDATABASE_URL=postgresql://x\n";
    const char* const process[] = {nullptr};
    const auto result = load_config(process, path);
    std::filesystem::remove(path);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error(), ElementsAre(StartsWith(".env line 2"), StartsWith("LOG_LEVEL")));
}

TEST(config, the_file_need_not_exist) {
    const char* const process[] = {"BOT_TOKEN=t", "DATABASE_URL=postgresql://x", nullptr};
    EXPECT_TRUE(load_config(process, "/nowhere/.env"));
}

} // namespace
} // namespace vagrolant::bot
