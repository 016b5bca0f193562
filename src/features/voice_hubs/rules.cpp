#include "features/voice_hubs/rules.hpp"

#include <algorithm>
#include <tuple>

namespace vagrolant::voice_hubs {

namespace {

using namespace std::chrono_literals;
using enum discord::permission;

constexpr permissions access_bits{view_channel, connect};

bool contains(const std::vector<subject>& list, subject one) {
    return std::ranges::find(list, one) != list.end();
}

bool contains_role(const std::vector<subject>& list, std::span<const role_id> roles) {
    return std::ranges::any_of(roles, [&](role_id role) { return contains(list, subject::of(role)); });
}

// What a mode takes from everybody who is on no list.
permissions taken_by(room_mode mode) {
    switch (mode) {
    case room_mode::open:
        break;
    case room_mode::closed:
        return connect;
    case room_mode::private_:
        return access_bits;
    case room_mode::conference:
        return speak;
    }
    return {};
}

class planner {
public:
    explicit planner(const overwrite_request& about)
        : about_(about)
        , handable_(about.held.without(manage_roles)) {}

    overwrite_plan run() {
        // Before anybody is denied anything, so that the bot never locks itself out.
        grant(subject::of(about_.bot), own_bits);
        const auto everyone = subject::of(discord::everyone_role(about_.guild));
        deny(everyone, taken_by(about_.mode));
        if (about_.owner)
            grant(subject::of(about_.owner), mode_bits);
        if (about_.former_owner)
            grant(subject::of(about_.former_owner), access_bits);
        const auto granted = about_.mode == room_mode::conference ? mode_bits : access_bits;
        for (const auto& one : about_.lists.allowed) {
            if (is_listed(one))
                grant(one, granted);
        }
        for (const auto& one : about_.lists.blocked) {
            if (is_listed(one))
                deny(one, access_bits);
        }
        for (const auto& one : about_.source)
            inherit(one);
        std::erase_if(plan_.overwrites,
                      [](const overwrite& one) { return one.allow.empty() && one.deny.empty(); });
        return std::move(plan_);
    }

private:
    // The owner and the bot have their own overwrites, and roles that are gone would be refused.
    bool is_listed(const subject& one) const {
        if (one.type == discord::overwrite_type::member)
            return one.id != about_.owner.value() && one.id != about_.bot.value();
        return one.id != about_.guild.value() && exists(one);
    }

    bool exists(const subject& one) const {
        return one.type == discord::overwrite_type::member ||
               std::ranges::find(about_.roles, role_id(one.id)) != about_.roles.end();
    }

    overwrite& entry(const subject& whose) {
        const auto found = std::ranges::find_if(plan_.overwrites, [&](const overwrite& one) {
            return one.id == whose.id && one.type == whose.type;
        });
        if (found != plan_.overwrites.end())
            return *found;
        return plan_.overwrites.emplace_back(overwrite{.id = whose.id, .type = whose.type});
    }

    bool has_entry(const subject& whose) const {
        return std::ranges::any_of(plan_.overwrites, [&](const overwrite& one) {
            return one.id == whose.id && one.type == whose.type;
        });
    }

    void grant(const subject& whose, permissions what) {
        auto& into = entry(whose);
        into.allow |= what & handable_;
        into.deny = into.deny.without(into.allow);
    }

    void deny(const subject& whose, permissions what) {
        auto& into = entry(whose);
        into.deny |= what & handable_;
        into.allow = into.allow.without(into.deny);
    }

    // What the source says counts where mode and lists say nothing.
    void inherit(const overwrite& from) {
        const subject whose{.id = from.id, .type = from.type};
        if (whose == subject::of(about_.bot))
            return;
        if (!exists(whose)) {
            plan_.lost.push_back({.whose = whose});
            return;
        }
        const auto taken = taken_by(about_.mode);
        const bool listed = is_listed(whose) &&
                            (contains(about_.lists.allowed, whose) || contains(about_.lists.blocked, whose));
        const bool owner = whose == subject::of(about_.owner);
        auto allow = listed || owner ? from.allow : from.allow.without(taken);
        auto deny = from.deny;
        if (const auto lost = (allow | deny).without(handable_); !lost.empty()) {
            plan_.lost.push_back({.whose = whose, .bits = lost});
            allow &= handable_;
            deny &= handable_;
        }
        if ((allow | deny).empty())
            return;
        if (!has_entry(whose) && plan_.overwrites.size() >= max_overwrites) {
            plan_.lost.push_back({.whose = whose});
            return;
        }
        auto& into = entry(whose);
        const auto settled = into.allow | into.deny;
        into.allow |= allow.without(settled);
        into.deny |= deny.without(settled).without(allow);
    }

    const overwrite_request& about_;
    permissions handable_;
    overwrite_plan plan_;
};

} // namespace

overwrite_plan plan_overwrites(const overwrite_request& about) {
    return planner(about).run();
}

bool deviates(std::span<const overwrite> wanted, std::span<const overwrite> actual) {
    const auto same = [](const overwrite& a, const overwrite& b) { return a.id == b.id && a.type == b.type; };
    for (const auto& one : wanted) {
        const auto found =
            std::ranges::find_if(actual, [&](const overwrite& other) { return same(one, other); });
        const auto present = found == actual.end() ? overwrite{} : *found;
        if ((one.allow & mode_bits) != (present.allow & mode_bits) ||
            (one.deny & mode_bits) != (present.deny & mode_bits))
            return true;
    }
    return std::ranges::any_of(actual, [&](const overwrite& one) {
        return !((one.allow | one.deny) & mode_bits).empty() &&
               std::ranges::none_of(wanted, [&](const overwrite& other) { return same(one, other); });
    });
}

std::vector<overwrite> within(std::span<const overwrite> wanted, std::span<const overwrite> actual,
                              permissions held, user_id bot) {
    const auto find = [](auto& in, const overwrite& like) {
        return std::ranges::find_if(
            in, [&](const overwrite& one) { return one.id == like.id && one.type == like.type; });
    };
    const auto decided = [&](const overwrite& one) {
        const bool own = one.id == bot.value() && one.type == discord::overwrite_type::member;
        return held & (own ? mode_bits | own_bits : mode_bits);
    };
    std::vector<overwrite> result;
    for (const auto& one : wanted) {
        const auto found = find(actual, one);
        const bool is_new = found == actual.end();
        const auto ours = is_new ? held : decided(one);
        const auto kept = is_new ? overwrite{} : *found;
        result.push_back({.id = one.id,
                          .type = one.type,
                          .allow = (one.allow & ours) | kept.allow.without(ours),
                          .deny = (one.deny & ours) | kept.deny.without(ours)});
    }
    for (const auto& one : actual) {
        if (find(wanted, one) != wanted.end())
            continue;
        const auto ours = decided(one);
        const overwrite kept{
            .id = one.id, .type = one.type, .allow = one.allow.without(ours), .deny = one.deny.without(ours)};
        if (!(kept.allow | kept.deny).empty() && result.size() < max_overwrites)
            result.push_back(kept);
    }
    return result;
}

list_entry entry_of(const access_lists& lists, user_id user, std::span<const role_id> roles) {
    if (contains(lists.blocked, subject::of(user)))
        return list_entry::blocked;
    if (contains(lists.allowed, subject::of(user)))
        return list_entry::allowed;
    if (contains_role(lists.blocked, roles))
        return list_entry::blocked;
    return contains_role(lists.allowed, roles) ? list_entry::allowed : list_entry::none;
}

bool may_enter(const access& to, const person& who) {
    if (who.administrator || who.user == to.owner)
        return true;
    switch (entry_of(to.lists, who.user, who.roles)) {
    case list_entry::allowed:
        return true;
    case list_entry::blocked:
        return false;
    case list_entry::none:
        break;
    }
    if (to.former_owner && who.user == to.former_owner)
        return true;
    return taken_by(to.mode).without(speak).empty() && who.in_source.has(access_bits);
}

bool may_speak(const access& to, const person& who) {
    if (to.mode != room_mode::conference || who.administrator || who.user == to.owner)
        return true;
    return entry_of(to.lists, who.user, who.roles) == list_entry::allowed;
}

std::optional<access_lists> edited(access_lists lists, std::span<const subject> allow,
                                   std::span<const subject> block, std::span<const subject> forget) {
    const auto move_to = [](std::vector<subject>& into, std::vector<subject>& from, const subject& one) {
        std::erase(from, one);
        if (!contains(into, one))
            into.push_back(one);
    };
    for (const auto& one : forget) {
        std::erase(lists.allowed, one);
        std::erase(lists.blocked, one);
    }
    for (const auto& one : allow)
        move_to(lists.allowed, lists.blocked, one);
    for (const auto& one : block)
        move_to(lists.blocked, lists.allowed, one);
    if (lists.allowed.size() + lists.blocked.size() > access_lists::max_entries)
        return std::nullopt;
    return lists;
}

std::optional<due_work> next_due(const room& of, const hub_settings& settings) {
    std::optional<due_work> next;
    const auto consider = [&next](due what, time_point when) {
        if (!next || when < next->when)
            next = due_work{.what = what, .when = when};
    };
    if (of.empty_since)
        consider(due::remove_empty, *of.empty_since + settings.empty_grace);
    if (of.owner_left_at && settings.owner_leaves == owner_policy::remove)
        consider(due::remove_abandoned, *of.owner_left_at + settings.return_window);
    if (of.former_owner_left_at)
        consider(due::end_return, *of.former_owner_left_at + settings.return_window);
    if (of.rename)
        consider(due::rename, of.rename->applies_at);
    return next;
}

std::optional<time_point> claimable_from(const room& which, const hub_settings& settings) {
    if (!which.owner)
        return which.created;
    if (!which.owner_left_at || settings.owner_leaves == owner_policy::remove)
        return std::nullopt;
    // With `transfer` he is still the owner only because nobody could take over.
    return *which.owner_left_at +
           (settings.owner_leaves == owner_policy::keep ? settings.keep_for : std::chrono::seconds(0));
}

bool may_be_claimed(const room& which, const hub_settings& settings, time_point now) {
    const auto from = claimable_from(which, settings);
    return from && *from <= now;
}

bool looks_like(const shown_channel& one, const shown_channel& other) {
    return one.name == other.name && one.user_limit == other.user_limit && one.bitrate == other.bitrate &&
           (!one.region || !other.region || one.region == other.region) &&
           !deviates(one.overwrites, other.overwrites);
}

bool overwrites_are_late(const shown_channel& shown, std::span<const shown_channel> own_changes) {
    const auto are_of = [&](const shown_channel& one) { return !deviates(one.overwrites, shown.overwrites); };
    return !own_changes.empty() && !are_of(own_changes.back()) &&
           std::ranges::any_of(own_changes.first(own_changes.size() - 1), are_of);
}

room changed_by_hand(room which, const shown_channel& shown, std::span<const shown_channel> ours) {
    const auto is_ours = [&](auto field, const auto& value) {
        return std::ranges::find(ours, value, field) != ours.end();
    };
    auto& settings = which.settings;
    if (!is_ours(&shown_channel::user_limit, shown.user_limit))
        settings.user_limit = shown.user_limit;
    if (shown.region && !is_ours(&shown_channel::region, shown.region))
        settings.region = *shown.region;
    if (shown.bitrate > 0 && !is_ours(&shown_channel::bitrate, shown.bitrate) &&
        !is_ours(&shown_channel::bitrate, 0))
        settings.bitrate = shown.bitrate;
    const bool awaited = which.rename && which.rename->name == shown.name;
    if (!shown.name.empty() && !awaited && !is_ours(&shown_channel::name, shown.name)) {
        which.name = settings.name = shown.name;
        which.rename.reset();
    }
    return which;
}

room handed_over(room which, user_id to, bool for_good, const hub_settings& settings, time_point now) {
    const auto former = which.owner;
    const auto left_at = which.owner_left_at;
    which.owner = to;
    which.owner_left_at.reset();
    // On the whitelist he stays: should the former owner be back, he is still welcome.
    std::erase(which.settings.lists.blocked, subject::of(to));
    if (which.former_owner && which.former_owner != to && !for_good &&
        has_right_of_return(which, settings, which.former_owner, now))
        return which;
    which.former_owner = {};
    which.former_owner_left_at.reset();
    if (former && left_at && !for_good && now < *left_at + settings.return_window) {
        which.former_owner = former;
        which.former_owner_left_at = left_at;
    }
    return which;
}

bool has_right_of_return(const room& which, const hub_settings& settings, user_id who, time_point now) {
    return which.former_owner == who && which.former_owner_left_at &&
           now <= *which.former_owner_left_at + settings.return_window;
}

bool breaker::refused(time_point now) {
    constexpr int most = 5;
    // Of those who were on their way already.
    if (open(now))
        return false;
    if (idle(now))
        failures_ = 0;
    until_ = now + std::min<std::chrono::seconds>(30s * (1 << std::min(failures_, most)), longest);
    return failures_++ == 0;
}

std::vector<standing> moved_down(channel_id hub, std::span<const standing> category) {
    std::vector<standing> moved;
    const auto at = std::ranges::find(category, hub, &standing::channel);
    if (at == category.end() || at->position > 0)
        return moved;
    for (auto one : category) {
        if (one.room || std::tuple(one.position, one.channel) < std::tuple(at->position, hub))
            continue;
        ++one.position;
        moved.push_back(one);
    }
    return moved;
}

} // namespace vagrolant::voice_hubs
