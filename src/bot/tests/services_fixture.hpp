#pragma once

#include "bot/services.hpp"
#include "db/migrations.hpp"
#include "db/tests/support.hpp"
#include "discord/events.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

/// For tests of what works with `services`: a real database, and a Discord that is a table of answers.
namespace vagrolant::bot {

/// What Discord says to each request ("GET /channels/1"); it is out of reach while there is nothing in it.
struct discord_answers {
    struct answer {
        int status = 200;
        std::string body;
    };

    std::map<std::string, answer> by_request;
    /// In their order.
    std::vector<std::string> asked;

    std::string respond_to(std::string_view request) {
        const auto target = request.find(' ');
        const auto end = request.find(' ', target + 1);
        auto line = std::string(request.substr(0, end));
        line.erase(target + 1, std::string_view("/api/v10").size());
        asked.push_back(line);
        const auto found = by_request.find(line);
        const auto known = found == by_request.end()
                               ? answer{404, R"({"message": "404: Not Found", "code": 0})"}
                               : found->second;
        return "HTTP/1.1 " + std::to_string(known.status) +
               " X\r\nContent-Type: application/json\r\nContent-Length: " +
               std::to_string(known.body.size()) + "\r\n\r\n" + known.body;
    }
};

class answering_stream final : public discord::net::stream {
public:
    explicit answering_stream(discord_answers& answers)
        : answers_(answers) {}

    awaitable<std::size_t> read_some(std::span<char> into) override {
        const auto size = std::min(pending_.size(), into.size());
        std::memcpy(into.data(), pending_.data(), size);
        pending_.erase(0, size);
        co_return size;
    }
    awaitable<void> write(std::string_view data) override {
        pending_ += answers_.respond_to(data);
        co_return;
    }
    void close() noexcept override {}

private:
    discord_answers& answers_;
    std::string pending_;
};

class services_fixture : public ::testing::Test {
protected:
    void SetUp() override { loop.run(db::migrate(pool)); }

    void TearDown() override {
        for (auto* group : {&tasks, &rest_tasks}) {
            group->stop(asio::cancellation_type::terminal);
            loop.run(group->join());
        }
    }

    /// An event of Discord's.
    void dispatch(std::string_view name, std::string_view data) {
        json::reader reader;
        events.on_dispatch({.name = name, .data = reader.parse(data)});
    }

    /// The bot, user 1, has come online in guilds that have yet to arrive.
    void come_online(std::string_view which) {
        dispatch("READY", R"({"user": {"id": "1", "username": "bot", "discriminator": "0"}, "v": 10,
                              "application": {"id": "1", "flags": 0}, "session_id": "s",
                              "resume_gateway_url": "ws://x", "guilds": )" +
                              std::string(which) + "}");
    }

    db::testing::test_database database;
    db::testing::test_loop loop;
    db::pool pool{loop.executor(), {.url = database.url(), .connections = 1}};
    guild_settings_store guilds{pool, {}};
    config settings{.bot_token = "token"};
    task_group tasks{loop.executor()};
    task_group rest_tasks{loop.executor()};
    discord::net::tls_trust trust;
    discord_answers answers;
    discord::rest_client rest{loop.executor(),
                              rest_tasks,
                              [this]() -> awaitable<std::unique_ptr<discord::net::stream>> {
                                  if (answers.by_request.empty())
                                      throw discord::net::network_error("no network in this test");
                                  co_return std::make_unique<answering_stream>(answers);
                              },
                              {.token = "token",
                               .user_agent = "DiscordBot (https://example.org, 1)",
                               .retry_delay = std::chrono::milliseconds(1)}};
    discord::dispatcher events;
    discord::cache cache{events};
    discord::gateway::gateway_client gateway{
        loop.executor(), trust, events, {.token = "token", .url = "wss://gateway.discord.gg"}};
    services with{.config = settings,
                  .rest = rest,
                  .gateway = gateway,
                  .cache = cache,
                  .database = pool,
                  .settings = guilds,
                  .tasks = tasks,
                  .started_at = std::chrono::steady_clock::now()};
};

} // namespace vagrolant::bot
