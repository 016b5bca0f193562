#pragma once

#include "async/asio.hpp"
#include "db/pool.hpp"

#include <string>

namespace vagrolant::bot {

/// Supabase's role for everybody who has a project's public key.
inline constexpr auto anonymous_role = "anon";

/// Whether that role of the database, which need not exist, may write into the table `commands` without
/// row-level security having a say. Throws what db::pool::run throws.
awaitable<bool> may_write_commands(db::pool& database, std::string role);

} // namespace vagrolant::bot
