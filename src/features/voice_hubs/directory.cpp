#include "features/voice_hubs/directory.hpp"

#include "features/voice_hubs/names.hpp"

#include <algorithm>

namespace vagrolant::voice_hubs {

hub* directory::find_hub(channel_id channel) {
    const auto found = hubs_.find(channel);
    return found == hubs_.end() ? nullptr : &found->second;
}

const hub* directory::find_hub(channel_id channel) const {
    const auto found = hubs_.find(channel);
    return found == hubs_.end() ? nullptr : &found->second;
}

void directory::put_hub(hub what) {
    guilds_[what.guild].hubs.insert(what.channel);
    const auto channel = what.channel;
    hubs_.insert_or_assign(channel, std::move(what));
}

void directory::erase_hub(channel_id channel) {
    const auto found = hubs_.find(channel);
    if (found == hubs_.end())
        return;
    const auto guild = found->second.guild;
    for (const auto id : guilds_[guild].rooms) {
        auto& room = rooms_.at(id).room;
        if (room.hub == channel)
            room.last_settings = found->second.settings;
    }
    hubs_.erase(found);
    guilds_[guild].hubs.erase(channel);
    tidy(guild);
}

bool directory::is_tracked(channel_id channel) const {
    return find_room(channel) != nullptr || find_hub(channel) != nullptr;
}

live_room* directory::find_room(channel_id channel) {
    const auto found = rooms_.find(channel);
    return found == rooms_.end() ? nullptr : &found->second;
}

const live_room* directory::find_room(channel_id channel) const {
    const auto found = rooms_.find(channel);
    return found == rooms_.end() ? nullptr : &found->second;
}

live_room& directory::put_room(std::int64_t row, room what) {
    guilds_[what.guild].rooms.insert(what.channel);
    numbers_[what.hub].insert(what.number);
    if (what.owner)
        owners_[{what.hub, what.owner}] = what.channel;
    const auto channel = what.channel;
    return rooms_.insert_or_assign(channel, live_room{.row = row, .room = std::move(what)}).first->second;
}

void directory::erase_room(channel_id channel) {
    const auto found = rooms_.find(channel);
    if (found == rooms_.end())
        return;
    const auto& room = found->second.room;
    const auto guild = room.guild;
    if (room.owner)
        owners_.erase({room.hub, room.owner});
    give_back_number(room.hub, room.number);
    rooms_.erase(found);
    guilds_[guild].rooms.erase(channel);
    tidy(guild);
}

live_room* directory::room_of_row(guild_id guild, std::int64_t row) {
    for (const auto channel : rooms_of(guild)) {
        if (auto* one = find_room(channel); one->row == row)
            return one;
    }
    return nullptr;
}

live_room* directory::room_of(channel_id hub, user_id owner) {
    const auto found = owners_.find({hub, owner});
    return found == owners_.end() ? nullptr : find_room(found->second);
}

bool directory::is_provided(channel_id hub, user_id user) const {
    return provisions_.contains({hub, user}) || has_begun(hub, user);
}

bool directory::has_begun(channel_id hub, user_id user) const {
    return owners_.contains({hub, user}) || std::ranges::any_of(intents_, [&](const auto& one) {
               return !one.second.given_up && one.second.room.hub == hub && one.second.room.owner == user;
           });
}

void directory::begin_provision(channel_id hub, user_id user) {
    provisions_.insert({hub, user});
}

void directory::end_provision(channel_id hub, user_id user) {
    provisions_.erase({hub, user});
}

bool directory::set_owner(live_room& of, user_id owner) {
    auto& room = of.room;
    if (owner == room.owner)
        return true;
    if (owner && is_provided(room.hub, owner))
        return false;
    if (room.owner)
        owners_.erase({room.hub, room.owner});
    room.owner = owner;
    if (owner)
        owners_[{room.hub, owner}] = room.channel;
    return true;
}

int directory::take_number(channel_id hub) {
    auto& taken = numbers_[hub];
    const int number = lowest_free(taken);
    taken.insert(number);
    return number;
}

bool directory::take_number(channel_id hub, int number) {
    return numbers_[hub].insert(number).second;
}

void directory::give_back_number(channel_id hub, int number) {
    const auto found = numbers_.find(hub);
    if (found == numbers_.end())
        return;
    found->second.erase(number);
    if (found->second.empty())
        numbers_.erase(found);
}

intent& directory::put_intent(intent what) {
    guilds_[what.room.guild].intents.insert(what.row);
    const auto row = what.row;
    return intents_.insert_or_assign(row, std::move(what)).first->second;
}

void directory::erase_intent(std::int64_t row) {
    const auto found = intents_.find(row);
    if (found == intents_.end())
        return;
    const auto guild = found->second.room.guild;
    intents_.erase(found);
    guilds_[guild].intents.erase(row);
    tidy(guild);
}

void directory::give_up(std::int64_t row, time_point until) {
    const auto found = intents_.find(row);
    if (found == intents_.end() || found->second.given_up)
        return;
    auto& left = found->second;
    give_back_number(left.room.hub, left.room.number);
    left.given_up = true;
    left.under_way = false;
    left.give_up_at = until;
}

const intent* directory::find_intent(std::int64_t row) const {
    const auto found = intents_.find(row);
    return found == intents_.end() ? nullptr : &found->second;
}

std::vector<intent> directory::intents_of(guild_id guild) const {
    std::vector<intent> found;
    if (const auto known = guilds_.find(guild); known != guilds_.end()) {
        for (const auto row : known->second.intents)
            found.push_back(intents_.at(row));
    }
    return found;
}

std::vector<channel_id> directory::hubs_of(guild_id guild) const {
    const auto known = guilds_.find(guild);
    if (known == guilds_.end())
        return {};
    return {known->second.hubs.begin(), known->second.hubs.end()};
}

std::vector<channel_id> directory::rooms_of(guild_id guild) const {
    const auto known = guilds_.find(guild);
    if (known == guilds_.end())
        return {};
    return {known->second.rooms.begin(), known->second.rooms.end()};
}

std::size_t directory::room_count(channel_id hub) const {
    const auto of_hub = [hub](const auto& one) { return one.second.room.hub == hub; };
    const auto begun = [&](const auto& one) { return of_hub(one) && !one.second.given_up; };
    const auto about_to_begin = [&](const auto& one) {
        return one.first == hub && !has_begun(one.first, one.second);
    };
    return static_cast<std::size_t>(std::ranges::count_if(rooms_, of_hub) +
                                    std::ranges::count_if(intents_, begun) +
                                    std::ranges::count_if(provisions_, about_to_begin));
}

std::vector<guild_id> directory::guilds() const {
    std::vector<guild_id> ids;
    ids.reserve(guilds_.size());
    for (const auto& [id, known] : guilds_)
        ids.push_back(id);
    return ids;
}

bool directory::concerns(guild_id guild) const {
    return guilds_.contains(guild);
}

void directory::tidy(guild_id guild) {
    const auto found = guilds_.find(guild);
    if (found != guilds_.end() && found->second.hubs.empty() && found->second.rooms.empty() &&
        found->second.intents.empty())
        guilds_.erase(found);
}

} // namespace vagrolant::voice_hubs
