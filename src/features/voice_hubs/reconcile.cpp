#include "features/voice_hubs/reconcile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace vagrolant::voice_hubs {

namespace {

using kind = reconcile_step::kind;

class planner {
public:
    explicit planner(const reconcile_input& about)
        : about_(about) {}

    std::vector<reconcile_step> run() {
        for (const auto& one : about_.hubs)
            look_at(one);
        for (const auto& one : about_.intents)
            look_at(one);
        for (const auto& one : about_.rooms)
            look_at(one);
        for (const auto& one : about_.people)
            look_at(one);
        return std::move(steps_);
    }

private:
    const seen_channel* find(channel_id id) const {
        const auto found = std::ranges::find(about_.channels, id, &seen_channel::id);
        return found == about_.channels.end() ? nullptr : &*found;
    }

    bool occupied(channel_id channel) const {
        return std::ranges::any_of(
            about_.people, [channel](const connected& one) { return one.channel == channel && !one.bot; });
    }

    bool inside(channel_id channel, user_id user) const {
        return std::ranges::any_of(
            about_.people, [&](const connected& one) { return one.channel == channel && one.user == user; });
    }

    void add(kind what, channel_id channel, user_id user = {}, std::int64_t row = 0, std::string name = {}) {
        steps_.push_back(
            {.what = what, .channel = channel, .user = user, .row = row, .name = std::move(name)});
    }

    void look_at(const hub& one) {
        if (find(one.channel) == nullptr)
            add(kind::forget_hub, one.channel);
    }

    void look_at(const intent& one) {
        if (one.under_way)
            return;
        const auto* channel = channel_of(about_, one);
        if (channel != nullptr) {
            const bool awaited = !one.given_up && inside(one.room.hub, one.room.owner);
            const bool wanted = occupied(channel->id) || awaited;
            const auto what = wanted ? kind::adopt_orphan : kind::delete_orphan;
            add(what, channel->id, one.room.owner, one.row, channel->name);
        } else if (one.give_up_at <= about_.now) {
            add(kind::forget_intent, {}, one.room.owner, one.row, one.room.name);
        }
    }

    void look_at(const live_room& one) {
        const auto& room = one.room;
        if (one.closing)
            return;
        if (find(room.channel) == nullptr) {
            add(kind::forget_room, room.channel, room.owner, one.row, room.name);
            return;
        }
        const bool expected = one.moved || (one.expected_until && *one.expected_until > about_.now);
        const bool empty = !occupied(room.channel);
        if (empty && !room.empty_since && !expected)
            add(kind::empty, room.channel, {}, one.row, room.name);
        else if (!empty && room.empty_since)
            add(kind::occupied, room.channel, {}, one.row, room.name);
        if (!room.owner || expected)
            return;
        const bool owner_inside = inside(room.channel, room.owner);
        if (!owner_inside && !room.owner_left_at)
            add(kind::owner_away, room.channel, room.owner, one.row, room.name);
        else if (owner_inside && room.owner_left_at)
            add(kind::owner_back, room.channel, room.owner, one.row, room.name);
    }

    void look_at(const connected& one) {
        if (!one.bot && std::ranges::find(about_.hubs, one.channel, &hub::channel) != about_.hubs.end())
            add(kind::serve, one.channel, one.user);
    }

    const reconcile_input& about_;
    std::vector<reconcile_step> steps_;
};

// Not what an administrator would give a bot in a channel of his own.
bool is_made_by_bot(const reconcile_input& about, const seen_channel& channel) {
    using enum discord::permission;
    return std::ranges::any_of(channel.overwrites, [&about](const discord::overwrite& one) {
        return one.type == discord::overwrite_type::member && one.id == about.bot.value() &&
               one.allow.has({view_channel, manage_channels});
    });
}

bool may_be_made_for(const reconcile_input& about, const seen_channel& channel, const intent& row) {
    const auto made = channel.id.created_at();
    return channel.voice && channel.name == row.room.name && made + clock_skew >= row.room.created &&
           made <= row.room.created + late_patience + clock_skew && is_made_by_bot(about, channel);
}

// The same name may have been tried several times.
bool may_be_another_s(const reconcile_input& about, const seen_channel& channel, const intent& row) {
    return std::ranges::any_of(about.intents, [&](const intent& other) {
        const bool later = std::tuple(other.room.created, other.row) > std::tuple(row.room.created, row.row);
        return other.row != row.row && (other.under_way || later) && may_be_made_for(about, channel, other);
    });
}

bool is_claimed(const reconcile_input& about, channel_id channel) {
    return std::ranges::any_of(about.rooms,
                               [&](const live_room& one) { return one.room.channel == channel; }) ||
           std::ranges::any_of(about.hubs, [&](const hub& one) { return one.channel == channel; });
}

const char* name_of(kind what) {
    switch (what) {
    case kind::forget_hub:
        return "forget_hub";
    case kind::forget_room:
        return "forget_room";
    case kind::forget_intent:
        return "forget_intent";
    case kind::delete_orphan:
        return "delete_orphan";
    case kind::adopt_orphan:
        return "adopt_orphan";
    case kind::empty:
        return "empty";
    case kind::occupied:
        return "occupied";
    case kind::owner_away:
        return "owner_away";
    case kind::owner_back:
        return "owner_back";
    case kind::serve:
        return "serve";
    }
    std::unreachable();
}

const char* reason_of(kind what) {
    switch (what) {
    case kind::forget_hub:
    case kind::forget_room:
        return "its channel is gone";
    case kind::forget_intent:
        return "its channel was never made";
    case kind::delete_orphan:
        return "left by an interrupted creation, and nobody is in it";
    case kind::adopt_orphan:
        return "left by an interrupted creation, and in use";
    case kind::empty:
        return "nobody is in it";
    case kind::occupied:
        return "somebody is in it";
    case kind::owner_away:
        return "its owner has left";
    case kind::owner_back:
        return "its owner is back";
    case kind::serve:
        return "waits for a room";
    }
    std::unreachable();
}

} // namespace

const seen_channel* channel_of(const reconcile_input& about, const intent& row) {
    for (const auto& one : about.channels) {
        if (may_be_made_for(about, one, row) && !is_claimed(about, one.id) &&
            !may_be_another_s(about, one, row))
            return &one;
    }
    return nullptr;
}

std::vector<reconcile_step> plan_reconcile(const reconcile_input& about) {
    return planner(about).run();
}

bool rests_on_absence(kind what) {
    return what == kind::forget_hub || what == kind::forget_room || what == kind::forget_intent;
}

std::string describe(const reconcile_step& step) {
    std::string text = name_of(step.what);
    if (!step.name.empty())
        text += fmt::format(" \"{}\"", step.name);
    if (step.channel)
        text += fmt::format(" channel {}", step.channel.value());
    if (step.user)
        text += fmt::format(" user {}", step.user.value());
    return text + ": " + reason_of(step.what);
}

} // namespace vagrolant::voice_hubs
