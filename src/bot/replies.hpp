#pragma once

#include "base/localized.hpp"
#include "discord/interactions/router.hpp"

namespace vagrolant::bot {

/// The sentences that people see when something they asked for did not work.
class replies final : public discord::interactions::phrases {
public:
    /// For people whose language is neither French nor English.
    explicit replies(locale fallback)
        : fallback_(fallback) {}

    std::string sentence(discord::interactions::failure what, const std::exception* cause,
                         std::string_view locale) const override;

private:
    locale fallback_;
};

} // namespace vagrolant::bot
