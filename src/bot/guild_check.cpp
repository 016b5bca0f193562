#include "bot/guild_check.hpp"

namespace vagrolant::bot {

std::optional<refusal> objection_to_guild(const discord::cache& cache, discord::guild_id guild) {
    const auto* known = cache.find_guild(guild);
    if (known == nullptr) {
        return refusal{.code = "unknown_guild",
                       .reason = localized{.fr = "Le bot n'est pas sur ce serveur.",
                                           .en = "The bot is not on this server."}};
    }
    if (known->unavailable) {
        return refusal{
            .code = "guild_unavailable",
            .reason =
                localized{.fr = "Ce serveur est indisponible chez Discord en ce moment. Réessayez plus tard.",
                          .en = "Discord has made this server unavailable for now. Try again later."}};
    }
    return std::nullopt;
}

refusal name_timeout(refusal why, const discord::cache& cache, discord::guild_id guild) {
    if (why.code != "missing_permissions" || !cache.own_timed_out(guild))
        return why;
    why.code = "bot_timed_out";
    why.reason =
        localized{.fr = "Permissions insuffisantes : le bot est exclu temporairement de ce serveur. "
                        "Levez son exclusion, puis recommencez.",
                  .en = "Missing permissions: the bot is timed out on this server. Remove its timeout, "
                        "then try again."};
    return why;
}

} // namespace vagrolant::bot
