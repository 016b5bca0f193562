#include "discord/net/http.hpp"
#include "discord/tests/net_fake_stream.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <stdexcept>

namespace vagrolant::discord::net {

class http_test : public testing::Test {
protected:
    /// Runs the loop until it is out of work.
    template <class T>
    T run(awaitable<T> work) {
        std::optional<T> result;
        std::exception_ptr failed;
        asio::co_spawn(io_, std::move(work), [&](std::exception_ptr failure, T value) {
            failed = failure;
            if (!failure)
                result = std::move(value);
        });
        io_.run();
        io_.restart();
        if (failed)
            std::rethrow_exception(failed);
        return std::move(*result);
    }

    std::unique_ptr<http_connection> connection_to(std::shared_ptr<fake_peer> peer) {
        return std::make_unique<http_connection>(
            std::make_unique<fake_stream>(io_.get_executor(), std::move(peer)));
    }

    static std::shared_ptr<fake_peer> saying(std::deque<std::string> pieces,
                                             fake_peer::ending after = fake_peer::ending::end) {
        auto peer = std::make_shared<fake_peer>();
        peer->says = std::move(pieces);
        peer->after = after;
        return peer;
    }

    http_response get(const std::shared_ptr<fake_peer>& peer) {
        const auto connection = connection_to(peer);
        return run(connection->exchange({.method = "GET", .host = "h", .target = "/x"}));
    }

    std::string failure(const std::shared_ptr<fake_peer>& peer) {
        try {
            get(peer);
        } catch (const network_error& error) {
            return error.what();
        }
        return "no failure";
    }

    asio::io_context io_{1};
};

constexpr std::string_view plain = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Twice: "
                                   "a\r\nContent-Length: 11\r\n\r\n{\"a\":\"bcd\"}";
constexpr std::string_view chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                     "4\r\n{\"a\"\r\n7;x=y\r\n:\"bcd\"}\r\n0\r\nTrailer: t\r\n\r\n";
constexpr std::string_view interim =
    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"a\":\"bcd\"}";

class complete_answer : public http_test, public testing::WithParamInterface<std::string_view> {};

TEST_P(complete_answer, reads_the_same_wherever_it_is_split) {
    const std::string text(GetParam());
    for (std::size_t at = 1; at < text.size(); ++at) {
        const auto peer = saying({text.substr(0, at), text.substr(at)}, fake_peer::ending::silence);
        const auto response = get(peer);
        ASSERT_EQ(response.status, 200) << at;
        ASSERT_EQ(response.body, "{\"a\":\"bcd\"}") << at;
    }
}

TEST_P(complete_answer, fails_wherever_the_connection_breaks) {
    const std::string text(GetParam());
    for (const auto how : {fake_peer::ending::end, fake_peer::ending::broken}) {
        for (std::size_t at = 0; at < text.size(); ++at) {
            const auto peer = at == 0 ? saying({}, how) : saying({text.substr(0, at)}, how);
            ASSERT_NE(failure(peer), "no failure") << at;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(answers, complete_answer, testing::Values(plain, chunked, interim));

TEST_F(http_test, the_request_is_written_as_it_should_be) {
    EXPECT_EQ(
        serialize(
            {.method = "POST", .host = "h:1", .target = "/a?b", .headers = {{"X-One", "1"}}, .body = "{}"}),
        "POST /a?b HTTP/1.1\r\nHost: h:1\r\nX-One: 1\r\nContent-Length: 2\r\n\r\n{}");
    EXPECT_EQ(serialize({.method = "GET", .host = "h", .target = "/"}), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(serialize({.method = "PUT", .host = "h", .target = "/"}),
              "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(http_test, nothing_can_be_smuggled_into_the_head) {
    EXPECT_THROW(serialize({.method = "GET", .host = "h", .target = "/ HTTP/1.1\r\nX: y"}),
                 std::invalid_argument);
    EXPECT_THROW(serialize({.method = "GET", .host = "h", .target = "/a b"}), std::invalid_argument);
    EXPECT_THROW(serialize({.method = "GET", .host = "h", .target = "/", .headers = {{"X", "a\nb"}}}),
                 std::invalid_argument);
}

TEST_F(http_test, header_names_are_found_in_lower_case) {
    const auto response = get(saying({std::string(plain)}));
    EXPECT_EQ(response.header("content-type"), "application/json");
    EXPECT_EQ(response.header("absent"), std::nullopt);
}

TEST_F(http_test, a_body_without_length_ends_with_the_connection_which_is_not_kept) {
    const auto connection = connection_to(saying({"HTTP/1.1 200 OK\r\n\r\n", "abc", "def"}));
    const auto response = run(connection->exchange({.method = "GET", .host = "h", .target = "/"}));
    EXPECT_EQ(response.body, "abcdef");
    EXPECT_FALSE(connection->reusable());
}

TEST_F(http_test, an_answer_without_body_keeps_the_connection) {
    const auto connection = connection_to(saying({"HTTP/1.1 204 No Content\r\n\r\n", std::string(plain)}));
    EXPECT_EQ(run(connection->exchange({.method = "DELETE", .host = "h", .target = "/"})).status, 204);
    EXPECT_TRUE(connection->reusable());
    EXPECT_EQ(run(connection->exchange({.method = "GET", .host = "h", .target = "/"})).status, 200);
}

TEST_F(http_test, connection_close_and_unasked_bytes_end_the_connection) {
    const auto closing =
        connection_to(saying({"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"}));
    run(closing->exchange({.method = "GET", .host = "h", .target = "/"}));
    EXPECT_FALSE(closing->reusable());

    const auto talkative =
        connection_to(saying({"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 408"}));
    run(talkative->exchange({.method = "GET", .host = "h", .target = "/"}));
    EXPECT_FALSE(talkative->reusable());
}

TEST_F(http_test, what_is_no_http_or_too_large_is_refused) {
    EXPECT_EQ(failure(saying({"SSH-2.0-OpenSSH\r\n\r\n"})), "HTTP answer: bad version");
    EXPECT_EQ(failure(saying({"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"})),
              "HTTP answer: body limit exceeded");
    EXPECT_EQ(failure(saying({"HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n"})),
              "HTTP answer: header limit exceeded");
    EXPECT_EQ(failure(saying({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"})),
              "HTTP answer: bad chunk");
    EXPECT_EQ(failure(saying({"HTTP/1.1 101 Switching Protocols\r\n\r\n"})),
              "HTTP answer: protocol switched without being asked");
}

// Beast bounds the head and the body, but would wait for the end of a chunk's extension for ever.
TEST_F(http_test, an_endless_chunk_header_is_refused) {
    const auto peer = saying({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x="});
    for (int i = 0; i < 10; ++i)
        peer->says.emplace_back(16 * 1024, 'x');
    EXPECT_EQ(failure(peer), "HTTP answer: header limit exceeded");
    EXPECT_FALSE(peer->says.empty());
}

class pool_test : public http_test {
protected:
    std::shared_ptr<fake_peer> next_peer(std::deque<std::string> pieces,
                                         fake_peer::ending after = fake_peer::ending::silence) {
        peers_.push_back(saying(std::move(pieces), after));
        return peers_.back();
    }

    http_pool::connector connector() {
        return [this]() -> awaitable<std::unique_ptr<stream>> {
            if (connected_ >= peers_.size())
                throw network_error("fake: connect: refused");
            auto peer = peers_[connected_];
            ++connected_;
            co_return std::make_unique<fake_stream>(io_.get_executor(), std::move(peer));
        };
    }

    http_response post(http_pool& pool, bool repeatable = false) {
        return run(pool.exchange({.method = "POST", .host = "h", .target = "/"}, repeatable));
    }

    std::vector<std::shared_ptr<fake_peer>> peers_;
    std::size_t connected_ = 0;
};

TEST_F(pool_test, a_connection_is_kept_and_used_again) {
    http_pool pool(io_.get_executor(), connector(), {});
    next_peer({std::string(plain), std::string(plain)});
    post(pool);
    EXPECT_EQ(pool.open(), 1);
    post(pool);
    EXPECT_EQ(connected_, 1);
}

TEST_F(pool_test, a_kept_connection_that_was_closed_meanwhile_is_not_used) {
    http_pool pool(io_.get_executor(), connector(), {});
    const auto first = next_peer({std::string(plain)});
    const auto second = next_peer({std::string(plain)});
    post(pool);
    first->open = false;
    first->heard.clear();
    post(pool);
    EXPECT_EQ(first->heard, "");
    EXPECT_TRUE(first->closed);
    EXPECT_NE(second->heard, "");
}

TEST_F(pool_test, a_request_that_did_not_leave_goes_on_a_new_connection) {
    http_pool pool(io_.get_executor(), connector(), {});
    const auto first = next_peer({std::string(plain)});
    next_peer({std::string(plain)});
    post(pool);
    first->deaf = true;
    EXPECT_EQ(post(pool).status, 200);
    EXPECT_EQ(connected_, 2);
}

TEST_F(pool_test, a_kept_connection_that_dies_before_the_answer_repeats_only_what_may_be) {
    http_pool pool(io_.get_executor(), connector(), {});
    const auto first = next_peer({std::string(plain)}, fake_peer::ending::end);
    const auto second = next_peer({std::string(plain)}, fake_peer::ending::end);
    next_peer({std::string(plain)});
    post(pool);
    EXPECT_EQ(post(pool, true).status, 200);
    EXPECT_EQ(connected_, 2);
    EXPECT_THROW(post(pool, false), network_error);
    EXPECT_EQ(connected_, 2);
}

TEST_F(pool_test, a_broken_answer_is_never_repeated_here) {
    http_pool pool(io_.get_executor(), connector(), {});
    next_peer({std::string(plain), "HTTP/1.1 2"}, fake_peer::ending::end);
    next_peer({std::string(plain)});
    post(pool);
    EXPECT_THROW(post(pool, true), network_error);
    EXPECT_EQ(connected_, 1);
}

TEST_F(pool_test, failing_to_connect_is_known_as_not_sent) {
    http_pool pool(io_.get_executor(), connector(), {});
    EXPECT_THROW(post(pool), not_sent);
    next_peer({})->deaf = true;
    EXPECT_THROW(post(pool), not_sent);
    EXPECT_EQ(pool.open(), 0);
}

TEST_F(pool_test, exchanges_wait_when_all_connections_are_used) {
    http_pool pool(io_.get_executor(), connector(), {.max_connections = 1});
    next_peer({std::string(plain), std::string(plain), std::string(plain)});
    int answers = 0;
    for (int i = 0; i < 3; ++i) {
        asio::co_spawn(io_, pool.exchange({.method = "GET", .host = "h", .target = "/"}, true),
                       [&](std::exception_ptr failure, const http_response&) { answers += failure ? 0 : 1; });
    }
    io_.run();
    EXPECT_EQ(answers, 3);
    EXPECT_EQ(connected_, 1);
}

// Requests that hang until their deadline must not keep the answer to an interaction from its 3 s.
TEST_F(pool_test, urgent_exchanges_do_not_wait_for_others) {
    http_pool pool(io_.get_executor(), connector(), {.max_connections = 1, .urgent_connections = 1});
    next_peer({});
    next_peer({std::string(plain), std::string(plain)});
    const auto exchange = [&](bool urgent) {
        return pool.exchange({.method = "GET", .host = "h", .target = "/"}, true, urgent);
    };
    asio::cancellation_signal stop;
    asio::co_spawn(
        io_, exchange(false),
        asio::bind_cancellation_slot(stop.slot(), [](std::exception_ptr, const http_response&) {}));
    int answers = 0;
    for (int i = 0; i < 2; ++i) {
        asio::co_spawn(io_, exchange(true),
                       [&](std::exception_ptr failure, const http_response&) { answers += failure ? 0 : 1; });
    }
    io_.poll();
    EXPECT_EQ(answers, 2);
    EXPECT_EQ(connected_, 2);
    stop.emit(asio::cancellation_type::terminal);
    io_.restart();
    io_.run();
}

TEST_F(pool_test, unused_connections_are_closed_in_time) {
    http_pool pool(io_.get_executor(), connector(), {.idle_limit = std::chrono::seconds(50)});
    const auto peer = next_peer({std::string(plain)});
    post(pool);
    pool.close_idle(std::chrono::steady_clock::now() + std::chrono::seconds(49));
    EXPECT_FALSE(peer->closed);
    pool.close_idle(std::chrono::steady_clock::now() + std::chrono::seconds(51));
    EXPECT_TRUE(peer->closed);
    EXPECT_EQ(pool.open(), 0);
}

} // namespace vagrolant::discord::net
