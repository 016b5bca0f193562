#include "bot/tests/services_fixture.hpp"
#include "features/moderation/lock.hpp"
#include "features/moderation/state.hpp"
#include "features/moderation/store.hpp"

#include <gmock/gmock.h>

namespace vagrolant::moderation {
namespace {

using discord::channel_id;
using discord::guild_id;
using discord::permission;

class moderation_store_test : public bot::services_fixture {
protected:
    void SetUp() override {
        services_fixture::SetUp();
        with.states.put(typeid(state), std::make_shared<state>(with));
    }

    lock_store& locks() const { return with.states.get<state>().memories; }

    std::optional<lock_memory> find(channel_id channel) {
        std::optional<lock_memory> found;
        const auto work = [&]() -> awaitable<void> { found = co_await locks().find(channel); };
        loop.run(work());
        return found;
    }
    void save(channel_id channel, lock_memory memory) {
        loop.run(locks().save(guild_id(1), channel, memory));
    }

    /// A row that another process has written.
    void save_elsewhere(channel_id channel, lock_memory memory) {
        lock_store other(pool);
        loop.run(other.save(guild_id(1), channel, memory));
    }

    /// True when the database was asked to forget it.
    bool is_forgotten_when_deleted(channel_id channel) {
        on_channel_delete(with, {.channel = {.id = channel, .guild = guild_id(1)}});
        const bool asked = tasks.size() > 0;
        loop.run_until([this] { return tasks.size() == 0; });
        EXPECT_EQ(
            database.text("SELECT count(*) FROM channel_locks WHERE channel_id = " + channel.to_string()),
            "0");
        return asked;
    }
};

const lock_memory sample{
    .everyone = {.touched = {permission::send_messages, permission::create_public_threads,
                             permission::bypass_slowmode},
                 .before = {.exists = true,
                            .allow = permission::bypass_slowmode,
                            .deny = permission::send_messages}},
    .own = {.touched = permission::send_messages, .before = {}}};

TEST_F(moderation_store_test, what_is_kept_comes_back_bit_for_bit) {
    EXPECT_EQ(find(channel_id(5)), std::nullopt);
    save(channel_id(5), sample);
    EXPECT_EQ(find(channel_id(5)), sample);
    EXPECT_EQ(find(channel_id(6)), std::nullopt);
}

TEST_F(moderation_store_test, saving_again_replaces) {
    save(channel_id(5), sample);
    save(channel_id(6), sample);
    lock_memory other;
    other.everyone.touched = permission::send_messages;
    save(channel_id(5), other);
    EXPECT_EQ(find(channel_id(5)), other);
    EXPECT_EQ(find(channel_id(6)), sample);
}

TEST_F(moderation_store_test, forgotten_is_gone_and_forgetting_twice_is_fine) {
    save(channel_id(5), sample);
    loop.run(locks().forget(channel_id(5)));
    loop.run(locks().forget(channel_id(5)));
    EXPECT_EQ(find(channel_id(5)), std::nullopt);
}

TEST_F(moderation_store_test, a_deleted_channel_costs_a_query_only_where_it_may_be_locked) {
    save_elsewhere(channel_id(5), sample);
    EXPECT_TRUE(is_forgotten_when_deleted(channel_id(5))) << "nobody knows yet which are locked";
    save_elsewhere(channel_id(6), sample);
    loop.run(load_locks(with));
    EXPECT_FALSE(is_forgotten_when_deleted(channel_id(5)));
    EXPECT_TRUE(is_forgotten_when_deleted(channel_id(6))) << "the table said so";
    save(channel_id(7), sample);
    EXPECT_TRUE(is_forgotten_when_deleted(channel_id(7))) << "locked since";
    save(channel_id(8), sample);
    loop.run(locks().forget(channel_id(8)));
    EXPECT_FALSE(is_forgotten_when_deleted(channel_id(8))) << "unlocked since";
    save_elsewhere(channel_id(9), sample);
    EXPECT_EQ(find(channel_id(9)), sample);
    EXPECT_TRUE(is_forgotten_when_deleted(channel_id(9))) << "another process's, but known since it was read";
}

TEST_F(moderation_store_test, what_a_change_under_way_saves_is_forgotten_with_the_channel) {
    loop.run(load_locks(with));
    const auto change = [this]() -> awaitable<void> {
        const auto turn = co_await with.states.get<state>().locks.take(channel_id(5));
        auto saving = locks().save(guild_id(1), channel_id(5), sample);
        on_channel_delete(with, {.channel = {.id = channel_id(5), .guild = guild_id(1)}});
        co_await std::move(saving);
    };
    loop.run(change());
    loop.run_until([this] { return tasks.size() == 0; });
    EXPECT_EQ(find(channel_id(5)), std::nullopt);
}

TEST_F(moderation_store_test, the_locks_are_loaded_once_the_database_is_back) {
    save_elsewhere(channel_id(5), sample);
    database.exec("ALTER TABLE channel_locks RENAME TO away");
    tasks.spawn("locks", load_locks(with));
    loop.run_until([turns = 0]() mutable { return ++turns > 2; });
    EXPECT_TRUE(locks().may_have(channel_id(6)));
    database.exec("ALTER TABLE away RENAME TO channel_locks");
    loop.run_until([this] { return tasks.size() == 0; });
    EXPECT_TRUE(locks().may_have(channel_id(5)));
    EXPECT_FALSE(locks().may_have(channel_id(6)));
}

TEST_F(moderation_store_test, the_table_refuses_what_makes_no_sense) {
    auto both = sample;
    both.own.before = {.exists = true, .allow = permission::send_messages, .deny = permission::send_messages};
    EXPECT_THROW(save(channel_id(5), both), db::error);
    auto untouched = sample;
    untouched.own.before = {.exists = true, .allow = permission::speak, .deny = {}};
    EXPECT_THROW(save(channel_id(5), untouched), db::error);
}

} // namespace
} // namespace vagrolant::moderation
