#pragma once

#include "json/reader.hpp"

#include <cstdint>
#include <string_view>

namespace vagrolant::discord::gateway {

/// One dispatch (op 0) as it came from a shard. Everything in it is gone when the sink returns.
struct dispatch {
    std::uint32_t shard = 0;
    std::uint64_t sequence = 0;
    /// Discord's event name ("MESSAGE_CREATE").
    std::string_view name;
    json::value data;
};

/// Where shards deliver. Called on the loop thread, in the order in which the events came.
class event_sink {
public:
    virtual ~event_sink() = default;

    /// False spares the body's parsing: asked for every event, so it must be quick.
    virtual bool wants(std::string_view name) const = 0;

    /// May throw `json::parse_error`, which the shard logs with the path; the connection goes on.
    virtual void on_dispatch(dispatch event) = 0;
};

} // namespace vagrolant::discord::gateway
