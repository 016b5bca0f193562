#include "bot/guild_settings.hpp"
#include "bot/session_store.hpp"
#include "db/migrations.hpp"
#include "db/tests/support.hpp"

#include <gmock/gmock.h>

namespace vagrolant::bot {
namespace {

using discord::application_id;
using discord::guild_id;
using discord::gateway::resume_point;

class bot_store_test : public testing::Test {
protected:
    void SetUp() override { loop.run(db::migrate(pool)); }

    void save(saved_sessions what, application_id of = application_id(1)) {
        loop.run(sessions.save(of, std::move(what)));
    }
    std::optional<saved_sessions> take(std::uint32_t shard_count, application_id of = application_id(1)) {
        std::optional<saved_sessions> found;
        const auto work = [&]() -> awaitable<void> { found = co_await sessions.take(of, shard_count); };
        loop.run(work());
        return found;
    }
    guild_settings settings_of(guild_id guild) {
        guild_settings found;
        const auto work = [&]() -> awaitable<void> { found = co_await settings.find(guild); };
        loop.run(work());
        return found;
    }

    static saved_sessions two_shards() {
        return {
            .shards = {{.shard = 0, .shard_count = 2, .session_id = "a", .sequence = 5, .url = "wss://one"},
                       {.shard = 1,
                        .shard_count = 2,
                        .session_id = "b",
                        .sequence = 1ULL << 40,
                        .url = "wss://two"}},
            .cache = R"({"name":"é"})"};
    }

    db::testing::test_database database;
    db::testing::test_loop loop;
    db::pool pool{loop.executor(), {.url = database.url(), .connections = 2}};
    session_store sessions{pool};
    guild_settings_store settings{pool, {.language = locale::fr, .time_zone = "Europe/Paris"}};
};

TEST_F(bot_store_test, sessions_are_taken_once) {
    save(two_shards());
    const auto taken = take(2);
    ASSERT_TRUE(taken);
    EXPECT_THAT(taken->shards, testing::UnorderedElementsAreArray(two_shards().shards));
    EXPECT_EQ(taken->cache, two_shards().cache);
    EXPECT_FALSE(take(2));
}

TEST_F(bot_store_test, saving_replaces_what_was_kept) {
    save(two_shards());
    const std::vector<resume_point> one{
        {.shard = 0, .shard_count = 1, .session_id = "c", .sequence = 9, .url = "wss://x"}};
    save({.shards = one, .cache = "{}"});
    const auto taken = take(1);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->shards, one);
    EXPECT_EQ(taken->cache, "{}");
}

TEST_F(bot_store_test, sessions_of_another_shard_count_or_application_or_day_are_not_resumed) {
    save(two_shards());
    EXPECT_FALSE(take(2, application_id(2)));
    EXPECT_FALSE(take(1));
    EXPECT_FALSE(take(2)) << "gone with the attempt before";
    save(two_shards());
    database.exec("UPDATE gateway_sessions SET saved_at = now() - interval '10 minutes'");
    EXPECT_FALSE(take(2));
}

TEST_F(bot_store_test, a_guild_that_chose_nothing_has_the_defaults) {
    const auto found = settings_of(guild_id(7));
    EXPECT_EQ(found.language, locale::fr);
    EXPECT_EQ(found.time_zone, "Europe/Paris");
    EXPECT_EQ(found.announcement_mentions, mention_policy::all);
    database.exec("INSERT INTO guild_settings (guild_id) VALUES (7)");
    EXPECT_EQ(settings_of(guild_id(7)).time_zone, "Europe/Paris");
}

TEST_F(bot_store_test, what_a_guild_chose_is_found) {
    database.exec("INSERT INTO guild_settings (guild_id, locale, timezone, announce_mentions) "
                  "VALUES (7, 'en', 'America/Martinique', 'users'), (8, NULL, NULL, 'none')");
    const auto found = settings_of(guild_id(7));
    EXPECT_EQ(found.language, locale::en);
    EXPECT_EQ(found.time_zone, "America/Martinique");
    EXPECT_EQ(found.announcement_mentions, mention_policy::users);
    EXPECT_EQ(settings_of(guild_id(8)).announcement_mentions, mention_policy::none);
    EXPECT_EQ(settings_of(guild_id(8)).language, locale::fr);
}

} // namespace
} // namespace vagrolant::bot
