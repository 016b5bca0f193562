#pragma once

#include "bot/phrase.hpp"
#include "json/writer.hpp"

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

namespace vagrolant::bot {

/// Why something that was asked for is not done: an outcome for the one who asked, not a fault of ours.
struct refusal {
    /// For programs: `bad_payload`, `unknown_channel`, `missing_permissions`…
    std::string code;
    /// For people.
    phrase reason;
    /// When asking again makes sense.
    std::optional<std::chrono::milliseconds> retry_after;
    /// Members of the result beside `ok`, `code` and `reason`: what had been done before it went wrong.
    json::object facts;
};

/// Carries a refusal out of code that has no other way to return one (decoding, deep helpers).
class refused : public std::runtime_error {
public:
    explicit refused(refusal why)
        : std::runtime_error(why.reason.en)
        , why_(std::move(why)) {}

    const refusal& why() const { return why_; }

private:
    refusal why_;
};

} // namespace vagrolant::bot
