#include "base/scope_exit.hpp"
#include "discord/interactions/router.hpp"
#include "discord/rest/error.hpp"
#include "discord/tests/contracts.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace vagrolant::discord::interactions {
namespace {

using namespace std::chrono_literals;
using discord::testing::contract;
using discord::testing::parsed;
using discord::testing::replaced;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Time that passes when the test says so.
class virtual_time {
public:
    timing make() {
        return {
            .now = [this] { return now_; },
            .wait = [this](event& on, std::chrono::steady_clock::duration limit) { return wait(on, limit); }};
    }

    void advance(std::chrono::steady_clock::duration by) {
        now_ += by;
        for (auto& one : sleepers_) {
            if (one.deadline <= now_) {
                one.expired = true;
                one.on->notify_all();
            }
        }
    }

private:
    struct sleeper {
        event* on;
        std::chrono::steady_clock::time_point deadline;
        bool expired = false;
    };

    awaitable<bool> wait(event& on, std::chrono::steady_clock::duration limit) {
        const auto self = sleepers_.insert(sleepers_.end(), {.on = &on, .deadline = now_ + limit});
        const scope_exit leave([this, self] { sleepers_.erase(self); });
        co_await on.wait();
        co_return !self->expired;
    }

    std::chrono::steady_clock::time_point now_{1h};
    std::list<sleeper> sleepers_;
};

// Writes down what it is asked to send. Calls can be made to fail, or held until the test lets them go.
class fake_responder final : public responder {
public:
    explicit fake_responder(const asio::any_io_executor& executor)
        : released(executor) {}

    awaitable<void> create_response(interaction_id, std::string, response answer) override {
        co_await call("create " + std::to_string(static_cast<int>(answer.type)) + ' ' + text_of(answer.data));
    }
    awaitable<message> edit_original(application_id, std::string, message_edit edit) override {
        co_await call("edit " + text_of(to_json(edit)));
        co_return message{};
    }
    awaitable<void> delete_original(application_id, std::string) override { co_await call("delete"); }
    awaitable<message> follow_up(application_id, std::string, message_create what) override {
        co_await call("follow_up " + text_of(to_json(what)));
        co_return message{};
    }
    awaitable<message> edit_follow_up(application_id, std::string, message_id, message_edit edit) override {
        co_await call("edit_follow_up " + text_of(to_json(edit)));
        co_return message{};
    }
    awaitable<void> delete_follow_up(application_id, std::string, message_id) override {
        co_await call("delete_follow_up");
    }

    std::vector<std::string> calls;
    // What the next calls throw; nullptr for success.
    std::deque<std::exception_ptr> failures;
    bool held = false;
    event released;

private:
    static std::string text_of(const json::object& body) { return json::serialize(json::any(body)); }

    awaitable<void> call(std::string what) {
        calls.push_back(std::move(what));
        auto failure = std::exception_ptr();
        if (!failures.empty()) {
            failure = failures.front();
            failures.pop_front();
        }
        while (held)
            co_await released.wait();
        if (failure)
            std::rethrow_exception(failure);
    }
};

class test_phrases final : public phrases {
public:
    std::string sentence(failure what, const std::exception*, std::string_view locale) const override {
        const bool french = locale_from_discord(locale, locale::en) == vagrolant::locale::fr;
        switch (what) {
        case failure::internal:
            return french ? "raté" : "failed";
        case failure::stale_component:
            return french ? "périmé" : "stale";
        case failure::unknown_command:
            return french ? "inconnu" : "unknown";
        case failure::busy:
            return french ? "occupé" : "busy";
        }
        return {};
    }
};

const std::string mentions = R"("allowed_mentions":{"parse":[]})";
std::string whispered(const std::string& kind, const std::string& text) {
    return kind + R"( {"content":")" + text + R"(",)" + mentions + R"(,"flags":64})";
}
std::string edited(const std::string& text) {
    return R"(edit {"content":")" + text + R"(","embeds":[],"components":[],)" + mentions +
           R"(,"attachments":[]})";
}
const std::string deferred_whisper = R"(create 5 {"flags":64})";

struct RouterTest : ::testing::Test {
    ~RouterTest() override {
        tasks.stop(asio::cancellation_type::terminal);
        settle();
        EXPECT_EQ(tasks.size(), 0U) << "something is left running";
        EXPECT_EQ(routes.active(), 0U);
    }

    void settle() {
        loop.restart();
        loop.poll();
    }
    void arrive(const std::string& name) { arrive_text(contract(name)); }
    void arrive_text(const std::string& text) {
        routes.accept(parsed(text, parse_interaction));
        settle();
    }
    void pass(std::chrono::steady_clock::duration time) {
        clock.advance(time);
        settle();
    }
    void release() {
        out.held = false;
        out.released.notify_all();
        settle();
    }
    // A handler that waits until the test notifies `go`, then answers with "tard".
    handler slow() {
        return [this](context& ctx) -> awaitable<void> {
            co_await go.wait();
            co_await ctx.reply("tard");
        };
    }

    asio::io_context loop;
    task_group tasks{loop.get_executor()};
    virtual_time clock;
    fake_responder out{loop.get_executor()};
    test_phrases words;
    router routes{tasks, out, words, clock.make(), 3};
    event go{loop.get_executor()};
};

awaitable<void> nothing(context&) {
    co_return;
}

TEST_F(RouterTest, CommandWithItsOptions) {
    int calls = 0;
    routes.command("hub/create", deferral::ephemeral, [&](context& ctx) -> awaitable<void> {
        ++calls;
        EXPECT_EQ(ctx.text_option("template"), "Salon de {user}");
        EXPECT_EQ(ctx.integer_option("limit"), 12);
        EXPECT_EQ(ctx.number_option("volume"), 0.5);
        EXPECT_EQ(ctx.boolean_option("private"), true);
        EXPECT_EQ(ctx.id_option<channel_id>("category"), channel_id(1100000000000000030));
        EXPECT_EQ(ctx.text_option("none"), std::nullopt);
        EXPECT_THROW(static_cast<void>(ctx.text_option("limit")), answer_error);
        EXPECT_EQ(ctx.guild(), guild_id(1100000000000000001));
        EXPECT_EQ(ctx.language(locale::en), locale::fr);
        EXPECT_TRUE(ctx.member_permissions().has(permission::view_channel));
        co_await ctx.reply("fait");
    });
    arrive("interaction_command");
    EXPECT_EQ(calls, 1);
    EXPECT_THAT(out.calls, ElementsAre(whispered("create 4", "fait")));
    pass(10s);
    EXPECT_THAT(out.calls, SizeIs(1));
}

TEST_F(RouterTest, SlowHandlerIsDeferredAndItsReplyEdits) {
    routes.command("ping", deferral::ephemeral, slow());
    arrive("interaction_ping");
    pass(1999ms);
    EXPECT_THAT(out.calls, IsEmpty());
    pass(1ms);
    EXPECT_THAT(out.calls, ElementsAre(deferred_whisper));
    go.notify_all();
    settle();
    EXPECT_THAT(out.calls, ElementsAre(deferred_whisper, edited("tard")));
}

TEST_F(RouterTest, PublicDeferralHasNoFlags) {
    routes.command("ping", deferral::message, slow());
    arrive("interaction_ping");
    pass(2s);
    EXPECT_THAT(out.calls, ElementsAre("create 5 {}"));
}

TEST_F(RouterTest, AnswerAndDeferralInTheSameMoment) {
    routes.command("ping", deferral::ephemeral, slow());
    // The answer is notified before the time passes, and the other way round; nobody has run in between.
    arrive("interaction_ping");
    go.notify_all();
    clock.advance(2s);
    settle();
    EXPECT_THAT(out.calls, ElementsAre(whispered("create 4", "tard")));

    out.calls.clear();
    arrive("interaction_ping");
    clock.advance(2s);
    go.notify_all();
    settle();
    EXPECT_THAT(out.calls, ElementsAre(deferred_whisper, edited("tard")));
}

TEST_F(RouterTest, ReplyWaitsForADeferralUnderWay) {
    routes.command("ping", deferral::ephemeral, slow());
    out.held = true;
    arrive("interaction_ping");
    pass(2s);
    go.notify_all();
    settle();
    EXPECT_THAT(out.calls, ElementsAre(deferred_whisper));
    release();
    EXPECT_THAT(out.calls, ElementsAre(deferred_whisper, edited("tard")));
}

TEST_F(RouterTest, NoDeferralWhileAnAnswerIsUnderWay) {
    routes.command("ping", deferral::ephemeral,
                   [](context& ctx) -> awaitable<void> { co_await ctx.reply("vite"); });
    out.held = true;
    arrive("interaction_ping");
    pass(5s);
    release();
    EXPECT_THAT(out.calls, ElementsAre(whispered("create 4", "vite")));
}

TEST_F(RouterTest, AFailedDeferralLeavesTheAnswerFree) {
    routes.command("ping", deferral::ephemeral, slow());
    out.failures = {std::make_exception_ptr(std::runtime_error("connection lost"))};
    arrive("interaction_ping");
    pass(2s);
    go.notify_all();
    settle();
    EXPECT_THAT(out.calls, ElementsAre(deferred_whisper, whispered("create 4", "tard")));
}

TEST_F(RouterTest, ADeferralThatSeemedLostButArrived) {
    routes.command("ping", deferral::ephemeral, slow());
    out.failures = {std::make_exception_ptr(std::runtime_error("connection lost")),
                    std::make_exception_ptr(already_acknowledged())};
    arrive("interaction_ping");
    pass(2s);
    go.notify_all();
    settle();
    EXPECT_THAT(out.calls, ElementsAre(deferred_whisper, whispered("create 4", "tard"), edited("tard")));
}

TEST_F(RouterTest, WhatDiscordForgotIsNotTriedAgain) {
    routes.command("ping", deferral::ephemeral, slow());
    out.failures = {std::make_exception_ptr(unknown_interaction())};
    arrive("interaction_ping");
    pass(2s);
    go.notify_all();
    settle();
    EXPECT_THAT(out.calls, SizeIs(1));
}

TEST_F(RouterTest, FailingHandlerGivesASentenceInThePersonsLanguage) {
    const handler failing = [](context&) -> awaitable<void> {
        throw std::runtime_error("a bug");
        co_return;
    };
    routes.command("hub/create", deferral::ephemeral, failing);
    routes.command("ping", deferral::ephemeral, failing);
    arrive("interaction_command");
    arrive("interaction_ping");
    EXPECT_THAT(out.calls, ElementsAre(whispered("create 4", "raté"), whispered("create 4", "failed")));
}

TEST_F(RouterTest, FailureIsOneLogLineWithIdsAndNoToken) {
    routes.command("ping", deferral::ephemeral, [](context&) -> awaitable<void> {
        throw std::runtime_error("an unheard-of bug");
        co_return;
    });
    // Repeated lines are collapsed, hence a text that no other test logs.
    ::testing::internal::CaptureStderr();
    arrive("interaction_ping");
    const auto written = ::testing::internal::GetCapturedStderr();
    const auto at = written.find("interaction failed");
    ASSERT_NE(at, std::string::npos);
    EXPECT_EQ(written.find("interaction failed", at + 1), std::string::npos);
    for (const auto* part : {"interaction failed", "interaction=1100000000000000701",
                             "user=1100000000000000102", "path=ping", "an unheard-of bug"})
        EXPECT_THAT(written, HasSubstr(part));
    EXPECT_THAT(written, ::testing::Not(HasSubstr("invented-interaction-token")));
}

TEST_F(RouterTest, OnlyWhatIsToBeMendedHereIsAnError) {
    int status = 0;
    int code = 0;
    routes.command("ping", deferral::ephemeral, [&](context&) -> awaitable<void> {
        throw rest_error(status, code, "level of " + std::to_string(status), {}, "POST /x");
        co_return;
    });
    const auto line_of = [&](int given_status, int given_code) {
        status = given_status;
        code = given_code;
        ::testing::internal::CaptureStderr();
        arrive("interaction_ping");
        return ::testing::internal::GetCapturedStderr();
    };
    // The message that was pressed is gone; Discord itself fails; the request was wrong.
    EXPECT_THAT(line_of(404, 10008), HasSubstr("info    interaction failed"));
    EXPECT_THAT(line_of(503, 0), HasSubstr("warning interaction failed"));
    EXPECT_THAT(line_of(400, 50035), HasSubstr("error   interaction failed"));
}

TEST_F(RouterTest, FailureAfterTheDeferralReplacesIt) {
    routes.command("ping", deferral::ephemeral, [this](context&) -> awaitable<void> {
        co_await go.wait();
        throw std::runtime_error("a bug");
    });
    arrive("interaction_ping");
    pass(2s);
    go.notify_all();
    settle();
    EXPECT_THAT(out.calls, ElementsAre(deferred_whisper, edited("failed")));
}

TEST_F(RouterTest, FailureAfterTheAnswerFollowsIt) {
    routes.command("ping", deferral::ephemeral, [](context& ctx) -> awaitable<void> {
        co_await ctx.reply("fait");
        throw std::runtime_error("a bug");
    });
    arrive("interaction_ping");
    EXPECT_THAT(out.calls, ElementsAre(whispered("create 4", "fait"), whispered("follow_up", "failed")));
}

TEST_F(RouterTest, DoubleAnswerIsRefusedAndTheSecondIsNotSent) {
    routes.command("ping", deferral::ephemeral, [](context& ctx) -> awaitable<void> {
        co_await ctx.reply("un");
        co_await ctx.reply("deux");
    });
    arrive("interaction_ping");
    EXPECT_THAT(out.calls, ElementsAre(whispered("create 4", "un"), whispered("follow_up", "failed")));
}

TEST_F(RouterTest, RefusalSaysItsSentence) {
    routes.command("ping", deferral::ephemeral, [](context&) -> awaitable<void> {
        throw refusal("pas ici");
        co_return;
    });
    arrive("interaction_ping");
    EXPECT_THAT(out.calls, ElementsAre(whispered("create 4", "pas ici")));
}

TEST_F(RouterTest, HandlerWithoutAnAnswer) {
    routes.command("ping", deferral::ephemeral, nothing);
    arrive("interaction_ping");
    EXPECT_THAT(out.calls, ElementsAre(whispered("create 4", "failed")));
}

TEST_F(RouterTest, DeferredByHandAndThenForgotten) {
    routes.command("ping", deferral::ephemeral,
                   [](context& ctx) -> awaitable<void> { co_await ctx.defer(deferral::message); });
    arrive("interaction_ping");
    EXPECT_THAT(out.calls, ElementsAre("create 5 {}", edited("failed")));
}

TEST_F(RouterTest, EditFollowUpAndRemove) {
    routes.command("ping", deferral::ephemeral, [](context& ctx) -> awaitable<void> {
        co_await ctx.reply("un");
        co_await ctx.edit({.content = "deux"});
        co_await ctx.follow_up({.content = "trois"});
        co_await ctx.remove();
    });
    arrive("interaction_ping");
    EXPECT_THAT(out.calls,
                ElementsAre(whispered("create 4", "un"), R"(edit {"content":"deux",)" + mentions + '}',
                            R"(follow_up {"content":"trois",)" + mentions + '}', "delete"));
}

TEST_F(RouterTest, NothingIsSentAfterFifteenMinutes) {
    routes.command("ping", deferral::ephemeral, slow());
    arrive("interaction_ping");
    pass(2s);
    pass(15min);
    go.notify_all();
    settle();
    EXPECT_THAT(out.calls, ElementsAre(deferred_whisper));
}

TEST_F(RouterTest, ButtonUpdatesItsMessage) {
    routes.component("room/lock/{room:id}", deferral::update, [](context& ctx) -> awaitable<void> {
        EXPECT_EQ(ctx.path().id<channel_id>("room"), channel_id(1100000000000000022));
        co_await ctx.update({.content = "verrouillé"});
    });
    arrive("interaction_button");
    EXPECT_THAT(out.calls, ElementsAre(R"(create 7 {"content":"verrouillé",)" + mentions + '}'));
}

TEST_F(RouterTest, SlowButtonIsDeferredInvisibly) {
    routes.component("room/lock/{room:id}", deferral::update, [this](context& ctx) -> awaitable<void> {
        co_await go.wait();
        co_await ctx.update({.content = "verrouillé"});
        co_await ctx.follow_up({.content = "et voilà"});
    });
    arrive("interaction_button");
    pass(2s);
    go.notify_all();
    settle();
    EXPECT_THAT(out.calls, ElementsAre("create 6 {}", R"(edit {"content":"verrouillé",)" + mentions + '}',
                                       R"(follow_up {"content":"et voilà",)" + mentions + '}'));
}

TEST_F(RouterTest, ReplyAfterAnInvisibleDeferralIsAMessageOfItsOwn) {
    routes.component("room/lock/{room:id}", deferral::update, slow());
    arrive("interaction_button");
    pass(2s);
    go.notify_all();
    settle();
    EXPECT_THAT(out.calls, ElementsAre("create 6 {}", whispered("follow_up", "tard")));
}

TEST_F(RouterTest, ButtonWithNothingToShow) {
    routes.component("room/lock/{room:id}", deferral::update, nothing);
    arrive("interaction_button");
    EXPECT_THAT(out.calls, ElementsAre("create 6 {}"));
}

TEST_F(RouterTest, StaleComponentsAndUnknownCommands) {
    routes.component("room/open/{room:id}", deferral::update, nothing);
    arrive("interaction_button");
    arrive("interaction_modal");
    arrive("interaction_select");
    arrive("interaction_command");
    EXPECT_THAT(out.calls, ElementsAre(whispered("create 4", "périmé"), whispered("create 4", "périmé"),
                                       whispered("create 4", "stale"), whispered("create 4", "inconnu")));
}

TEST_F(RouterTest, ModalIsTheFirstAnswerOrNone) {
    const modal form{.custom_id = "room/rename/1", .title = "T"};
    const std::string shown = R"(create 9 {"custom_id":"room/rename/1","title":"T","components":[]})";
    routes.component("room/lock/{room:id}", deferral::none,
                     [form](context& ctx) -> awaitable<void> { co_await ctx.show_modal(form); });
    routes.command("ping", deferral::ephemeral, [this, form](context& ctx) -> awaitable<void> {
        co_await go.wait();
        co_await ctx.show_modal(form);
    });
    arrive("interaction_button");
    EXPECT_THAT(out.calls, ElementsAre(shown));

    out.calls.clear();
    arrive("interaction_ping");
    pass(2s);
    go.notify_all();
    settle();
    EXPECT_THAT(out.calls, ElementsAre(deferred_whisper, edited("failed")));
}

TEST_F(RouterTest, ModalSubmit) {
    routes.modal("room/rename/{room:id}", deferral::update, [](context& ctx) -> awaitable<void> {
        EXPECT_EQ(ctx.input("name"), "Chez Camille");
        EXPECT_EQ(ctx.input("nothing"), "");
        EXPECT_EQ(ctx.path().text("room"), "1100000000000000022");
        co_await ctx.reply("renommé");
    });
    arrive("interaction_modal");
    EXPECT_THAT(out.calls, ElementsAre(whispered("create 4", "renommé")));
}

TEST_F(RouterTest, SlowModalWithoutAMessageIsDeferredAsOne) {
    routes.modal("room/rename/{room:id}", deferral::update, slow());
    arrive("interaction_modal");
    pass(2s);
    EXPECT_THAT(out.calls, ElementsAre(deferred_whisper));
}

TEST_F(RouterTest, Autocompletion) {
    routes.autocomplete("hub/create", "template", [](context& ctx) -> awaitable<std::vector<choice>> {
        EXPECT_EQ(ctx.typed(), "Sal");
        EXPECT_EQ(ctx.integer_option("limit"), 3);
        std::vector<choice> found(30, {.name = "Salon", .value = "s"});
        found.front() = {.name = "Un", .value = std::int64_t{1}};
        co_return found;
    });
    arrive("interaction_autocomplete");
    ASSERT_THAT(out.calls, SizeIs(1));
    EXPECT_THAT(out.calls[0],
                ::testing::StartsWith(R"(create 8 {"choices":[{"name":"Un","value":1},{"name":"Salon")"));
    EXPECT_EQ(std::ranges::count(out.calls[0], '}'), 26);
}

TEST_F(RouterTest, FailingAutocompletionIsAnEmptyList) {
    arrive("interaction_autocomplete");
    routes.autocomplete("hub/create", "template", [](context&) -> awaitable<std::vector<choice>> {
        throw std::runtime_error("a bug");
        co_return std::vector<choice>{};
    });
    arrive("interaction_autocomplete");
    EXPECT_THAT(out.calls, ElementsAre(R"(create 8 {"choices":[]})", R"(create 8 {"choices":[]})"));
}

TEST_F(RouterTest, CancelledHandlerEndsSilently) {
    bool ended = false;
    routes.command("ping", deferral::ephemeral, [&](context&) -> awaitable<void> {
        const scope_exit note([&ended] { ended = true; });
        co_await go.wait();
    });
    arrive("interaction_ping");
    EXPECT_EQ(routes.active(), 1U);
    tasks.stop(asio::cancellation_type::terminal);
    settle();
    EXPECT_TRUE(ended);
    EXPECT_EQ(routes.active(), 0U);
    EXPECT_THAT(out.calls, IsEmpty());
}

TEST_F(RouterTest, AnAbortedOperationInsideAHandlerIsAFailure) {
    routes.command("ping", deferral::ephemeral, [](context&) -> awaitable<void> {
        throw boost::system::system_error(asio::error::operation_aborted);
        co_return;
    });
    arrive("interaction_ping");
    EXPECT_THAT(out.calls, ElementsAre(whispered("create 4", "failed")));
}

TEST_F(RouterTest, BeyondTheBoundPeopleAreAskedToComeBack) {
    routes.command("ping", deferral::none, slow());
    for (int i = 0; i < 3; ++i)
        arrive("interaction_ping");
    EXPECT_EQ(routes.active(), 3U);
    arrive("interaction_ping");
    EXPECT_THAT(out.calls, ElementsAre(whispered("create 4", "busy")));
    go.notify_all();
    settle();
    EXPECT_THAT(out.calls, SizeIs(4));
    EXPECT_EQ(routes.active(), 0U);
}

TEST_F(RouterTest, DuplicatesAndAmbiguitiesFailAtStart) {
    routes.command("ping", deferral::message, nothing);
    EXPECT_THROW(routes.command("ping", deferral::message, nothing), bad_route);
    EXPECT_THROW(routes.command("", deferral::message, nothing), bad_route);
    EXPECT_THROW(routes.command("x", deferral::update, nothing), bad_route);
    routes.component("room/lock/{room:id}", deferral::update, nothing);
    EXPECT_THROW(routes.component("room/lock/{other}", deferral::update, nothing), bad_route);
    EXPECT_THROW(routes.component("Room", deferral::update, nothing), bad_route);
    routes.modal("room/lock/{room:id}", deferral::update, nothing);
}

TEST_F(RouterTest, DeclaredCommandsAndHandlersMustFit) {
    const std::vector<application_command> declared{
        {.name = {"salon", "hub"},
         .options = {{.type = option_type::sub_command,
                      .name = {"créer", "create"},
                      .options = {{.name = {"modèle", "template"}, .autocomplete = true}}}}}};
    EXPECT_THROW(routes.check(declared), bad_route);
    routes.command("hub/create", deferral::message, nothing);
    EXPECT_THROW(routes.check(declared), bad_route);
    routes.autocomplete("hub/create", "template",
                        [](context&) -> awaitable<std::vector<choice>> { co_return std::vector<choice>{}; });
    EXPECT_NO_THROW(routes.check(declared));
    routes.command("ping", deferral::message, nothing);
    EXPECT_THROW(routes.check(declared), bad_route);
}

} // namespace
} // namespace vagrolant::discord::interactions
