#pragma once

#include "db/open.hpp"
#include "db/transaction.hpp"

#include <pqxx/pqxx>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace vagrolant::db {

/// Whether a statement was refused only because it was prepared: behind a pooler in transaction mode, perhaps
/// on another connection, or before a migration that changed what it returns. Nothing is prepared from then
/// on.
bool preparation_failed(prepared_statements& prepared, std::string_view sqlstate);

/// libpqxx over a connection that is open: its own way to connect can neither be cut nor has a deadline.
class adopted_connection : public pqxx::connection_base {
public:
    explicit adopted_connection(libpq_connection link)
        : connection_base(policy_)
        , policy_(std::move(link)) {
        init();
    }
    ~adopted_connection() { close(); }
    adopted_connection(const adopted_connection&) = delete;
    adopted_connection& operator=(const adopted_connection&) = delete;

private:
    class policy : public pqxx::connectionpolicy {
    public:
        explicit policy(libpq_connection link)
            : connectionpolicy("")
            , link_(std::move(link)) {}
        handle do_startconnect(handle there) override { return there != nullptr ? there : link_.release(); }

    private:
        libpq_connection link_;
    };

    policy policy_;
};

/// An open connection with Vagrolant's session settings. Once broken it stays broken: libpqxx's own silent
/// reconnection would come back without them.
class connection {
public:
    /// Connects; blocks and throws as `open`.
    connection(const std::string& connection_string, std::chrono::milliseconds statement_timeout,
               cut_handle& cut);

    adopted_connection& raw() { return raw_; }
    prepared_statements& prepared() { return prepared_; }

    /// True when the server has closed the connection, or said goodbye, while it was idle.
    bool stale();

private:
    adopted_connection raw_;
    pqxx::quiet_errorhandler quiet_;
    prepared_statements prepared_;
};

} // namespace vagrolant::db
