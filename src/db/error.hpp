#pragma once

#include <stdexcept>
#include <string>

namespace vagrolant::db {

/// The database refused a statement, or cannot be reached. Messages never hold a password.
class error : public std::runtime_error {
public:
    explicit error(const std::string& what, std::string sqlstate = {})
        : std::runtime_error(what)
        , sqlstate_(std::move(sqlstate)) {}

    /// Five characters ("23505" is a unique violation); empty when the failure came from elsewhere.
    const std::string& sqlstate() const { return sqlstate_; }

private:
    std::string sqlstate_;
};

/// Nobody answers, the connection was lost, or the pool's queue is full: worth trying again later. When the
/// connection was lost during COMMIT, the work may or may not have been done.
class unavailable : public error {
public:
    using error::error;
};

/// The database did not answer in time; what was asked may still be done, or have been done.
class late : public unavailable {
public:
    late()
        : unavailable("the database did not answer in time") {}
};

/// The address cannot work until somebody changes it: malformed, wrong password, no such user or database.
class misconfigured : public error {
public:
    using error::error;
};

} // namespace vagrolant::db
