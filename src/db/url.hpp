#pragma once

#include <string>

namespace vagrolant::db {

/// What libpq is given for `url`: the address plus time limits, so that no connection hangs for ever. Throws
/// `misconfigured` for what is no PostgreSQL address; the message never repeats it. The password is masked in
/// the log from now on.
std::string connection_string(const std::string& url);

/// "host=db port=5432 dbname=postgres user=bot": for people, without the password.
std::string redacted(const std::string& url);

} // namespace vagrolant::db
