#include "db/migrations.hpp"

#include "base/log.hpp"
#include "db/pool.hpp"
#include "db/transaction.hpp"

#include <optional>
#include <string>

namespace vagrolant::db {
namespace {

constexpr std::chrono::minutes time_limit{5};

constexpr auto lock_sql = "SELECT pg_advisory_xact_lock(7226034718)";

constexpr auto table_sql = R"(
CREATE TABLE IF NOT EXISTS vagrolant_migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
ALTER TABLE vagrolant_migrations ENABLE ROW LEVEL SECURITY)";

constexpr auto applied_sql = "SELECT number, name, checksum FROM vagrolant_migrations ORDER BY number";

constexpr auto checksum_sql = "SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')";

constexpr auto insert_sql = "INSERT INTO vagrolant_migrations (number, name, checksum) VALUES ($1, $2, $3)";

std::string checksum(transaction& database, const migration& which) {
    return database.exec(std::string(checksum_sql), std::string(which.sql))[0][0].as<std::string>();
}

/// Applies the first that is missing; nullopt when none is.
std::optional<migration> apply_next(transaction& database, std::span<const migration> migrations) {
    database.exec(std::string(lock_sql));
    database.exec(std::string(table_sql));
    const auto applied = database.exec(std::string(applied_sql));

    std::size_t known = 0;
    for (const auto& row : applied) {
        const auto name = row["name"].as<std::string>();
        if (known == migrations.size() || row["number"].as<int>() != migrations[known].number) {
            throw misconfigured(
                "the database has the migration " + name +
                ", which this program does not know: it is older than the database; update it");
        }
        const auto& ours = migrations[known++];
        if (row["checksum"].as<std::string>() != checksum(database, ours)) {
            throw misconfigured("the migration " + name +
                                " was changed after this database had applied it; "
                                "changes belong into a new migration");
        }
    }
    if (known == migrations.size())
        return std::nullopt;

    const auto& next = migrations[known];
    database.exec(std::string(insert_sql), next.number, std::string(next.name), checksum(database, next));
    database.exec(std::string(next.sql));
    return next;
}

} // namespace

awaitable<void> migrate(pool& database, std::span<const migration> migrations) {
    for (;;) {
        const auto applied = co_await database.run(
            time_limit, [migrations](transaction& t) { return apply_next(t, migrations); });
        if (!applied)
            co_return;
        log::info("migration applied", {{"migration", applied->name}});
    }
}

} // namespace vagrolant::db
