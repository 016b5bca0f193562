#include "db/connection.hpp"

#include <poll.h>

namespace vagrolant::db {

bool preparation_failed(prepared_statements& prepared, std::string_view sqlstate) {
    const bool so = sqlstate == "26000" || sqlstate == "42P05" || sqlstate == "0A000";
    return so && std::exchange(prepared.usable, false);
}

connection::connection(const std::string& connection_string, std::chrono::milliseconds statement_timeout,
                       cut_handle& cut)
    : raw_(open(connection_string, session_settings(statement_timeout), cut))
    , quiet_(raw_) {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
    raw_.inhibit_reactivation(true);
#pragma clang diagnostic pop
}

bool connection::stale() {
    const auto readable = [this] {
        pollfd socket{.fd = raw_.sock(), .events = POLLIN, .revents = 0};
        return ::poll(&socket, 1, 0) > 0;
    };
    try {
        // A notice or a changed parameter is taken in; a goodbye is followed by the end of the stream.
        for (int i = 0; i < 3 && readable(); ++i)
            raw_.get_notifs();
        return readable();
    } catch (const pqxx::failure&) {
        return true;
    }
}

} // namespace vagrolant::db
