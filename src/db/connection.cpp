#include "db/connection.hpp"

#include "base/text.hpp"

#include <libpq-fe.h>
#include <memory>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>
#include <utility>

namespace vagrolant::db {
namespace {

using clock = std::chrono::steady_clock;
using libpq_connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;

/// Until connected, refused, or `limit` has passed.
void finish_connecting(PGconn* attempt, std::chrono::milliseconds limit) {
    const auto give_up = clock::now() + limit;
    auto wanted = PGRES_POLLING_WRITING;
    while (wanted == PGRES_POLLING_WRITING || wanted == PGRES_POLLING_READING) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(give_up - clock::now());
        const auto events = static_cast<short>(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT);
        pollfd socket{.fd = PQsocket(attempt), .events = events, .revents = 0};
        if (left.count() <= 0 || ::poll(&socket, 1, static_cast<int>(left.count())) <= 0)
            return;
        wanted = PQconnectPoll(attempt);
    }
}

/// libpqxx reports no SQLSTATE for a connection that failed, and the server's text depends on its language:
/// so the attempt is repeated with libpq, which is told to put the code into its message.
[[noreturn]] void explain_failure(const std::string& connection_string, std::string_view original) {
    const libpq_connection attempt(PQconnectStart(connection_string.c_str()), &PQfinish);
    if (!attempt)
        throw unavailable("out of memory");
    PQsetErrorVerbosity(attempt.get(), PQERRORS_SQLSTATE);
    if (PQstatus(attempt.get()) != CONNECTION_BAD)
        finish_connecting(attempt.get(), std::chrono::seconds(3));

    const std::string_view message = PQerrorMessage(attempt.get());
    const auto says = [message](std::string_view what) { return message.contains(what); };
    const auto reason = first_line(original);

    if (says("28P01"))
        throw misconfigured("wrong user or password: " + reason, "28P01");
    if (PQconnectionNeedsPassword(attempt.get()) != 0)
        throw misconfigured("the server asks for a password and the address has none: " + reason);
    if (says("28000"))
        throw misconfigured("the server does not let this user in: " + reason, "28000");
    if (says("3D000"))
        throw unavailable("no such database: " + reason, "3D000");
    if (says("57P03"))
        throw unavailable("the server is starting or stopping: " + reason, "57P03");
    if (says("53300"))
        throw unavailable("the server has no connection left: " + reason, "53300");
    if (says("could not translate host name"))
        throw unavailable("host name cannot be resolved: " + reason);
    if (says("Connection refused") || says("No such file or directory"))
        throw unavailable("connection refused: " + reason);
    throw unavailable(reason);
}

pqxx::connection open(const std::string& connection_string) {
    try {
        return pqxx::connection(connection_string);
    } catch (const pqxx::broken_connection& error) {
        explain_failure(connection_string, error.what());
    } catch (const pqxx::failure& error) {
        throw unavailable(first_line(error.what()));
    }
}

} // namespace

std::string first_line(std::string_view message) {
    return std::string(text::trim(message.substr(0, message.find('\n'))));
}

bool preparation_failed(prepared_statements& prepared, std::string_view sqlstate) {
    const bool so = sqlstate == "26000" || sqlstate == "42P05" || sqlstate == "0A000";
    return so && std::exchange(prepared.usable, false);
}

connection::connection(const std::string& connection_string, std::chrono::milliseconds statement_timeout)
    : raw_(open(connection_string))
    , quiet_(raw_) {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
    raw_.inhibit_reactivation(true);
#pragma clang diagnostic pop
    try {
        pqxx::nontransaction session(raw_);
        session.exec("SET client_min_messages = warning; SET statement_timeout = " +
                     std::to_string(statement_timeout.count()));
    } catch (const pqxx::failure& error) {
        throw unavailable(first_line(error.what()));
    }
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

void cut_handle::attach(int socket) {
    const std::scoped_lock lock(mutex_);
    socket_ = socket;
    if (cut_)
        ::shutdown(socket_, SHUT_RDWR);
}

void cut_handle::detach() {
    const std::scoped_lock lock(mutex_);
    socket_ = -1;
}

void cut_handle::cut() {
    const std::scoped_lock lock(mutex_);
    cut_ = true;
    if (socket_ >= 0)
        ::shutdown(socket_, SHUT_RDWR);
}

} // namespace vagrolant::db
