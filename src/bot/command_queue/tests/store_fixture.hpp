#pragma once

#include "bot/command_queue/store.hpp"
#include "db/migrations.hpp"
#include "db/tests/support.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

/// Two processes' stores on one table.
namespace vagrolant::bot {

using texts = std::vector<std::string>;

inline constexpr std::chrono::milliseconds lease{30'000};
inline constexpr auto process_a = "aaaaaaaa-0000-4000-8000-000000000000";
inline constexpr auto process_b = "bbbbbbbb-0000-4000-8000-000000000000";

inline const std::vector<lane> lanes{{.name = "moderation", .actions = {"purge", "lock"}},
                                     {.name = "reads", .actions = {"list"}}};

class CommandStoreTest : public testing::Test {
protected:
    void SetUp() override { loop.run(db::migrate(pool)); }

    template <class T>
    T result_of(awaitable<T> work) {
        std::optional<T> result;
        const auto wait = [&]() -> awaitable<void> { result = co_await std::move(work); };
        loop.run(wait());
        return *std::move(result);
    }

    claim_result claim(command_store& by, claim_request what) {
        what.lease = lease;
        return result_of(by.claim(std::move(what)));
    }

    std::vector<claimed_command> claim(command_store& by, std::size_t room = 100) {
        return claim(by, claim_request{.room = room}).commands;
    }

    /// What is claimed, as "guild action".
    texts claimed(command_store& by, claim_request what) {
        texts found;
        for (const auto& row : claim(by, std::move(what)).commands)
            found.push_back(row.request.guild_id + " " + row.request.action);
        return found;
    }

    texts claimed(command_store& by) { return claimed(by, {.room = 100}); }

    texts finish(command_store& by, const claimed_command& which,
                 const std::string& result = R"({"ok":true})", bool durable = true) {
        return result_of(by.finish({{{which.request.id, which.request.attempts}, result}}, durable));
    }

    renewal renew(command_store& by, const std::vector<claimed_command>& rows) {
        std::vector<command_claim> claims;
        for (const auto& row : rows)
            claims.push_back({row.request.id, row.request.attempts});
        return result_of(by.renew(claims, lease));
    }

    std::size_t recover(command_store& by, const texts& held = {}) {
        return result_of(
            by.recover(held, 2, refusal("interrupted", "twice"), refusal("interrupted", "left")));
    }

    /// By language.
    static json::object refusal(const char* code, const std::string& reason) {
        const auto in = [&](const std::string& text) {
            return json::object{{"ok", false}, {"code", code}, {"reason", text}};
        };
        return {{"fr", in(reason + " (fr)")}, {"en", in(reason + " (en)")}, {"", in(reason)}};
    }

    void insert(const std::string& guild, const std::string& action) {
        database.exec("INSERT INTO commands (guild_id, action) VALUES ('" + guild + "', '" + action + "')");
    }

    void expire_leases() { database.exec("UPDATE commands SET lease_expires_at = now() - interval '1 s'"); }

    db::testing::test_database database;
    db::testing::test_loop loop;
    db::pool pool{loop.executor(), {.url = database.url(), .connections = 4}};
    command_store a{pool, process_a, lanes};
    command_store b{pool, process_b, lanes};
};

} // namespace vagrolant::bot
