#pragma once

#include "discord/events_parse.hpp"
#include "discord/gateway/event_sink.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace vagrolant::discord {

/// Hands the gateway's events to their subscribers, typed. Loop thread only.
///
/// The body is parsed once per event, and only if somebody subscribed to it. Subscribers are called in the
/// order of their registration; one that throws is logged and does not stop the others.
class dispatcher final : public gateway::event_sink {
public:
    template <class Event>
    using subscriber = std::function<void(const Event&)>;

    /// To be called before events flow; the cache first.
    template <class Event>
    void on(subscriber<Event> callback) {
        std::get<subscribers<Event>>(subscribers_).callbacks.push_back(std::move(callback));
        wanted_[place_of<Event>(subscribers_)] = true;
    }

    bool wants(std::string_view name) const override;
    void on_dispatch(gateway::dispatch event) override;

private:
    template <class Event>
    struct subscribers {
        using event = Event;
        std::vector<subscriber<Event>> callbacks;
    };
    template <class... Event>
    using table = std::tuple<subscribers<Event>...>;
    using all_subscribers =
        table<events::ready, events::resumed, events::guild_create, events::guild_update,
              events::guild_delete, events::guild_role_create, events::guild_role_update,
              events::guild_role_delete, events::channel_create, events::channel_update,
              events::channel_delete, events::voice_state_update, events::voice_server_update,
              events::guild_member_add, events::guild_member_update, events::guild_member_remove,
              events::guild_members_chunk, events::presence_update, events::voice_channel_status_update,
              events::channel_info, events::message_create, events::message_update, events::message_delete,
              events::message_delete_bulk, events::typing_start, events::interaction_create,
              events::user_update, events::rate_limited>;
    static constexpr std::size_t event_count = std::tuple_size_v<all_subscribers>;

    template <class Event, class... Events>
    static constexpr std::size_t place_of(const table<Events...>&) {
        std::size_t place = 0;
        // Counts the events before the first that matches.
        static_cast<void>(((std::is_same_v<Event, Events> || (++place, false)) || ...));
        return place;
    }

    struct lookup;

    template <class Event>
    void deliver(const gateway::dispatch& from);

    all_subscribers subscribers_;
    // Who is subscribed to, by the event's place in the table.
    std::array<bool, event_count> wanted_{};
    events::scratch scratch_;
};

} // namespace vagrolant::discord
