#include "db/url.hpp"

#include "base/log.hpp"
#include "db/error.hpp"

#include <array>
#include <libpq-fe.h>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

namespace vagrolant::db {
namespace {

using parameters = std::map<std::string, std::string>;

parameters parse(const std::string& url) {
    // libpq would also take "key=value" lists and, for an empty text, its own defaults.
    if (!url.starts_with("postgresql://") && !url.starts_with("postgres://")) {
        throw misconfigured(
            "not a PostgreSQL address: expected postgresql://user:password@host:port/database");
    }
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
        PQconninfoParse(url.c_str(), &message), &PQconninfoFree);
    // libpq's message quotes parts of the address, perhaps of the password.
    PQfreemem(message);
    parameters found;
    for (const auto* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
        if (option->val != nullptr)
            found.emplace(option->keyword, option->val);
    }
    // libpq takes "user:pa@ss@host" for the host "ss@host" and only looks at the port when it connects.
    if (!options || found["host"].contains('@') ||
        found["port"].find_first_not_of("0123456789,") != std::string::npos) {
        throw misconfigured("malformed PostgreSQL address: expected "
                            "postgresql://user:password@host:port/database, with @ : / ? # % in user and "
                            "password written as %40 %3A %2F %3F %23 %25");
    }
    std::erase_if(found, [](const auto& entry) { return entry.second.empty(); });
    return found;
}

std::string quoted(std::string_view value) {
    std::string text = "'";
    for (const char letter : value) {
        if (letter == '\'' || letter == '\\')
            text += '\\';
        text += letter;
    }
    return text + "'";
}

/// The password as the address spells it, which may escape more than it has to.
std::string_view spelled_password(std::string_view url) {
    const auto begin = url.find("//") + 2;
    const auto userinfo = url.substr(begin, url.find_first_of("@/?", begin) - begin);
    const auto colon = userinfo.find(':');
    return colon == std::string_view::npos ? std::string_view() : userinfo.substr(colon + 1);
}

} // namespace

std::string connection_string(const std::string& url) {
    auto given = parse(url);
    if (const auto password = given.find("password"); password != given.end()) {
        log::mask(password->second);
        log::mask(std::string(spelled_password(url)));
    }

    // Whoever writes one of these into the address knows better.
    static constexpr std::array<std::pair<const char*, const char*>, 7> defaults{{
        {"connect_timeout", "3"},
        {"keepalives_idle", "30"},
        {"keepalives_interval", "10"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "30000"},
        {"client_encoding", "UTF8"},
        {"application_name", "vagrolant"},
    }};
    for (const auto& [key, value] : defaults)
        given.emplace(key, value);

    std::string text;
    for (const auto& [key, value] : given)
        text += key + "=" + quoted(value) + " ";
    return text;
}

std::string redacted(const std::string& url) {
    const auto given = parse(url);
    std::string text;
    for (const auto* key : {"host", "hostaddr", "port", "dbname", "user"}) {
        if (const auto found = given.find(key); found != given.end())
            text += (text.empty() ? "" : " ") + found->first + "=" + found->second;
    }
    return text;
}

} // namespace vagrolant::db
