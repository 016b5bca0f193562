#include "features/features.hpp"
#include "features/status/commands.hpp"

namespace vagrolant {

void register_status(bot::registry& with) {
    with.command({.name = {.fr = "ping", .en = "ping"},
                  .description = {.fr = "Latence et état du bot", .en = "The bot's latency and state"},
                  .default_member_permissions = discord::permissions()},
                 discord::interactions::deferral::ephemeral, status::ping);
}

} // namespace vagrolant
