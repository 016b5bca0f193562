// What Discord's gateway, or somebody in its place, may send. The first byte chooses: bytes on the wire
// through the WebSocket's framing, compressed streams through both inflaters, or a dispatch ("NAME {…}")
// through the dispatcher with a subscriber for every event.
#include "discord/dispatcher.hpp"
#include "discord/gateway/frames.hpp"
#include "discord/gateway/inflate.hpp"
#include "json/reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace vagrolant;
using discord::gateway::incoming;

constexpr std::size_t max_message = std::size_t{256} * 1024;
std::size_t seen = 0;

/// In pieces of `step` bytes, as a network may deliver them.
void frames(std::string_view bytes, std::size_t step) {
    discord::gateway::frame_reader reader(max_message);
    while (!bytes.empty()) {
        const auto room = reader.prepare();
        const auto size = std::min({bytes.size(), room.size(), step});
        std::ranges::copy(bytes.substr(0, size), room.begin());
        reader.commit(size);
        bytes.remove_prefix(size);
        for (auto next = reader.next(); next.what != incoming::kind::nothing; next = reader.next()) {
            for (const char letter : next.data)
                seen += static_cast<unsigned char>(letter);
            if (next.what == incoming::kind::violation)
                return;
        }
    }
}

void inflate(discord::gateway::compression how, std::string_view bytes, std::size_t step) {
    const auto inflater = discord::gateway::make_inflater(how, max_message);
    try {
        for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), step))) {
            if (const auto message = inflater->feed(bytes.substr(0, step)))
                seen += message->size();
        }
    } catch (const discord::gateway::inflate_error& error) {
        seen += std::string_view(error.what()).size();
    }
}

template <class... Event>
void subscribe(discord::dispatcher& to) {
    (to.on<Event>([](const Event&) { ++seen; }), ...);
}

discord::dispatcher& all_events() {
    namespace events = discord::events;
    static discord::dispatcher dispatcher;
    static const bool once = [] {
        subscribe<events::ready, events::resumed, events::guild_create, events::guild_update,
                  events::guild_delete, events::guild_role_create, events::guild_role_update,
                  events::guild_role_delete, events::channel_create, events::channel_update,
                  events::channel_delete, events::voice_state_update, events::voice_server_update,
                  events::guild_member_add, events::guild_member_update, events::guild_member_remove,
                  events::guild_members_chunk, events::presence_update, events::message_create,
                  events::message_update, events::message_delete, events::message_delete_bulk,
                  events::typing_start, events::interaction_create, events::user_update,
                  events::rate_limited>(dispatcher);
        return true;
    }();
    static_cast<void>(once);
    return dispatcher;
}

void dispatch(std::string_view input) {
    const auto space = std::min(input.find(' '), input.size());
    const std::string text(input.substr(space));
    try {
        static json::reader reader;
        all_events().on_dispatch(
            {.shard = 0, .sequence = 1, .name = input.substr(0, space), .data = reader.parse(text)});
    } catch (const json::parse_error& error) {
        seen += std::string_view(error.what()).size();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t step = std::size_t{1} << (data[0] % 13);
    switch (data[0] / 64) {
    case 0:
        frames(input, step);
        break;
    case 1: // the seeds' letters
        dispatch(input);
        break;
    case 2:
        inflate(discord::gateway::compression::zlib_stream, input, step);
        break;
    default:
        inflate(discord::gateway::compression::zstd_stream, input, step);
        break;
    }
    return 0;
}
