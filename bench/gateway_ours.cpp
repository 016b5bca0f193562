// The real client on the flood: gateway_client over TLS, cache, dispatcher, handlers that count.
// Arguments: gateway URL, file with the certificate to trust.
#include "async/task_group.hpp"
#include "base/log.hpp"
#include "discord/cache/cache.hpp"
#include "discord/dispatcher.hpp"
#include "discord/gateway/client.hpp"
#include "gateway_result.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdio>

using namespace vagrolant;
using namespace vagrolant::discord;

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: gateway_ours URL CERTIFICATE\n", stderr);
        return 2;
    }
    log::init(log::level::warning, log::format::text);
    asio::io_context loop(1);
    const net::tls_trust trust{std::string(argv[2])};
    dispatcher events;
    const cache known(events);
    gateway::gateway_client client(loop.get_executor(), trust, events,
                                   {.token = "bench",
                                    .intents = gateway::intent::guilds | gateway::intent::guild_messages,
                                    .url = argv[1],
                                    .compression = gateway::compression::none});

    gateway_result result;
    std::size_t count = 0;
    bool in_order = true;
    message_id last;
    events.on<events::guild_create>([&](const events::guild_create&) {
        result.begin();
        client.send_presence(
            {{"since", nullptr}, {"activities", json::array{}}, {"status", "online"}, {"afk", false}});
    });
    events.on<events::voice_state_update>([&](const events::voice_state_update&) { ++count; });
    events.on<events::guild_member_update>([&](const events::guild_member_update&) { ++count; });
    events.on<events::typing_start>([&](const events::typing_start&) { ++count; });
    events.on<events::message_create>([&](const events::message_create& in) {
        in_order = in_order && in.message > last;
        last = in.message;
        if (in.content != "end of flood") {
            ++count;
            return;
        }
        result.print(count, in_order);
        client.close(false);
    });

    task_group tasks(loop.get_executor());
    tasks.spawn("gateway", client.run());
    loop.run();
    log::shut_down();
    return known.guild_count() == 1 ? 0 : 1;
}
