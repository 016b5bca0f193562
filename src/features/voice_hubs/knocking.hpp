#pragma once

#include "bot/feature.hpp"
#include "discord/model/ids.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

/// Asking to be let in: at the door of a hub, by `/hub knock`, or for the floor in a conference.
namespace vagrolant::voice_hubs {

using discord::interactions::context;

/// Where those who knocked wait for their answer: in the reply to their interaction, as long as Discord lets
/// it be changed. Forgotten by a restart; the owner's buttons are not.
class waiting_guests {
public:
    using clock = std::chrono::steady_clock;

    struct place {
        discord::application_id application;
        /// A secret.
        std::string token;
        locale language = locale::fr;
        clock::time_point until;
    };

    explicit waiting_guests(bot::services&) {}

    void put(discord::channel_id room, discord::user_id guest, place where);
    /// Takes it out; nullopt when there is none, or it is too late.
    std::optional<place> take(discord::channel_id room, discord::user_id guest, clock::time_point now);

    /// Discord's 15 minutes, less the time that an answer takes.
    static constexpr std::chrono::minutes life{14};
    static constexpr std::size_t bound = 1000;

private:
    std::map<std::pair<discord::channel_id, discord::user_id>, place> places_;
};

/// The button of a hub's door: shows the closed rooms that the person sees.
awaitable<void> show_door(bot::services& with, context& context);
/// The room that was chosen there.
awaitable<void> turn_doors(bot::services& with, context& context);
awaitable<void> knock_at_choice(bot::services& with, context& context);
/// The panel's own button: asks for the floor.
awaitable<void> knock_inside(bot::services& with, context& context);
/// /hub knock
awaitable<void> knock_command(bot::services& with, context& context);
/// The owner's answer.
awaitable<void> answer_knock(bot::services& with, context& context);

} // namespace vagrolant::voice_hubs
