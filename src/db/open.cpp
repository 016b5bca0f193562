#include "db/open.hpp"

#include "base/scope_exit.hpp"
#include "base/text.hpp"

#include <cerrno>
#include <optional>
#include <poll.h>
#include <sys/socket.h>

namespace vagrolant::db {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds answer_limit{5};
constexpr auto silent = "the server does not answer";

/// Waits until the socket is ready for `events`. False when the time is over, or all of it has been cut.
bool wait_for(PGconn* link, short events, clock::time_point until, cut_handle& cut) {
    cut.attach(PQsocket(link));
    // libpq may close the socket and take another one: it is not to be cut meanwhile.
    const scope_exit detach([&cut] { cut.detach(); });
    pollfd socket{.fd = PQsocket(link), .events = events, .revents = 0};
    int ready = 0;
    do {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
        if (left.count() <= 0)
            return false;
        ready = ::poll(&socket, 1, static_cast<int>(left.count()));
    } while (ready < 0 && errno == EINTR);
    return ready > 0 && !cut.is_cut();
}

/// libpq keeps to it only where it may block by itself.
std::chrono::seconds connect_timeout(PGconn* link) {
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfo(link),
                                                                               &PQconninfoFree);
    for (const auto* one = options.get(); one != nullptr && one->keyword != nullptr; ++one) {
        if (std::string_view(one->keyword) == "connect_timeout" && one->val != nullptr) {
            const auto seconds = text::to_number<int>(one->val).value_or(0);
            // 0 is for ever, which nothing here is.
            return seconds > 0 ? std::chrono::seconds(seconds) : std::chrono::hours(1);
        }
    }
    return std::chrono::hours(1);
}

/// Until connected, refused, cut, or late at every address. Whether it was late at the last one.
bool finish_connecting(PGconn* link, cut_handle& cut) {
    const auto limit = connect_timeout(link);
    auto wanted = PGRES_POLLING_WRITING;
    std::optional<std::string> address;
    clock::time_point until;
    bool late = false;
    while (wanted == PGRES_POLLING_WRITING || wanted == PGRES_POLLING_READING) {
        const std::string now = PQhostaddr(link) + std::string(":") + PQport(link);
        if (now != address) {
            address = now;
            until = clock::now() + limit;
            late = false;
        }
        const auto events = static_cast<short>(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT);
        if (!wait_for(link, events, until, cut)) {
            if (late || cut.is_cut())
                break;
            // libpq takes it for a failure, and goes on to the next address.
            late = true;
            ::shutdown(PQsocket(link), SHUT_RDWR);
        }
        wanted = PQconnectPoll(link);
    }
    return late;
}

/// The server's text depends on its language: the SQLSTATE in it does not.
[[noreturn]] void explain_failure(PGconn* link) {
    const std::string_view message = PQerrorMessage(link);
    const auto says = [message](std::string_view what) { return message.contains(what); };
    const auto reason = first_line(message);

    if (says("28P01"))
        throw misconfigured("wrong user or password: " + reason, "28P01");
    if (PQconnectionNeedsPassword(link) != 0)
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

void perform(PGconn* link, const std::string& sql, cut_handle& cut) {
    const auto until = clock::now() + answer_limit;
    const auto check = [link](bool fine) {
        if (!fine)
            throw unavailable(first_line(PQerrorMessage(link)));
    };
    check(PQsendQuery(link, sql.c_str()) != 0);
    for (;;) {
        while (PQisBusy(link) != 0) {
            if (!wait_for(link, POLLIN, until, cut))
                throw unavailable(silent);
            check(PQconsumeInput(link) != 0);
        }
        const libpq_result result(PQgetResult(link));
        if (!result)
            return;
        check(PQresultStatus(result.get()) == PGRES_COMMAND_OK);
    }
}

} // namespace

std::string first_line(std::string_view message) {
    return std::string(text::trim(message.substr(0, message.find('\n'))));
}

std::string session_settings(std::chrono::milliseconds statement_timeout) {
    return "SET client_min_messages = warning; SET statement_timeout = " +
           std::to_string(statement_timeout.count());
}

libpq_connection open(const std::string& connection_string, const std::string& first, cut_handle& cut) {
    libpq_connection link(PQconnectStart(connection_string.c_str()));
    if (!link)
        throw unavailable("out of memory");
    PQsetNoticeProcessor(link.get(), [](void*, const char*) {}, nullptr);
    // The SQLSTATE is in no shorter text.
    PQsetErrorVerbosity(link.get(), PQERRORS_VERBOSE);
    const bool late = PQstatus(link.get()) != CONNECTION_BAD && finish_connecting(link.get(), cut);
    if (PQstatus(link.get()) != CONNECTION_OK) {
        if (late || cut.is_cut())
            throw unavailable(silent);
        explain_failure(link.get());
    }
    PQsetErrorVerbosity(link.get(), PQERRORS_DEFAULT);
    perform(link.get(), first, cut);
    return link;
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

bool cut_handle::is_cut() const {
    const std::scoped_lock lock(mutex_);
    return cut_;
}

} // namespace vagrolant::db
