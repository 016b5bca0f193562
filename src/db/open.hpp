#pragma once

#include "db/error.hpp"

#include <chrono>
#include <libpq-fe.h>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace vagrolant::db {

struct libpq_deleter {
    void operator()(PGconn* one) const { PQfinish(one); }
    void operator()(PGresult* one) const { PQclear(one); }
};
using libpq_connection = std::unique_ptr<PGconn, libpq_deleter>;
using libpq_result = std::unique_ptr<PGresult, libpq_deleter>;

/// Lets another thread cut a connection that its own thread is blocked in.
class cut_handle {
public:
    void attach(int socket);
    void detach();
    /// From now on what is, or will be, attached is shut down: blocked calls return with an error at once.
    void cut();
    bool is_cut() const;

private:
    mutable std::mutex mutex_;
    int socket_ = -1;
    bool cut_ = false;
};

/// Connects, and has the server do `first` (statements without parameters, separated by semicolons).
///
/// Blocks: for the address's connect_timeout (3 s unless it says otherwise) at each machine that its host
/// name stands for, and 5 s more for `first`; `cut` ends that at once. Nothing ends the question to the name
/// server, which comes before. Throws `misconfigured` when the server refuses the user, else `unavailable`.
libpq_connection open(const std::string& connection_string, const std::string& first, cut_handle& cut);

/// What every connection of Vagrolant's begins with.
std::string session_settings(std::chrono::milliseconds statement_timeout);

/// The first line of what PostgreSQL says: the others quote values.
std::string first_line(std::string_view message);

} // namespace vagrolant::db
