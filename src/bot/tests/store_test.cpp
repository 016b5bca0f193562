#include "async/asio.hpp"
#include "bot/audit.hpp"
#include "bot/guild_settings.hpp"
#include "bot/session_store.hpp"
#include "db/migrations.hpp"
#include "db/session.hpp"
#include "db/tests/support.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <gmock/gmock.h>

namespace vagrolant::bot {
namespace {

using discord::application_id;
using discord::guild_id;
using discord::gateway::resume_point;

class bot_store_test : public testing::Test {
protected:
    void SetUp() override { loop.run(db::migrate(pool)); }

    using shards = std::vector<std::uint32_t>;

    void save(saved_sessions what, application_id of = application_id(1), shards own = {0, 1}) {
        loop.run(sessions.save(of, std::move(own), std::move(what)));
    }
    std::optional<saved_sessions> take(std::uint32_t shard_count, application_id of = application_id(1),
                                       shards own = {0, 1}) {
        std::optional<saved_sessions> found;
        const auto work = [&]() -> awaitable<void> {
            found = co_await sessions.take(of, shard_count, std::move(own));
        };
        loop.run(work());
        return found;
    }
    /// What a process with these shards leaves.
    static saved_sessions left_by(const shards& own, const std::string& name) {
        saved_sessions left{.cache = R"({"name":")" + name + R"("})"};
        for (const auto one : own)
            left.shards.push_back(
                {.shard = one, .shard_count = 4, .session_id = name, .sequence = 1, .url = "u"});
        return left;
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
    std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();
    guild_settings_store settings{
        pool, {.language = locale::fr, .time_zone = "Europe/Paris"}, [this] { return now; }};
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

TEST_F(bot_store_test, processes_keep_the_sessions_of_their_own_shards) {
    const application_id bot(1);
    save(left_by({2, 3}, "second"), bot, {2, 3});
    save(left_by({0, 1}, "first"), bot, {1, 0});
    save(left_by({0}, "again"), bot, {0, 1});
    const auto second = take(4, bot, {3, 2});
    ASSERT_TRUE(second);
    EXPECT_EQ(second->cache, left_by({}, "second").cache);
    EXPECT_THAT(second->shards, testing::UnorderedElementsAreArray(left_by({2, 3}, "second").shards));
    const auto first = take(4, bot, {0, 1});
    ASSERT_TRUE(first);
    EXPECT_EQ(first->cache, left_by({}, "again").cache);
    EXPECT_THAT(first->shards, testing::UnorderedElementsAreArray(left_by({0}, "again").shards));
}

// What one process knew of its guilds says too much or too little to a process with other shards.
TEST_F(bot_store_test, shards_that_were_dealt_out_anew_are_not_resumed) {
    const application_id bot(1);
    save(left_by({0, 1, 2, 3}, "whole"), bot, {0, 1, 2, 3});
    EXPECT_FALSE(take(4, bot, {0, 1}));
    EXPECT_FALSE(take(4, bot, {2, 3}));
    save(left_by({0}, "zero"), bot, {0});
    save(left_by({1}, "one"), bot, {1});
    EXPECT_FALSE(take(4, bot, {0, 1}));
    EXPECT_FALSE(take(4, bot, {0}));
}

TEST_F(bot_store_test, what_nobody_takes_any_more_goes) {
    save(left_by({3}, "gone"), application_id(1), {3});
    database.exec("UPDATE gateway_sessions SET saved_at = now() - interval '1 hour'");
    database.exec("UPDATE gateway_caches SET saved_at = now() - interval '1 hour'");
    save(left_by({0}, "here"), application_id(1), {0});
    EXPECT_EQ(database.text("SELECT string_agg(shard::text, ',') FROM gateway_sessions"), "0");
    EXPECT_EQ(database.text("SELECT string_agg(shards::text, ';') FROM gateway_caches"), "{0}");
}

TEST_F(bot_store_test, a_guild_that_chose_nothing_has_the_defaults) {
    const auto found = settings_of(guild_id(7));
    EXPECT_EQ(found.language, locale::fr);
    EXPECT_EQ(found.time_zone, "Europe/Paris");
    EXPECT_EQ(found.announcement_mentions, mention_policy::all);
    database.exec("INSERT INTO guild_settings (guild_id) VALUES (7)");
    EXPECT_EQ(settings_of(guild_id(7)).time_zone, "Europe/Paris");
    EXPECT_TRUE(settings_of(guild_id(7)).moderator_roles.empty());
    EXPECT_FALSE(settings_of(guild_id(7)).requester_required);
}

TEST_F(bot_store_test, what_a_guild_chose_is_found) {
    database.exec("INSERT INTO guild_settings VALUES "
                  "(7, 'en', 'America/Martinique', 'users', now(), '{5,NULL,41771983423143937}', true), "
                  "(8, NULL, NULL, 'none', now(), '{}', false)");
    const auto found = settings_of(guild_id(7));
    EXPECT_EQ(found.language, locale::en);
    EXPECT_EQ(found.time_zone, "America/Martinique");
    EXPECT_EQ(found.announcement_mentions, mention_policy::users);
    EXPECT_THAT(found.moderator_roles,
                testing::ElementsAre(discord::role_id(5), discord::role_id(41771983423143937)));
    EXPECT_TRUE(found.requester_required);
    EXPECT_EQ(settings_of(guild_id(8)).announcement_mentions, mention_policy::none);
    EXPECT_EQ(settings_of(guild_id(8)).language, locale::fr);
}

TEST_F(bot_store_test, settings_are_remembered_for_a_moment) {
    EXPECT_EQ(settings_of(guild_id(7)).language, locale::fr);
    database.exec("INSERT INTO guild_settings (guild_id, locale) VALUES (7, 'en')");
    now += guild_settings_store::fresh_for - std::chrono::milliseconds(1);
    EXPECT_EQ(settings_of(guild_id(7)).language, locale::fr);
    now += std::chrono::milliseconds(1);
    EXPECT_EQ(settings_of(guild_id(7)).language, locale::en);
    database.exec("UPDATE guild_settings SET locale = 'fr'");
    settings.forget(guild_id(7));
    EXPECT_EQ(settings_of(guild_id(7)).language, locale::fr);
}

TEST_F(bot_store_test, what_was_read_before_a_change_is_not_remembered_after_it) {
    guild_settings before;
    const auto reading = [&]() -> awaitable<void> { before = co_await settings.find(guild_id(7)); };
    const auto changing = [&]() -> awaitable<void> {
        // The change is told while the settings are being read.
        settings.forget(guild_id(7));
        co_return;
    };
    const auto both = [&]() -> awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto group =
            asio::experimental::make_parallel_group(asio::co_spawn(executor, reading(), asio::deferred),
                                                    asio::co_spawn(executor, changing(), asio::deferred));
        co_await group.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    };
    loop.run(both());
    database.exec("INSERT INTO guild_settings (guild_id, locale) VALUES (7, 'en')");
    EXPECT_EQ(settings_of(guild_id(7)).language, locale::en);
}

TEST_F(bot_store_test, a_change_is_made_of_what_was_chosen_and_known_at_once) {
    using change = std::expected<guild_settings_store::change, refusal>;
    const auto modify = [this](guild_settings_store::edit how) {
        change outcome;
        const auto work = [&]() -> awaitable<void> {
            outcome = co_await settings.modify(guild_id(7), std::move(how));
        };
        loop.run(work());
        return outcome;
    };
    settings_of(guild_id(7));
    const auto first = modify([](guild_choices from) {
        from.language = locale::en;
        from.moderator_roles = std::vector{discord::role_id(5), discord::role_id(41771983423143937)};
        return from;
    });
    EXPECT_EQ(first->before, guild_choices());
    EXPECT_EQ(settings_of(guild_id(7)).language, locale::en);
    const auto second = modify([](guild_choices from) {
        from.language.reset();
        from.announcement_mentions = mention_policy::none;
        from.time_zone = "Asia/Dubai";
        from.requester_required = true;
        return from;
    });
    EXPECT_EQ(second->before, first->after);
    guild_choices stored;
    const auto read = [&]() -> awaitable<void> { stored = co_await settings.choices(guild_id(7)); };
    loop.run(read());
    EXPECT_EQ(stored, second->after);
    EXPECT_EQ(stored.moderator_roles->size(), 2U);

    const auto refused = modify([](const guild_choices&) -> std::expected<guild_choices, refusal> {
        return std::unexpected(refusal{.code = "no"});
    });
    EXPECT_EQ(refused.error().code, "no");
    loop.run(read());
    EXPECT_EQ(stored, second->after);
}

TEST_F(bot_store_test, the_settings_table_tells_of_its_changes) {
    std::vector<std::string> told;
    db::session listener(loop.executor(), {.url = database.url()});
    bool connected = false;
    listener.on_connected([&] { connected = true; });
    listener.listen(guild_settings_channel, [&](const std::string& guild) { told.push_back(guild); });
    listener.start();
    loop.run_until([&] { return connected; });
    database.exec("INSERT INTO guild_settings (guild_id) VALUES (7)");
    database.exec("UPDATE guild_settings SET locale = 'en'");
    database.exec("DELETE FROM guild_settings");
    loop.run_until([&] { return told.size() == 3; });
    EXPECT_THAT(told, testing::Each("7"));
}

TEST(mention_policies, are_read_as_they_are_written) {
    for (const auto policy : {mention_policy::none, mention_policy::users, mention_policy::all})
        EXPECT_EQ(enum_value<mention_policy>(enum_name(policy)), policy);
    EXPECT_STREQ(enum_name(mention_policy::users), "users");
    for (const auto* const none : {"", "All", "everyone", "0"})
        EXPECT_EQ(enum_value<mention_policy>(none), std::nullopt) << none;
}

TEST_F(bot_store_test, slash_commands_leave_a_row) {
    using namespace std::chrono_literals;
    // Begun two minutes ago: the row is written late, as after an outage.
    const slash_audit done{.action = "purge",
                           .guild = guild_id(41771983423143937),
                           .user = discord::user_id(8),
                           .channel = discord::channel_id(9),
                           .began = std::chrono::steady_clock::now() - 2min,
                           .duration = 321ms};
    loop.run(record(pool, done));
    loop.run(
        record(pool, {.action = "lock", .guild = guild_id(7), .user = discord::user_id(8), .code = "no"}));
    EXPECT_EQ(
        database.text("SELECT concat_ws(' ', command_id IS NULL, guild_id, source, action, requested_by, "
                      "channel_id, ok, code IS NULL, duration_ms, "
                      "floor(extract(epoch FROM clock_timestamp() - started_at) / 60)) "
                      "FROM command_audit WHERE action = 'purge'"),
        "t 41771983423143937 slash purge 8 9 t t 321 2");
    EXPECT_EQ(database.text("SELECT concat_ws(' ', ok, code, channel_id IS NULL) FROM command_audit "
                            "WHERE action = 'lock'"),
              "f no t");
}

TEST_F(bot_store_test, a_slow_database_does_not_lose_the_row) {
    using namespace std::chrono_literals;
    database.exec("CREATE SEQUENCE tries");
    database.exec("CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                  "IF nextval('tries') = 1 THEN PERFORM pg_sleep(60); END IF; RETURN NEW; END $$");
    database.exec("CREATE TRIGGER dawdle BEFORE INSERT ON command_audit "
                  "FOR EACH ROW EXECUTE FUNCTION dawdle()");
    db::pool impatient(loop.executor(), {.url = database.url(), .connections = 1, .deadline = 500ms});
    loop.run(record(impatient, {.action = "lock", .guild = guild_id(7), .user = discord::user_id(8)}, 1ms));
    EXPECT_EQ(database.text("SELECT count(*) FROM command_audit"), "1");
}

} // namespace
} // namespace vagrolant::bot
