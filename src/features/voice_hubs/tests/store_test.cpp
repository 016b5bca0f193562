#include "db/migrations.hpp"
#include "db/session.hpp"
#include "db/tests/support.hpp"
#include "features/voice_hubs/store.hpp"

#include <gmock/gmock.h>

namespace vagrolant::voice_hubs {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

constexpr guild_id guild(5);
constexpr channel_id hub_channel(50);
constexpr user_id owner(2);

class voice_store_test : public testing::Test {
protected:
    void SetUp() override { loop.run(db::migrate(pool)); }

    template <class T>
    T get(awaitable<T> work) {
        std::optional<T> result;
        const auto wait = [&]() -> awaitable<void> { result.emplace(co_await std::move(work)); };
        loop.run(wait());
        return *std::move(result);
    }

    room draft(int number = 1, user_id who = owner) const {
        return {.guild = guild,
                .hub = hub_channel,
                .owner = who,
                .creator = who,
                .settings = {.mode = room_mode::open,
                             .lists = {},
                             .user_limit = 4,
                             .bitrate = 0,
                             .region = "",
                             .name = ""},
                .name = "Salon de Zoé",
                .number = number,
                .created = created};
    }

    const time_point created = time_point(1'800'000'000'123ms);
    db::testing::test_database database;
    db::testing::test_loop loop;
    db::pool pool{loop.executor(), {.url = database.url(), .connections = 1}};
    store rows{pool};
};

TEST_F(voice_store_test, a_hub_is_kept_whole) {
    hub kept{.channel = hub_channel, .guild = guild, .settings = {}, .created = created};
    loop.run(rows.put_hub(kept));
    EXPECT_EQ(get(rows.load()).hubs.front().settings, kept.settings);
    kept.settings = {.name_template = "{n} « {member} »",
                     .default_mode = room_mode::conference,
                     .user_limit = 99,
                     .bitrate = 384'000,
                     .region = "rotterdam",
                     .category = channel_id(7),
                     .overflow_categories = {channel_id(8), channel_id(9)},
                     .position = room_position::above,
                     .permissions_from = permission_source::template_channel,
                     .template_channel = channel_id(10),
                     .empty_grace = 300s,
                     .owner_leaves = owner_policy::remove,
                     .keep_for = 3600s,
                     .return_window = 0s,
                     .allowed_roles = {role_id(11)},
                     .max_rooms = 500,
                     .member_per_minute = 20,
                     .guild_per_minute = 300,
                     .log_channel = channel_id(12),
                     .remember = false};
    loop.run(rows.put_hub(kept));
    const auto found = get(rows.load()).hubs;
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found.front().channel, kept.channel);
    EXPECT_EQ(found.front().guild, kept.guild);
    EXPECT_EQ(found.front().created, kept.created);
    EXPECT_EQ(found.front().settings, kept.settings);
    loop.run(rows.delete_hub(hub_channel));
    EXPECT_THAT(get(rows.load()).hubs, IsEmpty());
}

TEST_F(voice_store_test, the_table_refuses_what_no_hub_can_be) {
    hub wrong{.channel = hub_channel, .guild = guild, .settings = {}, .created = created};
    wrong.settings.empty_grace = 301s;
    EXPECT_THROW(loop.run(rows.put_hub(wrong)), db::error);
    wrong.settings.empty_grace = 0s;
    wrong.settings.permissions_from = permission_source::template_channel;
    EXPECT_THROW(loop.run(rows.put_hub(wrong)), db::error);
}

TEST_F(voice_store_test, a_room_is_kept_whole) {
    const auto begun = get(rows.begin_room(draft(), false));
    ASSERT_TRUE(begun);
    auto stored = get(rows.load()).rooms;
    ASSERT_THAT(stored, SizeIs(1));
    EXPECT_FALSE(stored.front().room.channel);

    auto kept = *begun;
    kept.room.channel = channel_id(60);
    kept.room.settings = {.mode = room_mode::private_,
                          .lists = {.allowed = {subject::of(user_id(1)), subject::of(role_id(2))},
                                    .blocked = {subject::of(user_id(INT64_MAX)), subject::of(role_id(4))}},
                          .user_limit = 7,
                          .bitrate = 64'000,
                          .region = "sydney",
                          .name = "choisi"};
    kept.room.name = "a \"name\", {with} everything";
    kept.room.panel = panel_message{.channel = channel_id(60), .message = message_id(61)};
    kept.room.empty_since = created + 1s;
    kept.room.owner_left_at = created + 2s;
    kept.room.former_owner = user_id(3);
    kept.room.former_owner_left_at = created + 3s;
    kept.room.rename = pending_rename{.name = "later", .applies_at = created + 4s};
    kept.room.renamed_at = {created + 5s, created + 6s};
    EXPECT_TRUE(get(rows.save_room(kept)));

    stored = get(rows.load()).rooms;
    ASSERT_THAT(stored, SizeIs(1));
    const auto& found = stored.front().room;
    EXPECT_EQ(stored.front().row, begun->row);
    EXPECT_EQ(found.channel, kept.room.channel);
    EXPECT_EQ(found.owner, owner);
    EXPECT_EQ(found.creator, owner);
    EXPECT_EQ(found.settings, kept.room.settings);
    EXPECT_EQ(found.name, kept.room.name);
    EXPECT_EQ(found.number, 1);
    EXPECT_EQ(found.created, created);
    EXPECT_EQ(found.panel, kept.room.panel);
    EXPECT_EQ(found.empty_since, kept.room.empty_since);
    EXPECT_EQ(found.owner_left_at, kept.room.owner_left_at);
    EXPECT_EQ(found.former_owner, kept.room.former_owner);
    EXPECT_EQ(found.former_owner_left_at, kept.room.former_owner_left_at);
    EXPECT_EQ(found.rename, kept.room.rename);
    EXPECT_EQ(found.renamed_at, kept.room.renamed_at);

    loop.run(rows.delete_room(begun->row));
    EXPECT_FALSE(get(rows.save_room(kept)));
    EXPECT_THAT(get(rows.load()).rooms, IsEmpty());
}

// Whatever becomes of its hub, a room knows what its permissions came from and how long it waits for whom.
TEST_F(voice_store_test, a_room_outlives_its_hub_with_what_the_hub_said_of_it) {
    hub from{.channel = hub_channel,
             .guild = guild,
             .settings = {.empty_grace = 40s,
                          .owner_leaves = owner_policy::transfer,
                          .keep_for = 50s,
                          .return_window = 60s},
             .created = created};
    loop.run(rows.put_hub(from));
    auto kept = *get(rows.begin_room(draft(), false));
    kept.room.channel = channel_id(60);
    EXPECT_TRUE(get(rows.save_room(kept)));
    EXPECT_FALSE(get(rows.load()).rooms.front().room.source);
    using enum discord::permission;
    kept.room.source = std::vector<discord::overwrite>();
    EXPECT_TRUE(get(rows.save_room(kept)));
    EXPECT_EQ(get(rows.load()).rooms.front().room.source, kept.room.source);
    kept.room.source = {discord::overwrite::of(role_id(5), {}, {view_channel, connect}),
                        discord::overwrite::of(user_id(INT64_MAX), discord::permissions::all())};
    EXPECT_TRUE(get(rows.save_room(kept)));
    EXPECT_FALSE(get(rows.load()).rooms.front().room.last_settings);
    loop.run(rows.delete_hub(hub_channel));
    // Later changes of the room leave it as it is.
    kept.room.name = "autre";
    EXPECT_TRUE(get(rows.save_room(kept)));
    const auto found = get(rows.load()).rooms.front().room;
    EXPECT_EQ(found.source, kept.room.source);
    ASSERT_TRUE(found.last_settings);
    EXPECT_EQ(found.last_settings->empty_grace, 40s);
    EXPECT_EQ(found.last_settings->owner_leaves, owner_policy::transfer);
    EXPECT_EQ(found.last_settings->keep_for, 50s);
    EXPECT_EQ(found.last_settings->return_window, 60s);
}

TEST_F(voice_store_test, there_are_never_two_rooms_for_one_join) {
    ASSERT_TRUE(get(rows.begin_room(draft(1), false)));
    auto second = get(rows.begin_room(draft(2), false));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), begin_conflict::owner_has_room);
    second = get(rows.begin_room(draft(1, user_id(3)), false));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), begin_conflict::number_taken);
    EXPECT_TRUE(get(rows.begin_room(draft(2, user_id(3)), false)));
    const auto first = get(rows.find_room_of(hub_channel, owner));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->room.number, 1);
    EXPECT_FALSE(get(rows.find_room_of(hub_channel, user_id(4))));
    loop.run(rows.delete_room(first->row));
    EXPECT_TRUE(get(rows.begin_room(draft(1), false)));
}

TEST_F(voice_store_test, a_room_begins_over_a_session_as_it_does_over_the_pool) {
    db::session session(loop.executor(), {.url = database.url(), .first_retry = 10ms});
    bool connected = false;
    session.on_connected([&connected] { connected = true; });
    session.start();
    loop.run_until([&connected] { return connected; });
    int asked = 0;
    store quick(pool, [&session, &asked] {
        ++asked;
        return &session;
    });

    loop.run(rows.put_hub({.channel = hub_channel, .guild = guild, .settings = {}, .created = created}));
    auto left = draft().settings;
    left.mode = room_mode::private_;
    left.name = "Chez « Zoé » {\"}";
    left.lists.allowed = {subject::of(user_id(INT64_MAX)), subject::of(role_id(7))};
    left.lists.blocked = {subject::of(user_id(9))};
    loop.run(rows.remember(hub_channel, owner, {}, left));
    for (const bool remembered : {false, true}) {
        const auto expected = *get(rows.begin_room(draft(), remembered));
        loop.run(rows.delete_room(expected.row));
        const auto begun = *get(quick.begin_room(draft(), remembered));
        EXPECT_EQ(begun.room.settings, expected.room.settings);
        EXPECT_EQ(begun.room.name, expected.room.name);
        const auto stored = get(rows.find_room_of(hub_channel, owner));
        ASSERT_TRUE(stored);
        EXPECT_EQ(stored->row, begun.row);
        EXPECT_EQ(stored->room.settings, expected.room.settings);
        EXPECT_EQ(stored->room.created, created);
        EXPECT_EQ(get(quick.begin_room(draft(2), remembered)).error(), begin_conflict::owner_has_room);
        EXPECT_EQ(get(quick.begin_room(draft(1, user_id(3)), false)).error(), begin_conflict::number_taken);
        loop.run(rows.delete_room(begun.row));
    }
    EXPECT_EQ(asked, 6);
    session.stop();
}

TEST_F(voice_store_test, a_room_that_is_given_up_frees_its_place_until_its_channel_turns_up) {
    auto lost = *get(rows.begin_room(draft(1), false));
    loop.run(rows.give_up(lost.row));
    EXPECT_FALSE(get(rows.find_room_of(hub_channel, owner)));
    const auto next = get(rows.begin_room(draft(1), false));
    ASSERT_TRUE(next);
    auto stored = get(rows.load()).rooms;
    ASSERT_THAT(stored, SizeIs(2));
    EXPECT_TRUE(stored.front().given_up);
    EXPECT_FALSE(stored.back().given_up);

    lost.room.channel = channel_id(60);
    lost.room.owner = {};
    lost.room.number = 2;
    lost.room.remembered = false;
    EXPECT_TRUE(get(rows.save_room(lost)));
    stored = get(rows.load()).rooms;
    EXPECT_FALSE(stored.front().given_up);
    EXPECT_EQ(stored.front().room.number, 2);
    EXPECT_FALSE(stored.front().room.remembered);
    // A room that has its channel is not given up.
    loop.run(rows.give_up(lost.row));
    EXPECT_FALSE(get(rows.load()).rooms.front().given_up);
}

TEST_F(voice_store_test, a_room_begins_as_the_last_one_was_left) {
    const room_settings left{.mode = room_mode::closed,
                             .lists = {.allowed = {subject::of(user_id(9))}, .blocked = {}},
                             .user_limit = 2,
                             .bitrate = 32'000,
                             .region = "brazil",
                             .name = "Chez moi"};
    // Not without the hub: nothing is remembered for what is gone.
    loop.run(rows.remember(hub_channel, owner, {}, left));
    loop.run(rows.put_hub({.channel = hub_channel, .guild = guild, .settings = {}, .created = created}));
    auto begun = get(rows.begin_room(draft(), true));
    ASSERT_TRUE(begun);
    EXPECT_EQ(begun->room.settings, draft().settings);
    loop.run(rows.delete_room(begun->row));

    loop.run(rows.remember(hub_channel, owner, {}, left));
    begun = get(rows.begin_room(draft(), true));
    ASSERT_TRUE(begun);
    EXPECT_EQ(begun->room.settings, left);
    EXPECT_EQ(begun->room.name, "Chez moi");
    loop.run(rows.delete_room(begun->row));

    begun = get(rows.begin_room(draft(), false));
    ASSERT_TRUE(begun);
    EXPECT_EQ(begun->room.settings, draft().settings);
    loop.run(rows.delete_room(begun->row));

    loop.run(rows.forget(hub_channel, owner));
    begun = get(rows.begin_room(draft(), true));
    ASSERT_TRUE(begun);
    EXPECT_EQ(begun->room.name, "Salon de Zoé");
}

TEST_F(voice_store_test, what_a_member_has_not_chosen_is_the_hub_s) {
    loop.run(rows.put_hub({.channel = hub_channel, .guild = guild, .settings = {}, .created = created}));
    auto left = draft().settings;
    left.mode = room_mode::private_;
    loop.run(rows.remember(hub_channel, owner, draft().settings, left));
    auto next = draft();
    next.settings.user_limit = 7;
    next.settings.region = "brazil";
    auto begun = get(rows.begin_room(next, true));
    ASSERT_TRUE(begun);
    auto expected = next.settings;
    expected.mode = room_mode::private_;
    EXPECT_EQ(begun->room.settings, expected);
    EXPECT_EQ(begun->room.name, next.name);
    loop.run(rows.delete_room(begun->row));

    // Once chosen it stays, also where it is chosen back; what was chosen before stays with it.
    auto last = left;
    last.user_limit = 0;
    left.user_limit = 7;
    loop.run(rows.remember(hub_channel, owner, left, last));
    begun = get(rows.begin_room(next, true));
    ASSERT_TRUE(begun);
    expected.user_limit = 0;
    EXPECT_EQ(begun->room.settings, expected);
}

TEST_F(voice_store_test, silences_are_kept_until_they_are_lifted) {
    loop.run(rows.put_silence({.guild = guild, .user = owner, .channel = channel_id(60)}));
    loop.run(rows.put_silence({.guild = guild, .user = user_id(3), .channel = channel_id(60)}));
    loop.run(rows.put_silence({.guild = guild, .user = owner, .channel = channel_id(61)}));
    EXPECT_THAT(get(rows.load()).silences, SizeIs(2));
    loop.run(rows.delete_silence(guild, user_id(3)));
    const auto left = get(rows.load()).silences;
    ASSERT_THAT(left, SizeIs(1));
    EXPECT_EQ(left.front().user, owner);
    EXPECT_EQ(left.front().channel, channel_id(61));
}

} // namespace
} // namespace vagrolant::voice_hubs
