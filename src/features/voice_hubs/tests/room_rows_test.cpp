#include "db/error.hpp"
#include "db/migrations.hpp"
#include "db/tests/support.hpp"
#include "features/voice_hubs/room_rows.hpp"

#include <gmock/gmock.h>

namespace vagrolant::voice_hubs {
namespace {

using namespace std::chrono_literals;

constexpr guild_id guild(5);
constexpr channel_id hub_channel(50);
constexpr channel_id room_channel(60);
constexpr user_id owner(2);

class room_rows_test : public testing::Test {
protected:
    void SetUp() override {
        loop.run(db::migrate(pool));
        loop.run(begin());
        database.exec("CREATE TABLE writes (name text)");
        database.exec("CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS "
                      "$$ BEGIN INSERT INTO writes VALUES (NEW.name); RETURN NEW; END $$");
        database.exec("CREATE TRIGGER noted BEFORE UPDATE ON voice_rooms FOR EACH ROW EXECUTE FUNCTION "
                      "note_write()");
    }

    void TearDown() override {
        tasks.stop(asio::cancellation_type::terminal);
        loop.run(tasks.join());
    }

    awaitable<void> begin() {
        room draft{.guild = guild,
                   .hub = hub_channel,
                   .owner = owner,
                   .creator = owner,
                   .settings = {},
                   .name = "Salon de Zoé",
                   .number = 1,
                   .created = time_point(1'800'000'000'000ms)};
        auto begun = co_await rows.begin_room(draft, false);
        begun->room.channel = room_channel;
        known.put_room(begun->row, begun->room);
    }

    void call_it(const std::string& name) {
        known.find_room(room_channel)->room.name = name;
        book.save(room_channel);
    }

    std::string written() {
        return database.text("SELECT coalesce(string_agg(name, ', ' ORDER BY ctid), '') FROM writes");
    }
    std::string rows_left() { return database.text("SELECT count(*) FROM voice_rooms"); }

    db::testing::test_database database;
    db::testing::test_loop loop;
    db::pool pool{loop.executor(), {.url = database.url(), .connections = 2}};
    task_group tasks{loop.executor()};
    store rows{pool};
    directory known;
    room_rows book{rows, known, tasks};
};

TEST_F(room_rows_test, changes_that_follow_one_another_are_one_write_of_the_last) {
    for (const auto* name : {"un", "deux", "trois"})
        call_it(name);
    loop.run(book.until_saved(room_channel));
    EXPECT_EQ(written(), "trois");
    // Nothing is left to write.
    loop.run(book.until_saved(room_channel));
    EXPECT_EQ(tasks.size(), 0U);
}

TEST_F(room_rows_test, what_changes_while_a_row_is_written_is_written_next) {
    pqxx::connection other(database.url());
    pqxx::work holds_up(other);
    holds_up.exec("LOCK TABLE voice_rooms IN EXCLUSIVE MODE");
    call_it("un");
    tasks.spawn("waits", book.until_saved(room_channel));
    const std::string waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND "
                                "relation = 'voice_rooms'::regclass";
    loop.run_until([&] { return database.text(waiting) == "1"; });
    call_it("deux");
    holds_up.commit();
    loop.run(book.until_saved(room_channel));
    EXPECT_EQ(written(), "un, deux");
}

TEST_F(room_rows_test, what_the_database_refuses_is_written_again) {
    // A sequence counts what is rolled back, too.
    database.exec("CREATE SEQUENCE attempts");
    database.exec("CREATE FUNCTION refuse_twice() RETURNS trigger LANGUAGE plpgsql AS "
                  "$$ BEGIN IF nextval('attempts') <= 2 THEN RAISE 'not now'; END IF; RETURN NEW; END $$");
    database.exec("CREATE TRIGGER refused BEFORE UPDATE ON voice_rooms FOR EACH ROW EXECUTE FUNCTION "
                  "refuse_twice()");
    call_it("un");
    loop.run(book.until_saved(room_channel));
    EXPECT_EQ(written(), "un");
    EXPECT_EQ(database.text("SELECT last_value FROM attempts"), "3");
}

TEST_F(room_rows_test, a_room_that_is_gone_is_not_written_and_its_owner_waits_for_its_row_to_go) {
    call_it("un");
    const auto row = known.find_room(room_channel)->row;
    known.erase_room(room_channel);
    const auto work = [this, row]() -> awaitable<void> {
        tasks.spawn("removed", book.remove(row, hub_channel, owner));
        EXPECT_TRUE(book.is_leaving(row));
        co_await book.until_settled(hub_channel, owner);
        EXPECT_FALSE(book.is_leaving(row));
        // Another member's need not be waited for.
        co_await book.until_settled(hub_channel, user_id(3));
        co_await book.until_saved(room_channel);
    };
    loop.run(work());
    EXPECT_EQ(rows_left(), "0");
    loop.run(tasks.join());
    EXPECT_EQ(written(), "");
}

TEST_F(room_rows_test, the_next_room_waits_for_what_is_being_remembered) {
    loop.run(rows.put_hub({.channel = hub_channel, .guild = guild, .settings = {}, .created = {}}));
    const auto work = [this]() -> awaitable<void> {
        book.remember(hub_channel, owner, {}, {.mode = room_mode::closed});
        co_await book.until_settled(hub_channel, owner);
    };
    loop.run(work());
    EXPECT_EQ(database.text("SELECT count(*) FROM voice_preferences"), "1");
}

TEST_F(room_rows_test, what_is_chosen_while_the_database_is_away_is_remembered_in_order) {
    loop.run(rows.put_hub({.channel = hub_channel, .guild = guild, .settings = {}, .created = {}}));
    database.exec("CREATE SEQUENCE attempts");
    database.exec("CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                  "IF nextval('attempts') <= 2 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; "
                  "RETURN NEW; END $$");
    database.exec("CREATE TRIGGER hung_up BEFORE INSERT ON voice_preferences FOR EACH ROW EXECUTE FUNCTION "
                  "hang_up()");
    book.remember(hub_channel, owner, {}, {.mode = room_mode::closed, .user_limit = 4});
    book.remember(hub_channel, owner, {.mode = room_mode::closed}, {.mode = room_mode::open});
    loop.run(book.until_settled(hub_channel, owner));
    EXPECT_EQ(database.text("SELECT mode || ' ' || user_limit FROM voice_preferences"), "open 4");
}

TEST_F(room_rows_test, what_the_database_refuses_to_remember_holds_up_nothing) {
    loop.run(rows.put_hub({.channel = hub_channel, .guild = guild, .settings = {}, .created = {}}));
    book.remember(hub_channel, owner, {}, {.mode = room_mode::closed, .user_limit = 1'000});
    book.remember(hub_channel, owner, {}, {.mode = room_mode::conference});
    loop.run(book.until_settled(hub_channel, owner));
    EXPECT_EQ(database.text("SELECT mode FROM voice_preferences"), "conference");
}

TEST_F(room_rows_test, nothing_is_remembered_of_a_hub_that_is_deleted_meanwhile) {
    loop.run(rows.put_hub({.channel = hub_channel, .guild = guild, .settings = {}, .created = {}}));
    pqxx::connection other(database.url());
    pqxx::work deletes(other);
    deletes.exec("DELETE FROM voice_hubs");
    std::string refused;
    const auto remembers = [&]() -> awaitable<void> {
        try {
            co_await rows.remember(hub_channel, owner, {}, {.mode = room_mode::closed});
        } catch (const db::error& error) {
            refused = error.what();
        }
    };
    tasks.spawn("remembers", remembers());
    loop.run_until([&] { return database.text("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0"; });
    deletes.commit();
    loop.run(tasks.join());
    EXPECT_EQ(refused, "");
    EXPECT_EQ(database.text("SELECT count(*) FROM voice_preferences"), "0");
}

TEST_F(room_rows_test, what_is_forgotten_is_not_remembered_by_a_write_under_way) {
    loop.run(rows.put_hub({.channel = hub_channel, .guild = guild, .settings = {}, .created = {}}));
    const auto work = [this]() -> awaitable<void> {
        book.remember(hub_channel, owner, {}, {.mode = room_mode::closed, .user_limit = 4});
        co_await book.forget(hub_channel, owner);
    };
    loop.run(work());
    EXPECT_EQ(database.text("SELECT count(*) FROM voice_preferences"), "0");
}

} // namespace
} // namespace vagrolant::voice_hubs
