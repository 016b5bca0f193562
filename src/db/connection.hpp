#pragma once

#include "db/error.hpp"
#include "db/transaction.hpp"

#include <pqxx/pqxx>

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace vagrolant::db {

/// The first line of what PostgreSQL says: the others quote values.
std::string first_line(std::string_view message);

/// Whether a statement was refused only because it was prepared: behind a pooler in transaction mode, perhaps
/// on another connection, or before a migration that changed what it returns. Nothing is prepared from then
/// on.
bool preparation_failed(prepared_statements& prepared, std::string_view sqlstate);

/// An open connection with Vagrolant's session settings. Once broken it stays broken: libpqxx's own silent
/// reconnection would come back without them.
class connection {
public:
    /// Connects, which blocks for a few seconds at the worst. Throws `unavailable`, or `misconfigured` when
    /// the server refuses the user.
    connection(const std::string& connection_string, std::chrono::milliseconds statement_timeout);

    pqxx::connection& raw() { return raw_; }
    prepared_statements& prepared() { return prepared_; }

    /// True when the server has closed the connection, or said goodbye, while it was idle.
    bool stale();

private:
    pqxx::connection raw_;
    pqxx::quiet_errorhandler quiet_;
    prepared_statements prepared_;
};

/// Lets another thread cut a connection that its own thread is blocked in.
class cut_handle {
public:
    void attach(int socket);
    void detach();
    /// From now on what is, or will be, attached is shut down: blocked calls return with an error at once.
    void cut();

private:
    std::mutex mutex_;
    int socket_ = -1;
    bool cut_ = false;
};

} // namespace vagrolant::db
