#include "async/event.hpp"
#include "base/log.hpp"
#include "base/scope_exit.hpp"
#include "discord/rest/error_codes.hpp"
#include "discord/rest/members.hpp"
#include "features/voice_hubs/state.hpp"

#include <algorithm>
#include <deque>
#include <iterator>

namespace vagrolant::voice_hubs {

using namespace std::chrono_literals;
using bot::say;

awaitable<int> rooms::state::count_purgeable(channel_id channel) {
    co_await learn_people(channel);
    const auto* live = known.find_room(channel);
    co_return live == nullptr ? 0 : static_cast<int>(not_admitted(live->room).size());
}

// Those who are put out, a few side by side: moves into new rooms wait for the same limit of Discord's.
struct rooms::state::eviction {
    explicit eviction(const asio::any_io_executor& loop)
        : changed(loop) {}

    channel_id channel;
    std::deque<user_id> left;
    time_point until;
    int disconnected = 0;
    int working = 0;
    std::exception_ptr failure;
    event changed;
};

awaitable<void> rooms::state::evict(std::shared_ptr<eviction> run) {
    const scope_exit leave([&run] {
        --run->working;
        run->changed.notify_all();
    });
    while (!run->left.empty() && !run->failure && now() < run->until) {
        const auto user = run->left.front();
        run->left.pop_front();
        // Rules may have changed since, and he may have gone.
        const auto* live = known.find_room(run->channel);
        if (live == nullptr || live->closing)
            co_return;
        const auto guild = live->room.guild;
        const auto unwanted = not_admitted(live->room);
        if (std::ranges::find(unwanted, user) == unwanted.end())
            continue;
        std::optional<std::chrono::milliseconds> pause;
        try {
            co_await disconnect(guild, user, run->channel, "voice hub: purge");
            ++run->disconnected;
        } catch (const discord::not_wanted&) {
            continue; // He has just left by himself.
        } catch (const boost::system::system_error&) {
            throw; // cancelled
        } catch (const discord::rate_limited& limit) {
            pause = std::chrono::ceil<std::chrono::milliseconds>(limit.retry_after());
        } catch (const discord::rest_error& error) {
            // He has just left by himself, or the guild.
            if (error.code() != discord::json_error::target_user_not_connected_to_voice &&
                error.code() != discord::json_error::unknown_member)
                run->failure = std::current_exception();
        } catch (const std::exception&) {
            run->failure = std::current_exception();
        }
        if (pause || run->failure)
            run->left.push_front(user);
        if (pause) {
            co_await sleep_for(std::min<std::chrono::milliseconds>(*pause, run->until - now()));
        }
        run->changed.notify_all();
    }
}

// Not in the room's lane: it may take a while, and what changes meanwhile counts.
awaitable<outcome<purge_result>> rooms::state::purge(actor who, channel_id channel, purge_pace pace) {
    constexpr int side_by_side = 4;
    constexpr auto progress_every = 3s;
    const auto before = changeable(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    co_await learn_people(channel);
    // Shared: should the one who asked be cancelled, those at work still know where they are.
    const auto run = std::make_shared<eviction>(with.tasks.executor());
    run->channel = channel;
    run->until = now() + pace.patience;
    std::ranges::copy(not_admitted(*before), std::back_inserter(run->left));
    const auto all = static_cast<int>(run->left.size());
    for (int one = 0; one < std::min(side_by_side, all); ++one) {
        ++run->working;
        with.tasks.spawn("voice purge", evict(run));
    }
    auto next_progress = now() + progress_every;
    while (run->working > 0) {
        co_await run->changed.wait_for(std::max<std::chrono::milliseconds>(next_progress - now(), 1ms));
        if (now() < next_progress || run->working == 0)
            continue;
        next_progress = now() + progress_every;
        if (pace.progress)
            co_await pace.progress(run->disconnected, all);
    }
    // What was done is told, whatever came after it.
    if (run->failure && run->disconnected == 0)
        std::rethrow_exception(run->failure);
    co_return purge_result{.disconnected = run->disconnected, .left = static_cast<int>(run->left.size())};
}

awaitable<outcome<room>> rooms::state::knock(actor who, channel_id channel) {
    constexpr auto pause_between = 1min;
    const auto* live = known.find_room(channel);
    if (live == nullptr || live->closing)
        co_return std::unexpected(gone());
    const auto facts = co_await facts_of(live->room.guild, who.user);
    live = known.find_room(channel);
    if (live == nullptr)
        co_return std::unexpected(gone());
    const auto& room = live->room;
    const auto to = access::to(room);
    if (entry_of(room.settings.lists, who.user, facts.roles) == list_entry::blocked ||
        (!room.owner && !who.administrator)) {
        co_return std::unexpected(
            refuse("not_welcome", localized{.fr = "Ce salon ne prend pas de demandes de votre part.",
                                            .en = "This room does not take requests from you."}));
    }
    auto self = person_of(room.guild, who.user, facts.roles, source_of(room));
    self.administrator = self.administrator || who.administrator;
    const auto* voice = with.cache.find_voice_state(room.guild, who.user);
    // Inside a conference there is the floor to ask for.
    const bool silent = voice != nullptr && voice->channel == channel && !may_speak(to, self);
    if (may_enter(to, self) && !silent) {
        constexpr localized enters{.fr = "Vous pouvez déjà entrer : <#{}>.",
                                   .en = "You may already enter: <#{}>."};
        constexpr localized speaks{.fr = "Vous avez déjà la parole dans <#{}>.",
                                   .en = "You may already speak in <#{}>."};
        const bool inside = voice != nullptr && voice->channel == channel;
        co_return std::unexpected(refuse("may_enter", say(inside ? speaks : enters, channel.value())));
    }
    auto& note = knocks[{channel, who.user}];
    if (const auto again = note.again; again > now()) {
        auto why = refuse("too_soon",
                          say({.fr = "Vous avez déjà demandé à entrer : réessayez <t:{}:R>.",
                               .en = "You have asked already: try again <t:{}:R>."},
                              std::chrono::ceil<std::chrono::seconds>(again).time_since_epoch().count()));
        why.retry_after = again - now();
        co_return std::unexpected(std::move(why));
    }
    note = {.asked = now(), .again = now() + pause_between};
    co_return room;
}

awaitable<outcome<room>> rooms::state::answer_knock(actor who, channel_id channel, user_id guest,
                                                    bool accepted) {
    constexpr auto pause_after_refusal = 5min;
    auto before = changeable(who, channel);
    if (!before)
        co_return std::unexpected(before.error());
    // Pressed twice, or answered by somebody else meanwhile.
    const auto& allowed = before->settings.lists.allowed;
    if (std::ranges::find(allowed, subject::of(guest)) != allowed.end()) {
        co_return std::unexpected(refuse(
            "already_answered",
            say({.fr = "<@{}> est déjà sur la liste blanche.", .en = "<@{}> is on the whitelist already."},
                guest.value())));
    }
    if (!accepted) {
        knocks[{channel, guest}] = {.asked = {}, .again = now() + pause_after_refusal};
        co_return *std::move(before);
    }
    const auto asked = knocks.extract({channel, guest});
    const bool awaits_it = asked && asked.mapped().asked && now() < *asked.mapped().asked + knock_life;
    list_edit change;
    change.allow.push_back(subject::of(guest));
    auto changed_access = co_await edit_lists(who, channel, std::move(change));
    if (!changed_access)
        co_return std::unexpected(std::move(changed_access.error()));
    const auto* voice = with.cache.find_voice_state(before->guild, guest);
    if (awaits_it && voice != nullptr && voice->channel != channel) {
        std::string problem;
        try {
            co_await discord::modify_member(with.rest, before->guild, guest, {.voice_channel = channel},
                                            "voice hub: let in");
        } catch (const discord::rest_error& error) {
            problem = error.what();
        }
        // He may come by himself.
        if (!problem.empty())
            log::info("guest not moved in", {{"room", channel}, {"error", problem}});
    }
    co_return changed_access->now;
}

} // namespace vagrolant::voice_hubs
