#pragma once

#include "async/asio.hpp"

#include <span>
#include <string_view>

namespace vagrolant::db {

class pool;

/// One file of migrations/.
struct migration {
    int number;
    std::string_view name;
    std::string_view sql;
};

/// migrations/NNNN_*.sql as they were when the program was built, in order.
std::span<const migration> embedded_migrations();

/// Brings the database up to date: each missing migration in a transaction of its own, its number first,
/// under an advisory lock, so that two programs may start at once.
///
/// Throws `misconfigured` when the database has a migration that this program does not know (it is older than
/// the database), or when an applied one has been changed since.
awaitable<void> migrate(pool& database, std::span<const migration> migrations = embedded_migrations());

} // namespace vagrolant::db
