#pragma once

#include <pqxx/pqxx>

#include <string>
#include <unordered_set>
#include <utility>

namespace vagrolant::db {

/// A named SQL text, prepared once per connection.
struct statement {
    const char* name;
    const char* sql;
};

/// What a pooled connection remembers between transactions.
struct prepared_statements {
    std::unordered_set<std::string> names;
    /// False behind a pooler in transaction mode, where they vanish between transactions.
    bool usable = true;
};

/// One transaction on one connection, on a worker thread. Committed by the pool when the work returns, rolled
/// back when it throws (`pool::run_single`: each statement by itself). Values always travel as parameters.
class transaction {
public:
    transaction(pqxx::connection_base& connection, pqxx::transaction_base& work,
                prepared_statements& prepared)
        : connection_(connection)
        , work_(work)
        , prepared_(prepared) {}

    template <class... Parameters>
    pqxx::result exec(const statement& which, Parameters&&... parameters) {
        if (!prepared_.usable)
            return note(work_.exec_params(which.sql, std::forward<Parameters>(parameters)...));
        if (prepared_.names.insert(which.name).second)
            connection_.prepare(which.name, which.sql);
        return note(work_.exec_prepared(which.name, std::forward<Parameters>(parameters)...));
    }

    /// A text that is used once; `sql` may hold several statements when there are no parameters.
    template <class... Parameters>
    pqxx::result exec(const std::string& sql, Parameters&&... parameters) {
        if constexpr (sizeof...(Parameters) == 0) {
            return note(work_.exec(sql));
        } else {
            return note(work_.exec_params(sql, std::forward<Parameters>(parameters)...));
        }
    }

    /// True once a statement has succeeded.
    bool used() const { return used_; }

private:
    pqxx::result note(const pqxx::result& rows) {
        used_ = true;
        return rows;
    }

    pqxx::connection_base& connection_;
    pqxx::transaction_base& work_;
    prepared_statements& prepared_;
    bool used_ = false;
};

} // namespace vagrolant::db
