#include "features/moderation/lock_rules.hpp"

#include "bot/permissions.hpp"

#include <algorithm>

namespace vagrolant::moderation {

namespace {

using bot::say;
using discord::overwrite;
using discord::overwrite_type;
using discord::permission;
using discord::permissions;

stance stance_of(std::span<const overwrite> overwrites, std::uint64_t id) {
    const auto found = std::ranges::find(overwrites, id, &overwrite::id);
    if (found == overwrites.end())
        return {};
    return {.exists = true, .allow = found->allow, .deny = found->deny};
}

stance only(const stance& all, permissions some) {
    return {.exists = all.exists, .allow = all.allow & some, .deny = all.deny & some};
}

// `all`, but `from` for these permissions.
stance with(stance all, permissions these, const stance& from) {
    all.allow = all.allow.without(these) | (from.allow & these);
    all.deny = all.deny.without(these) | (from.deny & these);
    return all;
}

permissions effective(const lock_scene& where, std::span<const overwrite> overwrites) {
    return discord::compute_in_channel(where.base, where.self, where.guild, overwrites,
                                       discord::is_voice_like(where.type));
}

// What the bot may allow and deny there.
permissions editable(const lock_scene& where) {
    if (where.base.has(permission::administrator))
        return permissions::all();
    const bool given_here = std::ranges::any_of(where.overwrites, [&](const overwrite& one) {
        const bool mine =
            one.type == overwrite_type::member
                ? one.id == where.self.user.value()
                : std::ranges::find(where.self.roles, discord::role_id(one.id)) != where.self.roles.end();
        return mine && one.allow.has(permission::manage_roles);
    });
    return given_here ? permissions::all() : where.around;
}

std::optional<bot::refusal> lacks(const lock_scene& where, permissions needed) {
    return bot::missing_permissions({}, needed, where.name);
}

std::optional<bot::refusal> may_not_edit(const lock_scene& where) {
    return bot::missing_permissions(effective(where, where.overwrites),
                                    {permission::view_channel, permission::manage_roles}, where.name);
}

overwrite everyone_overwrite(const lock_scene& where, const stance& what) {
    return overwrite::of(discord::everyone_role(where.guild), what.allow, what.deny);
}

overwrite own_overwrite(const lock_scene& where, const stance& what) {
    return overwrite::of(where.self.user, what.allow, what.deny);
}

std::vector<overwrite> replaced(std::span<const overwrite> overwrites, const overwrite& one) {
    std::vector<overwrite> all(overwrites.begin(), overwrites.end());
    std::erase_if(all, [&](const overwrite& other) { return other.id == one.id; });
    all.push_back(one);
    return all;
}

// The memory of `now` for `touched`, of which those in `as_locked` still are as an earlier lock left them.
remembered remember(const stance& now, permissions touched, permissions as_locked,
                    const remembered* earlier) {
    if (earlier == nullptr || earlier->touched.empty())
        return {.touched = touched, .before = only(now, touched)};
    auto kept = earlier->touched & as_locked;
    auto before = with(only(now, touched | earlier->touched), kept, earlier->before);
    before.exists = earlier->before.exists;
    return {.touched = touched | earlier->touched, .before = before};
}

// `now` with what was remembered put back where it still is as the lock left it.
stance put_back(const stance& now, const remembered& memory, permissions as_locked) {
    return with(now, memory.touched & as_locked, memory.before);
}

// Permissions that are neither as the lock left them nor as they were before.
permissions changed_since(const stance& now, const remembered& memory, permissions as_locked) {
    const auto others = memory.touched.without(as_locked);
    const auto allow_differs = permissions::from_bits(now.allow.bits() ^ memory.before.allow.bits());
    const auto deny_differs = permissions::from_bits(now.deny.bits() ^ memory.before.deny.bits());
    return others & (allow_differs | deny_differs);
}

// How the overwrite gets from one to the other; nullopt where nothing has to change. `wanted`: whether an
// empty one stays.
std::optional<overwrite_change> change(const stance& from, const stance& to, const overwrite& as,
                                       bool wanted) {
    const bool empty = to.allow.empty() && to.deny.empty();
    if (empty && !wanted) {
        if (!from.exists)
            return std::nullopt;
        return overwrite_change{.id = as.id, .to = std::nullopt};
    }
    if (from.allow == to.allow && from.deny == to.deny)
        return std::nullopt;
    return overwrite_change{.id = as.id, .to = as};
}

permissions difference(const stance& a, const stance& b) {
    return permissions::from_bits((a.allow.bits() ^ b.allow.bits()) | (a.deny.bits() ^ b.deny.bits()));
}

std::expected<unlock_plan, bot::refusal> unlock_unremembered(const lock_scene& where) {
    const auto now = stance_of(where.overwrites, where.guild.value());
    const auto closed = now.deny & lockable(where.type);
    unlock_plan plan;
    if (closed.empty()) {
        plan.warnings.push_back({.code = "not_locked",
                                 .text = say({.fr = "{} n'était pas verrouillé : rien n'a été changé.",
                                              .en = "{} was not locked: nothing was changed."},
                                             bot::channel_label(where.name))});
        return plan;
    }
    const auto opened = closed & editable(where);
    if (const auto refused = lacks(where, closed.without(opened) & permission::send_messages))
        return std::unexpected(*refused);
    auto open = now;
    open.deny = open.deny.without(opened);
    if (const auto one = change(now, open, everyone_overwrite(where, open), false))
        plan.changes.push_back(*one);
    plan.warnings.push_back(
        {.code = "not_locked_by_bot",
         .text =
             say({.fr = "Le bot n'avait pas verrouillé {} : il n'avait rien à rétablir et a seulement levé "
                        "l'interdiction d'écrire faite à @everyone.",
                  .en = "The bot had not locked {}: it had nothing to restore and only lifted what kept "
                        "@everyone from writing."},
                 bot::channel_label(where.name))});
    return plan;
}

} // namespace

permissions lockable(discord::channel_type type) {
    using enum discord::channel_type;
    switch (type) {
    case text:
    case announcement:
    case forum:
    case media:
        return {permission::send_messages, permission::send_messages_in_threads,
                permission::create_public_threads, permission::create_private_threads};
    case voice:
    case stage:
        return permission::send_messages;
    case dm:
    case group_dm:
    case category:
    case announcement_thread:
    case public_thread:
    case private_thread:
    case directory:
        break;
    }
    return {};
}

std::expected<lock_plan, bot::refusal> plan_lock(const lock_scene& where,
                                                 const std::optional<lock_memory>& memory) {
    if (auto refused = may_not_edit(where))
        return std::unexpected(*std::move(refused));
    const auto everyone = stance_of(where.overwrites, where.guild.value());
    const auto own = stance_of(where.overwrites, where.self.user.value());
    const auto may = editable(where);
    const auto skipped = lockable(where.type).without(everyone.deny).without(may);
    if (auto refused = lacks(where, skipped & permission::send_messages))
        return std::unexpected(*std::move(refused));
    const auto touched = lockable(where.type).without(skipped);

    const auto closed = with(everyone, touched, {.allow = {}, .deny = touched});
    const auto closed_overwrites = replaced(where.overwrites, everyone_overwrite(where, closed));
    const auto lost = effective(where, where.overwrites).without(effective(where, closed_overwrites));
    const auto given = lost & touched & may;
    const auto opened = with(own, given, {.allow = given, .deny = {}});

    lock_plan plan;
    plan.memory.everyone = remember(everyone, touched, everyone.deny, memory ? &memory->everyone : nullptr);
    plan.memory.own = remember(own, given, own.allow, memory ? &memory->own : nullptr);
    if (const auto one = change(own, opened, own_overwrite(where, opened), own.exists))
        plan.changes.push_back(*one);
    if (const auto one = change(everyone, closed, everyone_overwrite(where, closed), everyone.exists))
        plan.changes.push_back(*one);
    if (!skipped.empty()) {
        plan.warnings.push_back(
            {.code = "permission_not_held",
             .text = say({.fr = "Le bot ne peut pas retirer {} dans {}, car il n'a pas lui-même cette "
                                "permission.",
                          .en = "The bot cannot take {} away in {}, as it does not hold it itself."},
                         bot::permission_names(skipped), bot::channel_label(where.name))});
    }
    return plan;
}

std::expected<unlock_plan, bot::refusal> plan_unlock(const lock_scene& where,
                                                     const std::optional<lock_memory>& memory) {
    if (auto refused = may_not_edit(where))
        return std::unexpected(*std::move(refused));
    if (!memory)
        return unlock_unremembered(where);

    const auto everyone = stance_of(where.overwrites, where.guild.value());
    const auto own = stance_of(where.overwrites, where.self.user.value());
    const auto opened = put_back(everyone, memory->everyone, everyone.deny);
    const auto given_back = put_back(own, memory->own, own.allow);
    const auto may = editable(where);
    const auto forbidden = (difference(everyone, opened) | difference(own, given_back)).without(may);
    if (auto refused = lacks(where, forbidden))
        return std::unexpected(*std::move(refused));

    unlock_plan plan;
    if (const auto one = change(everyone, opened, everyone_overwrite(where, opened),
                                memory->everyone.before.exists && everyone.exists))
        plan.changes.push_back(*one);
    if (const auto one = change(own, given_back, own_overwrite(where, given_back),
                                memory->own.before.exists && own.exists))
        plan.changes.push_back(*one);

    const auto kept = changed_since(everyone, memory->everyone, everyone.deny);
    if (!kept.empty()) {
        plan.warnings.push_back(
            {.code = "changed_meanwhile",
             .text =
                 say({.fr = "Quelqu'un a changé {} pour @everyone dans {} depuis le verrouillage : ce choix "
                            "a été gardé.",
                      .en = "Somebody has changed {} for @everyone in {} since it was locked: that choice "
                            "was kept."},
                     bot::permission_names(kept), bot::channel_label(where.name))});
    }
    if (opened.deny.has(permission::send_messages)) {
        plan.warnings.push_back(
            {.code = "still_closed",
             .text =
                 say({.fr = "@everyone ne pouvait déjà pas écrire dans {} avant le verrouillage : c'est de "
                            "nouveau ainsi.",
                      .en = "@everyone could not write in {} before it was locked either: that is how it "
                            "is again."},
                     bot::channel_label(where.name))});
    }
    return plan;
}

} // namespace vagrolant::moderation
