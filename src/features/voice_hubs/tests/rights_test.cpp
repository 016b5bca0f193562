#include "bot/tests/services_fixture.hpp"
#include "features/voice_hubs/rooms.hpp"

namespace vagrolant::voice_hubs {
namespace {

constexpr discord::guild_id guild(100);

class voice_rights_test : public bot::services_fixture {
protected:
    template <class T>
    std::string code_of(awaitable<outcome<T>> work) {
        std::string code;
        const auto wait = [&]() -> awaitable<void> {
            const auto result = co_await std::move(work);
            code = result ? "" : result.error().code;
        };
        loop.run(wait());
        return code;
    }

    rooms all{with};
};

TEST_F(voice_rights_test, only_administrators_look_after_hubs) {
    loop.run([this]() -> awaitable<void> {
        const bool loaded = co_await all.until_loaded(std::chrono::seconds(10));
        EXPECT_TRUE(loaded);
    }());
    const actor somebody{.user = discord::user_id(3)};
    EXPECT_EQ(code_of(all.create_hub(somebody, guild, "x", channel_id(), {})), "not_administrator");
    EXPECT_EQ(code_of(all.adopt_hub(somebody, channel_id(31), {})), "not_administrator");
    // He would be told what else is wrong.
    const actor administrator{.user = discord::user_id(3), .administrator = true};
    EXPECT_EQ(code_of(all.adopt_hub(administrator, channel_id(31), {})), "wrong_channel_type");
    EXPECT_TRUE(answers.asked.empty());
}

} // namespace
} // namespace vagrolant::voice_hubs
