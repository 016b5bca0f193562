#include "discord/dispatcher.hpp"

#include "base/log.hpp"

#include <optional>

namespace vagrolant::discord {

namespace {

// The guild an event is about, for the log; 0 where it names none.
template <class Event>
guild_id guild_of(const Event& event) {
    if constexpr (requires { guild_id(event.guild); })
        return event.guild;
    else if constexpr (requires { event.guild.id; })
        return event.guild.id;
    else if constexpr (requires { event.channel.guild; })
        return event.channel.guild;
    else if constexpr (requires { event.interaction.guild; })
        return event.interaction.guild;
    else
        return {};
}

// Eight characters that tell Discord's event names apart, with the length.
constexpr std::uint64_t fingerprint(std::string_view name) {
    std::uint64_t mixed = name.size();
    const auto from = name.size() > 8 ? name.size() - 8 : 0;
    for (std::size_t at = from; at < name.size(); ++at)
        mixed = (mixed << 7U) ^ static_cast<unsigned char>(name[at]);
    return mixed ^
           (static_cast<std::uint64_t>(name.empty() ? 0 : static_cast<unsigned char>(name.front())) << 40U) ^
           (static_cast<std::uint64_t>(name.size() > 6 ? static_cast<unsigned char>(name[6]) : 0) << 32U);
}

constexpr std::size_t slots = 128;

constexpr std::size_t slot(std::string_view name, std::uint64_t multiplier) {
    return static_cast<std::size_t>((fingerprint(name) * multiplier) >> 57U);
}

// A perfect hash, found while compiling: `wants` is asked for every event.
template <std::size_t Count>
struct perfect_hash {
    std::array<std::string_view, Count> names;
    std::uint64_t multiplier = 0x9E37'79B9'7F4A'7C15;
    std::array<std::uint8_t, slots> places{};

    consteval explicit perfect_hash(const std::array<std::string_view, Count>& all)
        : names(all) {
        while (!separates())
            multiplier = multiplier * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
        places.fill(Count);
        for (std::size_t place = 0; place < Count; ++place)
            places[slot(names[place], multiplier)] = static_cast<std::uint8_t>(place);
    }

    std::optional<std::size_t> find(std::string_view name) const {
        const std::size_t place = places[slot(name, multiplier)];
        if (place == Count || names[place] != name)
            return std::nullopt;
        return place;
    }

private:
    consteval bool separates() const {
        std::array<bool, slots> taken{};
        for (const auto name : names) {
            auto& one = taken[slot(name, multiplier)];
            if (one)
                return false;
            one = true;
        }
        return true;
    }
};

} // namespace

struct dispatcher::lookup {
    static std::optional<std::size_t> find(std::string_view name);

    template <class... Event>
    static constexpr std::array<std::string_view, event_count> names_of(std::type_identity<table<Event...>>) {
        return {Event::name...};
    }

    template <class... Event>
    static constexpr auto deliveries_of(std::type_identity<table<Event...>>) {
        return std::array{&dispatcher::deliver<Event>...};
    }
};

std::optional<std::size_t> dispatcher::lookup::find(std::string_view name) {
    static constexpr perfect_hash<event_count> hash(names_of(std::type_identity<all_subscribers>{}));
    return hash.find(name);
}

bool dispatcher::wants(std::string_view name) const {
    const auto place = lookup::find(name);
    return place && wanted_[*place];
}

void dispatcher::on_dispatch(gateway::dispatch event) {
    const auto place = lookup::find(event.name);
    if (!place || !wanted_[*place])
        return;
    static constexpr auto deliveries = lookup::deliveries_of(std::type_identity<all_subscribers>{});
    (this->*deliveries[*place])(event);
}

template <class Event>
void dispatcher::deliver(const gateway::dispatch& from) {
    Event event;
    if constexpr (requires { event.shard; })
        event.shard = from.shard;
    events::parse_event(event, from.data, scratch_);
    for (const auto& callback : std::get<subscribers<Event>>(subscribers_).callbacks) {
        try {
            callback(event);
        } catch (const std::exception& error) {
            log::error("event subscriber failed", {{"event", Event::name},
                                                   {"guild", guild_of(event)},
                                                   {"shard", from.shard},
                                                   {"sequence", from.sequence},
                                                   {"error", error.what()}});
        }
    }
}

} // namespace vagrolant::discord
