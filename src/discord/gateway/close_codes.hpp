#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vagrolant::discord::gateway {

enum class recovery : std::uint8_t {
    /// Connect again and take the session up where it was left.
    resume,
    /// Connect again and begin a new session.
    identify,
    /// Connecting again would end the same way until somebody changes something.
    fatal,
};

struct close_verdict {
    recovery then = recovery::resume;
    /// What the code means.
    std::string_view meaning;
};

/// What to do after the connection was closed with `code`; none is a connection that just ended. Total.
/// (Discord Docs/Opcodes and Status Codes, "Gateway Close Event Codes")
close_verdict judge_close(std::optional<std::uint16_t> code);

/// For a fatal code: what the operator has to change, and where. `intents` are those asked for.
std::string remedy(std::uint16_t code, std::uint32_t intents);

} // namespace vagrolant::discord::gateway
