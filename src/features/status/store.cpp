#include "features/status/store.hpp"

#include "db/transaction.hpp"

namespace vagrolant::status {

namespace {

constexpr db::statement nothing{"status_round_trip", "SELECT 1"};

} // namespace

awaitable<std::optional<std::chrono::steady_clock::duration>> round_trip(db::pool& database) {
    const auto begin = std::chrono::steady_clock::now();
    try {
        co_await database.run(std::chrono::seconds(5),
                              [](db::transaction& transaction) { transaction.exec(nothing); });
        co_return std::chrono::steady_clock::now() - begin;
    } catch (const db::error&) {
        co_return std::nullopt;
    }
}

} // namespace vagrolant::status
