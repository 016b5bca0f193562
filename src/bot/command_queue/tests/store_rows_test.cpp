// Whatever a row holds, the queue goes on: one that could be neither claimed nor ended would stop all of
// them.
#include "bot/command_queue/tests/store_fixture.hpp"

#include <span>

namespace vagrolant::bot {
namespace {

class CommandRowsTest : public CommandStoreTest {
protected:
    /// `payload` is SQL of type jsonb.
    void insert_payload(const std::string& guild, const std::string& payload) {
        database.exec("INSERT INTO commands (guild_id, action, payload) VALUES ('" + guild + "', 'lock', " +
                      payload + ")");
    }

    /// Numbers that take a hundred kilobytes as they are sent, and a gigabyte written out.
    static std::string long_numbers(const std::string& key) {
        return "jsonb_build_object('" + key +
               "', (SELECT jsonb_agg('1e131071'::jsonb) FROM generate_series(1, 9000)))";
    }

    std::string statuses() {
        return database.text(
            "SELECT string_agg(guild_id || ' ' || status, ', ' ORDER BY guild_id) FROM commands");
    }
};

TEST_F(CommandRowsTest, APayloadThatIsLongWhenItIsWrittenOutCountsAsTooLarge) {
    insert_payload("1", long_numbers("n"));
    // Zeros with 16,383 decimals.
    insert_payload("2", "(SELECT jsonb_agg('0e-16383'::jsonb) FROM generate_series(1, 9000))");
    insert_payload("3", "(repeat('[', 12500) || repeat(']', 12500))::jsonb");
    insert_payload("4", "jsonb_build_object('n', repeat('x', 20000000))");
    // Not compressed.
    insert_payload("5", "'{\"n\": [1e131071, 1e131071]}'");
    insert("6", "lock");
    const auto rows = claim(a);
    ASSERT_EQ(rows.size(), 6U);
    for (const auto& row : std::span(rows).first(5)) {
        EXPECT_GT(row.payload_bytes, max_payload_bytes) << row.request.guild_id;
        EXPECT_FALSE(row.request.payload) << row.request.guild_id;
    }
    EXPECT_EQ(rows[5].payload_bytes, 0);
}

TEST_F(CommandRowsTest, APayloadIsReadUpToItsBound) {
    // 64 KiB, in few bytes and in many.
    const std::vector<std::pair<std::string, bool>> payloads{
        {"jsonb_build_object('n', repeat('x', 65527))", true},
        {"jsonb_build_object('n', repeat('x', 65528))", false},
        {"(SELECT jsonb_agg(1) FROM generate_series(1, 21845))", true},
        {"(SELECT jsonb_agg(1) FROM generate_series(1, 21846))", false},
        {"(SELECT jsonb_agg('{}'::jsonb) FROM generate_series(1, 16384))", true},
        {"(SELECT jsonb_agg(-0.5) FROM generate_series(1, 10922))", true},
        {"(SELECT jsonb_object_agg(n, n) FROM generate_series(10000, 13800) n)", true}};
    for (const auto& [payload, fits] : payloads) {
        insert_payload("1", payload);
        const auto rows = claim(a);
        ASSERT_EQ(rows.size(), 1U);
        EXPECT_EQ(rows[0].request.payload.has_value(), fits) << payload;
        if (fits)
            EXPECT_EQ(std::ssize(*rows[0].request.payload), rows[0].payload_bytes) << payload;
        else
            EXPECT_GT(rows[0].payload_bytes, max_payload_bytes) << payload;
        finish(a, rows[0]);
    }
}

TEST_F(CommandRowsTest, AnyTimeOfInsertion) {
    const auto before = std::chrono::steady_clock::now();
    const texts times{"infinity", "-infinity", "4713-01-01 BC", "9999-12-31"};
    for (std::size_t guild = 0; guild < times.size(); ++guild) {
        database.exec("INSERT INTO commands (guild_id, action, created_at, updated_at) VALUES ('" +
                      std::to_string(guild) + "', 'lock', '" + times[guild] + "', '" + times[guild] + "')");
    }
    insert("9", "lock");
    const auto rows = claim(a);
    ASSERT_EQ(rows.size(), 5U);
    for (const auto& row : rows) {
        const auto age = std::chrono::steady_clock::now() - row.request.created_at;
        EXPECT_GT(age, age.zero()) << row.request.guild_id;
    }
    for (const auto now : {0U, 3U, 4U})
        EXPECT_GE(rows[now].request.created_at, before - lease) << rows[now].request.guild_id;
    for (const auto old : {1U, 2U}) {
        EXPECT_LT(rows[old].request.created_at, before - std::chrono::years(50))
            << rows[old].request.guild_id << ": differences of times stay within their type";
    }
}

TEST_F(CommandRowsTest, WhatWasInsertedTomorrowComesToAnEnd) {
    database.exec("INSERT INTO commands (guild_id, action, created_at, updated_at) "
                  "VALUES ('1', 'lock', 'infinity', now() - interval '1 hour')");
    EXPECT_EQ(result_of(a.expire(std::chrono::minutes(30), refusal("expired", "old"),
                                 refusal("interrupted", "left"), 10)),
              1U);
}

TEST_F(CommandRowsTest, AnyNumberOfAttemptsAndAnyTimeOfTheFirst) {
    database.exec("INSERT INTO commands (guild_id, action, attempts, started_at) VALUES "
                  "('1', 'lock', 2147483647, 'infinity'), ('2', 'lock', 0, '-infinity'), "
                  "('3', 'lock', 1, now() - interval '10 years'), "
                  "('4', 'lock', 1, '294276-12-31'), ('5', 'lock', 1, '4713-01-01 BC')");
    const auto before = std::chrono::steady_clock::now();
    for (int i = 0; i < 5; ++i) {
        for (const auto& row : claim(a)) {
            if (row.request.guild_id == "4")
                EXPECT_GE(*row.request.first_begun, before) << "not in times to come";
            if (row.request.guild_id == "5")
                EXPECT_LT(*row.request.first_begun, before - std::chrono::years(50));
            EXPECT_EQ(finish(a, row).size(), 1U) << row.request.guild_id;
        }
    }
    EXPECT_EQ(statuses(), "1 done, 2 done, 3 done, 4 done, 5 done");
    EXPECT_EQ(database.text("SELECT concat_ws(' ', min(duration_ms), max(duration_ms)) FROM command_audit"),
              "0 2147483647");
}

TEST_F(CommandRowsTest, WhatThePayloadSaysOfTheChannelIsNotedWhereItIsAnId) {
    insert_payload("1", long_numbers("channelId"));
    insert_payload("2", R"('{"channelId": "77"}')");
    for (const auto& row : claim(a))
        EXPECT_EQ(finish(a, row, R"({"ok":false,"code":"bad_payload","reason":"Non."})").size(), 1U);
    EXPECT_EQ(database.text("SELECT string_agg(guild_id || ':' || coalesce(channel_id, ''), ' ' ORDER BY "
                            "guild_id) FROM command_audit"),
              "1: 2:77");
}

TEST_F(CommandRowsTest, WhatTheQueueEndsItselfMayHoldAnything) {
    insert_payload("1", long_numbers("channelId"));
    insert_payload("2", "'{}'");
    database.exec(
        "UPDATE commands SET status = 'processing', updated_at = now() - interval '1 hour', "
        "started_at = CASE guild_id WHEN '1' THEN '-infinity' ELSE '294276-12-31' END::timestamptz");
    EXPECT_EQ(recover(a), 2U);
    EXPECT_EQ(statuses(), "1 error, 2 error");
    EXPECT_EQ(database.text("SELECT count(*) FROM command_audit WHERE channel_id IS NULL"), "2");
}

} // namespace
} // namespace vagrolant::bot
