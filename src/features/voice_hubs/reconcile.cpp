#include "features/voice_hubs/reconcile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vagrolant::voice_hubs {

namespace {

using kind = reconcile_step::kind;

// Discord's clock, which makes ids, and ours may differ.
constexpr std::chrono::seconds clock_skew{10};

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
            const bool wanted = occupied(channel->id) || inside(one.room.hub, one.room.owner);
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
        if (find(room.channel) == nullptr && one.shown) {
            add(kind::forget_room, room.channel, room.owner, one.row, room.name);
            return;
        }
        const bool expected = one.expected_until && *one.expected_until > about_.now;
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

bool has_overwrite(const seen_channel& channel, user_id user) {
    return std::ranges::any_of(channel.overwrites, [user](const discord::overwrite& one) {
        return one.type == discord::overwrite_type::member && one.id == user.value();
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

} // namespace

const seen_channel* channel_of(const reconcile_input& about, const intent& row) {
    for (const auto& one : about.channels) {
        const auto made = one.id.created_at();
        if (one.voice && one.name == row.room.name && made + clock_skew >= row.room.created &&
            made <= row.room.created + intent_patience + clock_skew && has_overwrite(one, about.bot) &&
            has_overwrite(one, row.room.creator) && !is_claimed(about, one.id))
            return &one;
    }
    return nullptr;
}

std::vector<reconcile_step> plan_reconcile(const reconcile_input& about) {
    return planner(about).run();
}

std::string describe(const reconcile_step& step) {
    std::string text = name_of(step.what);
    if (step.channel)
        text += fmt::format(" channel {}", step.channel.value());
    if (step.user)
        text += fmt::format(" user {}", step.user.value());
    return text;
}

} // namespace vagrolant::voice_hubs
