#include "async/deadline.hpp"
#include "discord/model/parse.hpp"
#include "discord/rest/channels.hpp"
#include "discord/rest/client.hpp"
#include "discord/rest/interactions.hpp"
#include "discord/rest/members.hpp"
#include "discord/rest/messages.hpp"
#include "discord/tests/net_fake_stream.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vagrolant::discord {

using namespace std::chrono_literals;
using net::fake_peer;
using net::fake_stream;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr auto token = "secret-token-of-the-bot";

std::string answer(int status, std::string_view body, std::string_view headers = "") {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + std::string(headers) +
           "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

class rest_client_test : public testing::Test {
protected:
    ~rest_client_test() override {
        tasks_.stop(asio::cancellation_type::terminal);
        io_.restart();
        io_.run();
    }

    static rest_options options() {
        return {.base_url = "https://discord.com/api/v10",
                .token = token,
                .user_agent = "DiscordBot (https://example.org, 1)",
                .retry_delay = 1ms};
    }

    /// The next connection that the client makes.
    std::shared_ptr<fake_peer> peer(std::deque<std::string> says,
                                    fake_peer::ending after = fake_peer::ending::silence) {
        peers_.push_back(std::make_shared<fake_peer>());
        peers_.back()->says = std::move(says);
        peers_.back()->after = after;
        return peers_.back();
    }

    /// Runs the loop until `work` is over.
    template <class T>
    T run(awaitable<T> work) {
        std::optional<T> result;
        std::exception_ptr failed;
        bool over = false;
        asio::co_spawn(io_, std::move(work), [&](std::exception_ptr failure, T value) {
            over = true;
            failed = failure;
            if (!failure)
                result = std::move(value);
        });
        while (!over)
            io_.run_one();
        if (failed)
            std::rethrow_exception(failed);
        return std::move(*result);
    }
    void run(awaitable<void> work) {
        const auto wrapped = [](awaitable<void> inner) -> awaitable<bool> {
            co_await std::move(inner);
            co_return true;
        };
        run(wrapped(std::move(work)));
    }

    rest_response call(rest_request request) { return run(client_.call(std::move(request))); }

    template <class Error>
    Error failure(rest_request request) {
        try {
            call(std::move(request));
        } catch (const Error& error) {
            return error;
        }
        throw std::logic_error("no such failure");
    }

    asio::io_context io_{1};
    task_group tasks_{io_.get_executor()};
    std::vector<std::shared_ptr<fake_peer>> peers_;
    std::size_t connected_ = 0;
    rest_client::connector connector_ = [this]() -> awaitable<std::unique_ptr<net::stream>> {
        if (connected_ >= peers_.size())
            throw net::network_error("discord.com:443: connect: refused");
        auto next = peers_[connected_];
        ++connected_;
        co_return std::make_unique<fake_stream>(io_.get_executor(), std::move(next));
    };
    rest_client client_{io_.get_executor(), tasks_, connector_, options()};
};

TEST_F(rest_client_test, a_request_carries_what_discord_wants) {
    const auto far = peer({answer(200, "{}")});
    const auto response = call({.method = http_method::patch,
                                .path = "/channels/1",
                                .body = json::object{{"name", "é"}},
                                .audit_reason = "façade: 1\n2"});
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(far->heard, "PATCH /api/v10/channels/1 HTTP/1.1\r\nHost: discord.com\r\n"
                          "User-Agent: DiscordBot (https://example.org, 1)\r\nAccept: application/json\r\n"
                          "Authorization: Bot secret-token-of-the-bot\r\n"
                          "X-Audit-Log-Reason: fa%C3%A7ade%3A%201%0A2\r\n"
                          "Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"name\":\"é\"}");
    EXPECT_TRUE(client_.latency());
}

TEST_F(rest_client_test, a_long_audit_reason_is_cut) {
    const auto far = peer({answer(200, "{}")});
    call({.path = "/x", .audit_reason = std::string(600, 'a')});
    const auto start = far->heard.find("X-Audit-Log-Reason: ") + 20;
    const auto reason = far->heard.substr(start, far->heard.find("\r\n", start) - start);
    // 511 letters and the encoded "…".
    EXPECT_EQ(reason, std::string(511, 'a') + "%E2%80%A6");
}

TEST_F(rest_client_test, files_go_as_a_form) {
    const auto far = peer({answer(200, "{}")});
    call({.method = http_method::post,
          .path = "/channels/1/messages",
          .body = json::object{{"content", "x"}},
          .files = {{.name = "a\".png", .content_type = "image/png", .data = "PNG"},
                    {.name = "b", .data = "\r\n"}}});
    const auto& text = far->heard;
    const auto start = text.find("boundary=") + 9;
    const auto boundary = text.substr(start, text.find("\r\n", start) - start);
    EXPECT_THAT(text,
                HasSubstr("\r\n\r\n--" + boundary +
                          "\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n"
                          "Content-Type: application/json\r\n\r\n{\"content\":\"x\"}\r\n--" +
                          boundary +
                          "\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a%22.png\"\r\n"
                          "Content-Type: image/png\r\n\r\nPNG\r\n--" +
                          boundary +
                          "\r\nContent-Disposition: form-data; name=\"files[1]\"; filename=\"b\"\r\n"
                          "Content-Type: application/octet-stream\r\n\r\n\r\n\r\n--" +
                          boundary + "--\r\n"));
}

TEST_F(rest_client_test, answers_to_interactions_go_without_the_bots_token) {
    const auto far = peer({answer(204, "")});
    rest_responder responder(client_);
    run(responder.create_response(interaction_id(7), "interaction.token", {.type = {}, .data = {{"a", 1}}}));
    EXPECT_THAT(far->heard,
                StartsWith("POST /api/v10/interactions/7/interaction.token/callback HTTP/1.1\r\n"));
    EXPECT_THAT(far->heard, Not(HasSubstr("Authorization")));
}

TEST_F(rest_client_test, a_second_answer_to_an_interaction_is_told_apart) {
    peer({answer(400, R"({"code":40060,"message":"Interaction has already been acknowledged."})"),
          answer(404, R"({"code":10062,"message":"Unknown interaction"})")});
    rest_responder responder(client_);
    EXPECT_THROW(run(responder.create_response(interaction_id(7), "t", {})),
                 interactions::already_acknowledged);
    EXPECT_THROW(run(responder.create_response(interaction_id(7), "t", {})),
                 interactions::unknown_interaction);
}

TEST_F(rest_client_test, an_error_keeps_discords_code_and_the_fields) {
    peer({answer(
        400, R"({"code":50035,"message":"Invalid Form Body","errors":{"embeds":{"0":{"fields":{"2":{"name":
        {"_errors":[{"code":"BASE_TYPE_MAX_LENGTH","message":"Must be 256 or fewer in length."}]}}}}},
        "_errors":[{"code":"X","message":"whole"}]}})")});
    const auto error = failure<rest_error>({.method = http_method::post, .path = "/channels/123/messages"});
    EXPECT_EQ(error.status(), 400);
    EXPECT_EQ(error.code(), 50035);
    EXPECT_EQ(error.message(), "Invalid Form Body");
    EXPECT_EQ(error.route(), "POST /channels/{id}/messages");
    ASSERT_EQ(error.errors().size(), 2);
    EXPECT_EQ(error.errors()[0].path, "embeds[0].fields[2].name");
    EXPECT_EQ(error.errors()[0].code, "BASE_TYPE_MAX_LENGTH");
    EXPECT_STREQ(error.what(), "POST /channels/{id}/messages: 400 (code 50035): Invalid Form Body; "
                               "embeds[0].fields[2].name: Must be 256 or fewer in length.; whole");
}

TEST_F(rest_client_test, whatever_is_no_error_of_discord_is_still_one) {
    peer({answer(404, "<html>"), answer(404, "[]"), answer(404, R"({"code":"x","message":1,"errors":[1]})"),
          answer(404, std::string(5000, '['))});
    for (int i = 0; i < 4; ++i) {
        const auto error = failure<rest_error>({.path = "/x"});
        EXPECT_EQ(error.code(), 0);
        EXPECT_EQ(error.message(), "HTTP 404");
    }
}

TEST_F(rest_client_test, a_limit_is_waited_out) {
    const auto far = peer({answer(429, R"({"message":"x","retry_after":0.02,"global":false})",
                                  "Retry-After: 1\r\nX-RateLimit-Scope: user\r\n"),
                           answer(200, "{}")});
    const auto before = std::chrono::steady_clock::now();
    EXPECT_EQ(call({.method = http_method::post, .path = "/channels/1/messages"}).status, 200);
    const auto took = std::chrono::steady_clock::now() - before;
    EXPECT_GE(took, 20ms);
    EXPECT_LT(took, 1s);
    EXPECT_EQ(client_.counters().limited, 1);
    EXPECT_EQ(client_.counters().repeated, 1);
    EXPECT_EQ(client_.counters().sent, 2);
}

TEST_F(rest_client_test, a_limit_longer_than_the_deadline_fails_at_once) {
    peer({answer(429, R"({"message":"x","retry_after":600,"global":false})")});
    const auto first = failure<rate_limited>({.path = "/channels/1"});
    EXPECT_GT(first.retry_after(), 590s);
    EXPECT_STREQ(first.what(),
                 "GET /channels/{id}: rate limit lasts longer than this may take, retry after 600 s");
    failure<rate_limited>({.path = "/channels/1"});
    EXPECT_EQ(client_.counters().sent, 1);
    EXPECT_EQ(client_.counters().refused, 2);
}

TEST_F(rest_client_test, a_renaming_limit_does_not_stop_other_changes_of_the_channel) {
    const auto limits = "X-RateLimit-Bucket: b\r\nX-RateLimit-Limit: 5\r\nX-RateLimit-Remaining: 3\r\n"
                        "X-RateLimit-Reset: 1000.5\r\nX-RateLimit-Reset-After: 15\r\n";
    peer({answer(429, R"({"message":"x","retry_after":500,"global":false})", limits),
          answer(200, R"({"id":"1","type":2})", limits)});
    EXPECT_THROW(run(modify_channel(client_, channel_id(1), {.name = "n"})), rate_limited);
    EXPECT_EQ(run(modify_channel(client_, channel_id(1), {.bitrate = 64000})).id, channel_id(1));
    EXPECT_THROW(run(modify_channel(client_, channel_id(1), {.name = "n"})), rate_limited);
}

TEST_F(rest_client_test, too_many_429s_in_a_row_end_the_attempts) {
    const auto again = answer(429, R"({"message":"x","retry_after":0.001,"global":false})");
    peer({again, again, again, again, answer(200, "{}")});
    EXPECT_EQ(failure<rate_limited>({.path = "/x"}).retry_after(), 1ms);
    EXPECT_EQ(client_.counters().sent, 4);
}

struct repetition {
    http_method method;
    std::optional<bool> repeatable;
    bool expected;
};

class repetition_test : public rest_client_test, public testing::WithParamInterface<repetition> {};

TEST_P(repetition_test, a_server_error_is_repeated_only_where_it_is_safe) {
    peer({answer(502, "<html>"), answer(200, "{}")});
    const rest_request request{
        .method = GetParam().method, .path = "/x", .repeatable = GetParam().repeatable};
    if (GetParam().expected)
        EXPECT_EQ(call(request).status, 200);
    else
        EXPECT_EQ(failure<rest_error>(request).status(), 502);
}

TEST_P(repetition_test, a_connection_broken_before_the_answer_is_repeated_only_where_it_is_safe) {
    peer({}, fake_peer::ending::broken);
    peer({answer(200, "{}")});
    const rest_request request{
        .method = GetParam().method, .path = "/x", .repeatable = GetParam().repeatable};
    if (GetParam().expected)
        EXPECT_EQ(call(request).status, 200);
    else
        EXPECT_THROW(call(request), net::network_error);
    EXPECT_EQ(connected_, GetParam().expected ? 2 : 1);
}

TEST_P(repetition_test, what_was_never_sent_is_always_repeated) {
    peer({})->deaf = true;
    peer({answer(200, "{}")});
    EXPECT_EQ(call({.method = GetParam().method, .path = "/x", .repeatable = GetParam().repeatable}).status,
              200);
}

INSTANTIATE_TEST_SUITE_P(
    methods, repetition_test,
    testing::Values(repetition{http_method::get, {}, true}, repetition{http_method::put, {}, true},
                    repetition{http_method::del, {}, true}, repetition{http_method::post, {}, false},
                    repetition{http_method::patch, {}, false}, repetition{http_method::post, true, true},
                    repetition{http_method::patch, true, true}, repetition{http_method::put, false, false}));

TEST_F(rest_client_test, repetitions_have_an_end) {
    peer({answer(500, ""), answer(500, ""), answer(500, ""), answer(500, ""), answer(200, "{}")});
    EXPECT_EQ(failure<rest_error>({.path = "/x"}).status(), 500);
    EXPECT_EQ(client_.counters().sent, 4);
    EXPECT_EQ(client_.counters().failed, 1);
}

TEST_F(rest_client_test, not_being_able_to_connect_ends_too) {
    EXPECT_STREQ(failure<net::network_error>({.path = "/x"}).what(), "discord.com:443: connect: refused");
    EXPECT_EQ(client_.counters().sent, 4);
}

constexpr auto one_message = R"({"id":"5","channel_id":"1","author":{"id":"2","username":"u"},"content":"",
    "timestamp":"2026-01-01T00:00:00+00:00"})";

TEST_F(rest_client_test, a_message_is_repeated_only_with_a_nonce) {
    peer({}, fake_peer::ending::end);
    const auto second = peer({answer(200, one_message)});
    const auto sent = run(create_message(client_, channel_id(1), {.content = "x", .nonce = "n1"}));
    EXPECT_EQ(sent.id, message_id(5));
    EXPECT_THAT(second->heard, HasSubstr("\"nonce\":\"n1\",\"enforce_nonce\":true"));

    second->after = fake_peer::ending::end;
    EXPECT_THROW(run(create_message(client_, channel_id(1), {.content = "x"})), net::network_error);
}

TEST_F(rest_client_test, who_counts_deletions_has_each_sent_once) {
    const auto only = peer({answer(502, "{}"), answer(204, "")});
    EXPECT_THROW(run(delete_message_once(client_, channel_id(1), message_id(5), "tidy", {})), rest_error);
    EXPECT_EQ(client_.counters().sent, 1U);
    run(delete_message_once(client_, channel_id(1), message_id(5), "tidy", {}));
    EXPECT_THAT(only->heard, HasSubstr("DELETE /api/v10/channels/1/messages/5 HTTP/1.1"));
    EXPECT_THAT(only->heard, HasSubstr("X-Audit-Log-Reason: tidy"));
}

TEST_F(rest_client_test, a_pace_of_its_own_replaces_the_default_limit) {
    // The default of 15 s would wait the 10 s out.
    peer({answer(429, R"({"message":"m","retry_after":10,"global":false})", "Retry-After: 10\r\n")});
    EXPECT_THROW(run(get_messages(client_, channel_id(1), 100, {}, {.limit = 5s})), rate_limited);
}

TEST_F(rest_client_test, a_refused_token_stops_everything_and_shows_nowhere) {
    peer({answer(401, R"({"code":0,"message":"401: Unauthorized"})"), answer(204, "")});
    const auto first = failure<rest_error>({.path = "/users/@me"});
    EXPECT_EQ(first.status(), 401);
    const auto second = failure<rest_error>({.path = "/users/@me"});
    EXPECT_STREQ(second.what(), "GET /users/@me: 401: Discord refused the token, nothing more is sent");
    EXPECT_EQ(client_.counters().sent, 1);
    EXPECT_THAT(std::string(first.what()) + second.what(), Not(HasSubstr(token)));
}

TEST_F(rest_client_test, a_malformed_answer_has_the_path_and_the_connection_goes_on) {
    peer({answer(200, R"({"id":"5","channel_id":"x"})"), answer(200, "{\"id\":"), answer(200, one_message)});
    try {
        run(get_message(client_, channel_id(1), message_id(5)));
        FAIL() << "parsed";
    } catch (const malformed_answer& error) {
        EXPECT_THAT(error.what(),
                    StartsWith("GET /channels/{id}/messages/{id}: malformed answer: channel_id: "));
    }
    EXPECT_THROW(run(get_message(client_, channel_id(1), message_id(5))), malformed_answer);
    EXPECT_EQ(run(get_message(client_, channel_id(1), message_id(5))).id, message_id(5));
    EXPECT_EQ(connected_, 1);
}

TEST_F(rest_client_test, silence_meets_the_deadline_and_the_connection_is_dropped) {
    const auto silent = peer({});
    peer({answer(200, "{}")});
    EXPECT_THROW(call({.path = "/x", .limit = 20ms}), deadline_exceeded);
    EXPECT_TRUE(silent->closed);
    EXPECT_EQ(call({.path = "/x"}).status, 200);
}

// On an unknown route only one request is on its way; who waits behind it and gives up must not be sent
// later.
TEST_F(rest_client_test, a_call_that_gives_up_waiting_is_never_sent) {
    const auto far = peer({});
    int over = 0;
    const auto start = [&](const char* path, std::chrono::milliseconds patience) {
        asio::co_spawn(io_, with_deadline("test", patience, client_.call({.path = path})),
                       [&](const std::exception_ptr&, const rest_response&) { ++over; });
    };
    start("/x?first", 60ms);
    start("/x?second", 5ms);
    while (over < 2)
        io_.run_one();
    EXPECT_THAT(far->heard, HasSubstr("/x?first"));
    EXPECT_EQ(client_.counters().sent, 1);
}

TEST_F(rest_client_test, the_limit_counts_from_when_a_call_is_sent) {
    const auto far = peer({answer(200, "{}"), answer(200, "{}"), answer(200, "{}")});
    auto slow = options();
    slow.requests_per_second = 2;
    rest_client client(io_.get_executor(), tasks_, connector_, slow);
    int over = 0;
    for (const auto* path : {"/a", "/b", "/c"}) {
        asio::co_spawn(io_, client.call({.path = path, .limit = 100ms}),
                       [&](const std::exception_ptr& failure, const rest_response&) {
                           EXPECT_FALSE(failure);
                           ++over;
                       });
    }
    // The third one's turn comes after a second.
    while (over < 3)
        io_.run_one();
    EXPECT_EQ(client.counters().sent, 3);
    EXPECT_EQ(client.counters().failed, 0);
}

TEST_F(rest_client_test, patience_has_an_end) {
    peer({answer(200, "{}")});
    auto hasty = options();
    hasty.requests_per_second = 1;
    hasty.patience = 5ms;
    rest_client client(io_.get_executor(), tasks_, connector_, hasty);
    run(client.call({.path = "/a"}));
    EXPECT_THROW(run(client.call({.path = "/b", .limit = 5ms})), rate_limited);
    EXPECT_EQ(client.counters().sent, 1);
}

TEST_F(rest_client_test, what_is_no_longer_wanted_when_its_turn_comes_is_not_sent) {
    const auto far = peer({answer(204, "")});
    bool wanted = false;
    const auto ask = [&wanted] { return wanted; };
    EXPECT_THROW(run(delete_channel(client_, channel_id(1), {}, {.still_wanted = ask})), not_wanted);
    EXPECT_EQ(client_.counters().sent, 0);
    wanted = true;
    run(delete_channel(client_, channel_id(1), {}, {.still_wanted = ask}));
    EXPECT_THAT(far->heard, StartsWith("DELETE /api/v10/channels/1 "));
}

TEST_F(rest_client_test, options_that_cannot_work_are_refused) {
    auto bad_url = options();
    bad_url.base_url = "discord.com";
    EXPECT_THROW(rest_client(io_.get_executor(), tasks_, connector_, bad_url), std::invalid_argument);
    auto bad_agent = options();
    bad_agent.user_agent = "curl";
    EXPECT_THROW(rest_client(io_.get_executor(), tasks_, connector_, bad_agent), std::invalid_argument);
}

struct routed {
    http_method method;
    const char* path;
    const char* name;
    const char* major;
};

class route_test : public testing::TestWithParam<routed> {};

TEST_P(route_test, has_neither_ids_nor_tokens_in_its_name) {
    const auto route = route_of(GetParam().method, GetParam().path);
    EXPECT_EQ(route.name, GetParam().name);
    EXPECT_EQ(route.major, GetParam().major);
}

INSTANTIATE_TEST_SUITE_P(routes, route_test,
                         testing::Values(routed{http_method::get, "/gateway/bot", "GET /gateway/bot", ""},
                                         routed{http_method::del, "/channels/1/messages/2",
                                                "DELETE /channels/{id}/messages/{id}", "1"},
                                         routed{http_method::get, "/channels/1/messages?limit=5",
                                                "GET /channels/{id}/messages", "1"},
                                         routed{http_method::put, "/guilds/1/members/2/roles/3",
                                                "PUT /guilds/{id}/members/{id}/roles/{id}", "1"},
                                         routed{http_method::get, "/users/@me", "GET /users/@me", ""},
                                         routed{http_method::get, "/users/5", "GET /users/{id}", ""},
                                         routed{http_method::put, "/applications/9/guilds/1/commands",
                                                "PUT /applications/{id}/guilds/{id}/commands", ""},
                                         routed{http_method::post, "/interactions/1/tok/callback",
                                                "POST /interactions/{id}/{token}/callback", "1/tok"},
                                         routed{http_method::patch, "/webhooks/1/tok/messages/@original",
                                                "PATCH /webhooks/{id}/{token}/messages/@original", "1/tok"}));

} // namespace vagrolant::discord
