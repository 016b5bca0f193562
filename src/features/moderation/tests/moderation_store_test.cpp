#include "db/migrations.hpp"
#include "db/tests/support.hpp"
#include "features/moderation/store.hpp"

#include <gmock/gmock.h>

namespace vagrolant::moderation {
namespace {

using discord::channel_id;
using discord::guild_id;
using discord::permission;

class moderation_store_test : public testing::Test {
protected:
    void SetUp() override { loop.run(db::migrate(pool)); }

    std::optional<lock_memory> find(channel_id channel) {
        std::optional<lock_memory> found;
        const auto work = [&]() -> awaitable<void> { found = co_await find_lock(pool, channel); };
        loop.run(work());
        return found;
    }
    void save(channel_id channel, lock_memory memory) {
        loop.run(save_lock(pool, guild_id(1), channel, memory));
    }

    db::testing::test_database database;
    db::testing::test_loop loop;
    db::pool pool{loop.executor(), {.url = database.url(), .connections = 2}};
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
    loop.run(forget_lock(pool, channel_id(5)));
    loop.run(forget_lock(pool, channel_id(5)));
    EXPECT_EQ(find(channel_id(5)), std::nullopt);
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
