#include "features/voice_hubs/rooms.hpp"

#include "features/voice_hubs/state.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

namespace {

// Waiting in one lane: more than anybody could press in a while.
constexpr std::size_t room_lane_bound = 50;
// One that is being served, and one more look.
constexpr std::size_t member_lane_bound = 2;

} // namespace

rooms::state::state(bot::services& services)
    : with(services)
    , rows(services.database, services.session_at_hand)
    , room_rows(rows, known, services.tasks)
    , notices(services, known)
    , permits(services.cache, notices)
    , silences(rows, services.tasks, *this)
    , whereabouts(services, known,
                  [this](const discord::voice_state& told, channel_id before) {
                      voice_shown({told.guild, told.user}, told.channel, told.mute);
                      went(told.guild, told.user, before, told.channel, false);
                  })
    , changed(services.tasks.executor())
    , room_lane(services.tasks, "voice room", room_lane_bound)
    , member_lane(services.tasks, "voice hub", member_lane_bound)
    , games_told(services.tasks.executor())
    , statuses_told(services.tasks.executor()) {}

rooms::rooms(bot::services& with)
    : state_(std::make_unique<state>(with)) {
    with.tasks.spawn("voice hubs", state_->run());
}

rooms::~rooms() = default;

void rooms::show_panels_with(panel_sink& panel) {
    state_->panel = &panel;
}

const hub* rooms::find_hub(channel_id channel) const {
    return std::as_const(state_->known).find_hub(channel);
}

std::vector<hub> rooms::hubs_of(guild_id guild) const {
    std::vector<hub> found;
    for (const auto id : state_->known.hubs_of(guild))
        found.push_back(*state_->known.find_hub(id));
    std::ranges::sort(found, [](const hub& a, const hub& b) {
        return std::tuple(a.created, a.channel) < std::tuple(b.created, b.channel);
    });
    return found;
}

const room* rooms::find_room(channel_id channel) const {
    const auto* live = state_->known.find_room(channel);
    return live == nullptr || live->closing ? nullptr : &live->room;
}

std::vector<room> rooms::rooms_of(guild_id guild) const {
    std::vector<room> found;
    for (const auto id : state_->known.rooms_of(guild)) {
        if (const auto* one = find_room(id))
            found.push_back(*one);
    }
    std::ranges::sort(found, [](const room& a, const room& b) {
        return std::tuple(a.created, a.channel) < std::tuple(b.created, b.channel);
    });
    return found;
}

std::vector<room> rooms::rooms_of_hub(channel_id hub) const {
    const auto* from = find_hub(hub);
    if (from == nullptr)
        return {};
    auto found = rooms_of(from->guild);
    std::erase_if(found, [hub](const room& one) { return one.hub != hub; });
    return found;
}

const room* rooms::room_of_owner(guild_id guild, user_id owner) const {
    const auto* voice = state_->with.cache.find_voice_state(guild, owner);
    const room* newest = nullptr;
    for (const auto id : state_->known.rooms_of(guild)) {
        const auto* one = find_room(id);
        if (one == nullptr || one->owner != owner)
            continue;
        if (voice != nullptr && voice->channel == id)
            return one;
        if (newest == nullptr || newest->created < one->created)
            newest = one;
    }
    return newest;
}

std::vector<user_id> rooms::present(channel_id room) const {
    return state_->humans_in(room);
}

bool rooms::may_change(const actor& who, const room& which) const {
    return who.administrator || who.user == which.owner;
}

hub_settings rooms::settings_of(const room& which) const {
    return state_->settings_of(which);
}

int rooms::max_bitrate(guild_id guild) const {
    return state_->max_bitrate(guild);
}

awaitable<bool> rooms::until_loaded(std::chrono::steady_clock::duration at_most) {
    return state_->changed.wait_until([this] { return state_->loaded; }, at_most);
}

} // namespace vagrolant::voice_hubs
