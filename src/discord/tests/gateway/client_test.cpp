#include "async/deadline.hpp"
#include "discord/gateway/client.hpp"
#include "discord/tests/gateway/scripted_gateway.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace vagrolant::discord::gateway {

using namespace std::chrono_literals;

namespace {

constexpr auto hello = R"({"t":null,"s":null,"op":10,"d":{"heartbeat_interval":30000}})";

std::string ready(const std::string& resume_url) {
    return R"({"t":"READY","s":1,"op":0,"d":{"v":10,"guilds":[{"id":"1","unavailable":true}],)"
           R"("session_id":"the-session","resume_gateway_url":")" +
           resume_url + R"("}})";
}

std::string event(int sequence, std::string_view name = "MESSAGE_CREATE",
                  std::string_view data = R"({"id":"5"})") {
    return R"({"t":")" + std::string(name) + R"(","s":)" + std::to_string(sequence) + R"(,"op":0,"d":)" +
           std::string(data) + "}";
}

class recording_sink final : public event_sink {
public:
    bool wants(std::string_view name) const override {
        if (name == bug)
            throw std::logic_error("nobody foresaw this");
        return name != "TYPING_START";
    }
    void on_dispatch(dispatch in) override {
        events.emplace_back(in.name, in.sequence);
        if (in.name == "MESSAGE_CREATE")
            in.data["id"].id<message_id>();
        if (on_event)
            on_event(in.name);
    }

    std::vector<std::pair<std::string, std::uint64_t>> events;
    std::function<void(std::string_view)> on_event;
    std::string bug = "none";
};

} // namespace

class gateway_client_test : public testing::Test {
protected:
    using script = scripted_gateway::script;

    gateway_client& start(std::vector<script> scripts, std::vector<resume_point> points = {},
                          compression how = compression::none) {
        server_ = std::make_unique<scripted_gateway>(tasks_, std::move(scripts));
        for (auto& point : points) {
            // The same place by another scheme and path, if the test names one.
            point.url = point.url.empty() ? server_->url() : point.url + server_->url().substr(2) + "/other";
        }
        gateway_options options{.token = "the-token",
                                .intents = intent::guilds | intent::guild_members,
                                .url = server_->url(),
                                .shard_count = shards_.count,
                                .shards = shards_.own,
                                .start_limit = {.max_concurrency = shards_.concurrency},
                                .resume_points = std::move(points),
                                .compression = how};
        client_ = std::make_unique<gateway_client>(io_.get_executor(), trust_, sink_, options);
        return *client_;
    }

    /// Runs the client to its end; what its `run` threw, if it did.
    std::string run() {
        std::string failure;
        asio::co_spawn(io_, with_deadline("the test", 20s, client_->run()), [&](std::exception_ptr error) {
            try {
                if (error)
                    std::rethrow_exception(error);
            } catch (const std::exception& what) {
                failure = what.what();
            }
            tasks_.stop(asio::cancellation_type::terminal);
        });
        io_.run();
        return failure;
    }

    /// Hello, identify, READY.
    awaitable<void> begin(server_connection& peer) {
        co_await peer.send(hello);
        const auto identify = co_await peer.receive_other();
        EXPECT_TRUE(identify.payload.contains(R"("op":2)")) << identify.payload;
        EXPECT_TRUE(identify.payload.contains(R"("token":"the-token","intents":3)")) << identify.payload;
        EXPECT_TRUE(identify.payload.contains(R"("shard":[0,1])")) << identify.payload;
        co_await peer.send(ready(server_->url()));
    }

    /// Hello, resume with this sequence, RESUMED.
    static awaitable<void> take_up(server_connection& peer, int sequence, int resumed_sequence) {
        co_await peer.send(hello);
        const auto resume = co_await peer.receive_other();
        EXPECT_EQ(resume.payload, R"({"op":6,"d":{"token":"the-token","session_id":"the-session","seq":)" +
                                      std::to_string(sequence) + "}}");
        co_await peer.send(event(resumed_sequence, "RESUMED", R"({"_trace":[]})"));
    }

    /// The client's close frame, answered as a server does.
    static awaitable<void> expect_close(server_connection& peer, unsigned code) {
        const auto close = co_await peer.receive_other();
        EXPECT_EQ(close.close_code(), code);
        co_await peer.close(static_cast<std::uint16_t>(code));
    }

    struct {
        std::uint32_t count = 1;
        std::vector<std::uint32_t> own;
        std::uint32_t concurrency = 1;
    } shards_;
    asio::io_context io_{1};
    task_group tasks_{io_.get_executor()};
    net::tls_trust trust_;
    recording_sink sink_;
    std::unique_ptr<scripted_gateway> server_;
    std::unique_ptr<gateway_client> client_;
};

TEST_F(gateway_client_test, delivers_in_order_and_closes_resumably) {
    auto& client = start({[this](server_connection& peer) -> awaitable<void> {
        EXPECT_EQ(peer.request(), "GET /gateway?v=10&encoding=json HTTP/1.1");
        co_await begin(peer);
        co_await peer.send(event(2));
        co_await peer.send(event(3, "TYPING_START"));
        co_await peer.send("are you there", 0x89);
        const auto pong = co_await peer.receive_other();
        EXPECT_EQ(pong.opcode, 10U);
        EXPECT_EQ(pong.payload, "are you there");
        co_await peer.send(R"({"t":"GUILD_)", 0x01);
        co_await peer.send(R"(CREATE","s":4,"op":0,"d":{}})", 0x80);
        co_await expect_close(peer, session::resumable_close);
    }});
    sink_.on_event = [&](std::string_view name) {
        if (name == "GUILD_CREATE")
            client.close(true);
    };
    EXPECT_EQ(run(), "");
    EXPECT_EQ(sink_.events, (std::vector<std::pair<std::string, std::uint64_t>>{
                                {"READY", 1}, {"MESSAGE_CREATE", 2}, {"GUILD_CREATE", 4}}));
    EXPECT_EQ(client.resume_points(), (std::vector<resume_point>{{0, 1, "the-session", 4, server_->url()}}));
}

TEST_F(gateway_client_test, runs_the_shards_of_this_process_alone) {
    // Of the five, guild 1 << 22 belongs to shard 1 and guild 2 << 22 to shard 2.
    constexpr guild_id of_one(1ULL << 22U);
    constexpr guild_id of_two(2ULL << 22U);
    shards_ = {.count = 5, .own = {2, 4}, .concurrency = 5};
    std::vector<std::string> identified;
    const auto script = [&](server_connection& peer) -> awaitable<void> {
        co_await peer.send(hello);
        const auto identify = co_await peer.receive_other();
        const auto at = identify.payload.find(R"("shard":)");
        identified.push_back(identify.payload.substr(at, identify.payload.find(']', at) + 1 - at));
        co_await peer.send(ready(server_->url()));
        if (identify.payload.contains("[2,5]")) {
            const auto request = co_await peer.receive_other();
            EXPECT_THAT(request.payload, testing::HasSubstr(of_two.to_string()));
        }
        co_await expect_close(peer, session::resumable_close);
    };
    auto& client = start({script, script});
    EXPECT_EQ(client.shards(), (std::vector<std::uint32_t>{2, 4}));
    EXPECT_EQ(client.shard_count(), 5U);
    EXPECT_EQ(client.shard_of(of_one), 1U);
    EXPECT_EQ(client.send(request_guild_members{.guild = of_one}), send_result::no_such_shard);
    EXPECT_EQ(client.send(request_guild_members{.guild = of_two}), send_result::queued);
    sink_.on_event = [&](std::string_view) {
        if (client.ready())
            client.close(true);
    };
    EXPECT_EQ(run(), "");
    EXPECT_THAT(identified, testing::UnorderedElementsAre(R"("shard":[2,5])", R"("shard":[4,5])"));
    EXPECT_TRUE(client.latency(2));
    EXPECT_TRUE(client.latency(4));
    EXPECT_FALSE(client.latency(0));
    const auto points = client.resume_points();
    ASSERT_EQ(points.size(), 2U);
    EXPECT_EQ(points[0].shard, 2U);
    EXPECT_EQ(points[1].shard, 4U);
}

TEST_F(gateway_client_test, a_guild_waits_for_its_own_shard_alone) {
    shards_ = {.count = 3, .own = {0, 1}, .concurrency = 2};
    const auto script = [&](server_connection& peer) -> awaitable<void> {
        co_await peer.send(hello);
        const auto identify = co_await peer.receive_other();
        // The other one is never answered.
        if (identify.payload.contains("[0,3]"))
            co_await peer.send(ready(server_->url()));
        co_await expect_close(peer, session::resumable_close);
    };
    auto& client = start({script, script});
    sink_.on_event = [&](std::string_view) {
        EXPECT_FALSE(client.ready());
        EXPECT_TRUE(client.ready(guild_id(3ULL << 22U)));
        EXPECT_FALSE(client.ready(guild_id(1ULL << 22U)));
        EXPECT_FALSE(client.ready(guild_id(2ULL << 22U))) << "another process runs that one";
        client.close(true);
    };
    EXPECT_EQ(run(), "");
    EXPECT_EQ(sink_.events.size(), 1U);
}

TEST_F(gateway_client_test, closing_for_good_says_1000_and_keeps_nothing) {
    auto& client = start({[this](server_connection& peer) -> awaitable<void> {
        co_await begin(peer);
        co_await expect_close(peer, 1000);
    }});
    sink_.on_event = [&](std::string_view) { client.close(false); };
    EXPECT_EQ(run(), "");
    EXPECT_TRUE(client.resume_points().empty());
}

TEST_F(gateway_client_test, takes_up_the_session_after_a_dropped_connection) {
    auto& client = start({[this](server_connection& peer) -> awaitable<void> {
                              co_await begin(peer);
                              co_await peer.send(event(2));
                              peer.cut();
                          },
                          [](server_connection& peer) -> awaitable<void> {
                              co_await take_up(peer, 2, 3);
                              co_await expect_close(peer, session::resumable_close);
                          }});
    sink_.on_event = [&](std::string_view name) {
        if (name == "RESUMED")
            client.close(true);
    };
    EXPECT_EQ(run(), "");
    EXPECT_EQ(sink_.events.back(), (std::pair<std::string, std::uint64_t>{"RESUMED", 3}));
}

TEST_F(gateway_client_test, takes_up_the_session_of_the_process_before) {
    auto& client = start({[](server_connection& peer) -> awaitable<void> {
                             co_await take_up(peer, 41, 42);
                             co_await expect_close(peer, session::resumable_close);
                         }},
                         {{0, 1, "the-session", 41, ""}});
    sink_.on_event = [&](std::string_view) { client.close(true); };
    EXPECT_EQ(run(), "");
    EXPECT_EQ(client.resume_points().at(0).sequence, 42U);
}

TEST_F(gateway_client_test, a_resume_point_of_another_shard_count_is_not_used) {
    auto& client = start({[this](server_connection& peer) -> awaitable<void> {
                             co_await begin(peer);
                             co_await expect_close(peer, session::resumable_close);
                         }},
                         {{0, 2, "the-session", 41, ""}});
    sink_.on_event = [&](std::string_view) { client.close(true); };
    EXPECT_EQ(run(), "");
}

class malformed_message_test : public gateway_client_test, public testing::WithParamInterface<const char*> {};

TEST_P(malformed_message_test, costs_the_connection_not_the_session) {
    auto& client = start({[this](server_connection& peer) -> awaitable<void> {
                              co_await begin(peer);
                              co_await peer.send(GetParam());
                              co_await expect_close(peer, session::resumable_close);
                          },
                          [](server_connection& peer) -> awaitable<void> {
                              co_await take_up(peer, 1, 2);
                              co_await expect_close(peer, session::resumable_close);
                          }});
    sink_.on_event = [&](std::string_view name) {
        if (name == "RESUMED")
            client.close(true);
    };
    EXPECT_EQ(run(), "");
    EXPECT_EQ(server_->connections(), 2U);
}

INSTANTIATE_TEST_SUITE_P(gateway, malformed_message_test,
                         testing::Values("{\"t\":\"MESSAGE_CREATE\",\"s\":3", "[]", "nonsense",
                                         "{\"t\":5,\"op\":0}", "{}", "{\"op\":0,\"d\":{}}",
                                         "{\"op\":\"zero\"}", "\xff\xfe"));

TEST_F(gateway_client_test, a_broken_websocket_frame_is_answered_with_1002_and_the_session_taken_up) {
    auto& client = start({[this](server_connection& peer) -> awaitable<void> {
                              co_await begin(peer);
                              co_await peer.send("x", 0xF3);
                              const auto close = co_await peer.receive_other();
                              EXPECT_EQ(close.close_code(), 1002U);
                          },
                          [](server_connection& peer) -> awaitable<void> {
                              co_await take_up(peer, 1, 2);
                              co_await expect_close(peer, session::resumable_close);
                          }});
    sink_.on_event = [&](std::string_view name) {
        if (name == "RESUMED")
            client.close(true);
    };
    EXPECT_EQ(run(), "");
}

TEST_F(gateway_client_test, an_event_the_sink_does_not_understand_changes_nothing) {
    auto& client = start({[this](server_connection& peer) -> awaitable<void> {
        co_await begin(peer);
        co_await peer.send(event(2, "MESSAGE_CREATE", R"({"id":true})"));
        co_await peer.send(event(3, "MESSAGE_CREATE", "[["));
        co_await peer.send(event(4, "GUILD_CREATE", "{}"));
        co_await expect_close(peer, session::resumable_close);
    }});
    sink_.on_event = [&](std::string_view name) {
        if (name == "GUILD_CREATE")
            client.close(true);
    };
    EXPECT_EQ(run(), "");
    EXPECT_EQ(server_->connections(), 1U);
    EXPECT_EQ(client.resume_points().at(0).sequence, 4U);
}

TEST_F(gateway_client_test, a_fatal_close_ends_the_run_and_says_what_to_change) {
    start({[](server_connection& peer) -> awaitable<void> {
        co_await peer.send(hello);
        co_await peer.receive_other();
        co_await peer.close(4014);
        co_await peer.receive();
    }});
    const auto failure = run();
    EXPECT_TRUE(failure.contains("Server Members Intent")) << failure;
    EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(gateway_client_test, heartbeats_carry_the_sequence_and_their_absence_of_answer_is_noticed) {
    auto& client =
        start({[this](server_connection& peer) -> awaitable<void> {
                   co_await peer.send(R"({"t":null,"s":null,"op":10,"d":{"heartbeat_interval":40}})");
                   co_await peer.receive_other();
                   co_await peer.send(ready(server_->url()));
                   auto beat = co_await peer.receive();
                   while (beat.payload == R"({"op":1,"d":null})")
                       beat = co_await peer.receive();
                   EXPECT_EQ(beat.payload, R"({"op":1,"d":1})");
                   co_await peer.send(R"({"t":null,"s":null,"op":11,"d":null})");
                   // From now on silence.
                   const auto close = co_await peer.receive_other();
                   EXPECT_EQ(close.close_code(), session::resumable_close);
               },
               [](server_connection& peer) -> awaitable<void> {
                   co_await take_up(peer, 1, 2);
                   co_await expect_close(peer, session::resumable_close);
               }});
    sink_.on_event = [&](std::string_view name) {
        if (name == "RESUMED")
            client.close(true);
    };
    EXPECT_EQ(run(), "");
    ASSERT_TRUE(client.latency(0));
    EXPECT_LT(*client.latency(0), 40ms);
    EXPECT_FALSE(client.latency(1));
}

TEST_F(gateway_client_test, heartbeats_keep_time_during_a_flood) {
    auto& client = start({[this](server_connection& peer) -> awaitable<void> {
        co_await peer.send(R"({"t":null,"s":null,"op":10,"d":{"heartbeat_interval":20}})");
        co_await peer.receive_other();
        co_await peer.send(ready(server_->url()));
        int beats = 0;
        int sequence = 1;
        const auto count = [&]() -> awaitable<void> {
            while (beats < 5) {
                const auto frame = co_await peer.receive();
                if (frame.opcode == 0)
                    break;
                ++beats;
            }
        };
        task_group counting(io_.get_executor());
        counting.spawn("count", count());
        // Never a moment without messages until five heartbeats have come through.
        while (beats < 5 && sequence < 1'000'000) {
            std::string many;
            for (int i = 0; i < 50; ++i) {
                const auto text = event(++sequence, "TYPING_START");
                many += '\x81';
                many += static_cast<char>(text.size());
                many += text;
            }
            many += "\x81\x0A{\"op\":11}\n";
            co_await peer.send_raw(std::move(many));
        }
        EXPECT_EQ(beats, 5);
        co_await counting.join();
        client_->close(true);
        for (auto frame = co_await peer.receive(); frame.opcode != 8 && frame.opcode != 0;)
            frame = co_await peer.receive();
        co_await peer.close(session::resumable_close);
    }});
    EXPECT_EQ(run(), "");
    EXPECT_EQ(server_->connections(), 1U);
    EXPECT_GT(client.resume_points().at(0).sequence, 1U);
}

// Several broken messages that come at once are one failure, not one for each step down.
TEST_F(gateway_client_test, what_cannot_be_inflated_costs_one_step_of_compression) {
    auto& client = start({[](server_connection& peer) -> awaitable<void> {
                              EXPECT_TRUE(peer.request().contains("compress=zstd-stream")) << peer.request();
                              co_await peer.send_raw("\x82\x05wrong\x82\x05wrong\x82\x05wrong");
                              co_await expect_close(peer, session::resumable_close);
                          },
                          [](server_connection& peer) -> awaitable<void> {
                              EXPECT_TRUE(peer.request().contains("compress=zlib-stream")) << peer.request();
                              co_await peer.send(hello);
                              co_await peer.receive_other();
                              co_await peer.send(event(1, "READY", R"({"session_id":"s","guilds":[]})"));
                              co_await expect_close(peer, session::resumable_close);
                          }},
                         {}, compression::zstd_stream);
    sink_.on_event = [&](std::string_view) { client.close(true); };
    EXPECT_EQ(run(), "");
}

// A row of the database is no better than READY: an address that is no WebSocket's is not used.
TEST_F(gateway_client_test, a_resume_address_that_is_none_is_not_used) {
    auto& client = start({[](server_connection& peer) -> awaitable<void> {
                             EXPECT_TRUE(peer.request().starts_with("GET /gateway?")) << peer.request();
                             co_await take_up(peer, 41, 42);
                             co_await expect_close(peer, session::resumable_close);
                         }},
                         {{0, 1, "the-session", 41, "http"}});
    sink_.on_event = [&](std::string_view) { client.close(true); };
    EXPECT_EQ(run(), "");
}

TEST_F(gateway_client_test, a_shard_that_fails_as_nobody_foresaw_ends_the_run) {
    start({[this](server_connection& peer) -> awaitable<void> {
        co_await begin(peer);
        co_await peer.send(event(2));
        co_await peer.receive_other();
    }});
    sink_.bug = "MESSAGE_CREATE";
    EXPECT_EQ(run(), "nobody foresaw this");
}

TEST_F(gateway_client_test, commands_wait_until_ready_and_are_bounded) {
    auto& client = start({[this](server_connection& peer) -> awaitable<void> {
        co_await begin(peer);
        const auto first = co_await peer.receive_other();
        EXPECT_EQ(first.payload,
                  R"({"op":4,"d":{"guild_id":"77","channel_id":null,"self_mute":false,"self_deaf":true}})");
        const auto second = co_await peer.receive_other();
        EXPECT_EQ(second.payload, R"({"op":8,"d":{"guild_id":"77","query":"","limit":0,"presences":false,)"
                                  R"("nonce":"n"}})");
        const auto third = co_await peer.receive_other();
        EXPECT_EQ(third.payload, R"({"op":3,"d":{"status":"idle"}})");
        client_->close(true);
        co_await expect_close(peer, session::resumable_close);
    }});
    EXPECT_EQ(client.send(voice_state_update{.guild = guild_id(77), .self_deaf = true}), send_result::queued);
    EXPECT_EQ(client.send(request_guild_members{.guild = guild_id(77), .nonce = "n"}), send_result::queued);
    EXPECT_EQ(client.send_presence({{"status", "idle"}}), send_result::queued);
    EXPECT_EQ(client.send_presence({{"status", std::string(5000, 'x')}}), send_result::too_large);
    EXPECT_EQ(run(), "");
}

TEST_F(gateway_client_test, a_command_too_many_is_refused) {
    auto& client = start({});
    auto last = send_result::queued;
    int taken = 0;
    while (last == send_result::queued && taken < 10'000) {
        last = client.send_presence({{"status", "idle"}});
        ++taken;
    }
    EXPECT_EQ(last, send_result::full);
    tasks_.stop(asio::cancellation_type::terminal);
    io_.run();
}

TEST_F(gateway_client_test, close_while_connecting_ends_at_once) {
    auto& client = start({[this](server_connection& peer) -> awaitable<void> {
        client_->close(true);
        // Whether the client had noticed its connection by then or not: it ends.
        for (auto frame = co_await peer.receive(); frame.opcode != 0; frame = co_await peer.receive())
            co_await peer.close(session::resumable_close);
    }});
    EXPECT_EQ(run(), "");
    EXPECT_TRUE(client.resume_points().empty());
}

TEST_F(gateway_client_test, cancellation_leaves_nothing_running) {
    start({[this](server_connection& peer) -> awaitable<void> {
        co_await begin(peer);
        co_await peer.receive_other();
    }});
    task_group parent(io_.get_executor());
    parent.spawn("client", client_->run());
    sink_.on_event = [&](std::string_view) {
        parent.stop(asio::cancellation_type::terminal);
        tasks_.stop(asio::cancellation_type::terminal);
    };
    io_.run(); // returns only when nothing is left to do
    EXPECT_EQ(parent.size(), 0U);
    EXPECT_EQ(sink_.events.size(), 1U);
}

} // namespace vagrolant::discord::gateway
