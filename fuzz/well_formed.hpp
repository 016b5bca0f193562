#pragma once

#include <simdjson.h>

#include <string>

/// Whether `text` is JSON at all. simdjson's on-demand reader, of which an object's members are asked for by
/// name, ends the program on some malformed documents (extra closing braces behind a member that was read) by
/// an assertion of its own; what stands in a JSONB column cannot be such, what Discord sends over TLS is not.
inline bool well_formed(const std::string& text) {
    static simdjson::dom::parser strict;
    return strict.parse(text).error() == simdjson::SUCCESS;
}
