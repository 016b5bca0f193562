#pragma once

#include <exception>
#include <string>

namespace vagrolant::bot {

/// What a failure says of itself, for the log.
inline std::string describe(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "unknown exception";
    }
}

} // namespace vagrolant::bot
