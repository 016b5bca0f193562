#pragma once

#include "async/event.hpp"
#include "async/serial_by_key.hpp"
#include "discord/model/channel_edit.hpp"
#include "features/voice_hubs/backoff.hpp"
#include "features/voice_hubs/create_failures.hpp"
#include "features/voice_hubs/directory.hpp"
#include "features/voice_hubs/notices.hpp"
#include "features/voice_hubs/permits.hpp"
#include "features/voice_hubs/reconcile.hpp"
#include "features/voice_hubs/room_rows.hpp"
#include "features/voice_hubs/rooms.hpp"
#include "features/voice_hubs/rules.hpp"
#include "features/voice_hubs/silences.hpp"
#include "features/voice_hubs/store.hpp"
#include "features/voice_hubs/whereabouts.hpp"

#include <functional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <variant>

namespace vagrolant::voice_hubs {

/// What Discord shows of a room's channel as far as events have told.
shown_channel shown_now(const discord::cached_channel& seen);

/// What `rooms` is made of: classes of their own, and groups of functions with a file each.
///
/// What happens is taken note of when its event comes, in order; what has to be done about it runs in
/// lanes: a member's (being served by a hub) and a room's or hub's (everything that changes it). A slow call
/// for one therefore holds up nobody else. Whatever waited looks at the world again before it acts.
struct rooms::state : voice_people {
    explicit state(bot::services& services);

    // The members of others

    bot::services& with;
    store rows;
    directory known;
    voice_hubs::room_rows room_rows;
    voice_hubs::notices notices;
    voice_hubs::permits permits;
    voice_hubs::silences silences;
    voice_hubs::whereabouts whereabouts;
    panel_sink* panel = nullptr;
    bool loaded = false;
    event changed;
    serial_by_key<channel_id> room_lane;
    serial_by_key<member_key> member_lane;
    minute_gate<member_key> member_gate;
    minute_gate<guild_id> guild_gate;
    minute_gate<channel_id> repair_gate;
    /// Discord refuses rooms, and is not asked for a while.
    struct setback : breaker {
        bot::refusal why;
    };
    /// By guild, or by hub where it is refused for the hub's own sake.
    std::unordered_map<std::uint64_t, setback> breakers;
    /// Of those who are in a hub or a room; of all who are in voice until `loaded`.
    std::unordered_map<member_key, person_facts> people;
    /// Hubs that are being moved down, or that Discord does not let the bot move.
    std::set<channel_id> placed;
    /// What somebody plays has become known.
    event games_told;
    /// Rooms whose owner is being asked about.
    std::set<channel_id> learning;
    /// How long to wait after the next failure that concerns a guild as a whole.
    std::unordered_map<guild_id, backoff> guild_retries;
    /// When somebody asked to be let in (not if he was refused since), and when he may again.
    struct knock_note {
        std::optional<time_point> asked;
        time_point again;
    };
    std::map<std::pair<channel_id, user_id>, knock_note> knocks;

    time_point now() const override;
    bool is_current(guild_id guild) const override;

    // Time (upkeep.cpp)

    struct voice_errand {
        member_key who;
        friend auto operator<=>(const voice_errand&, const voice_errand&) = default;
    };
    using errand = std::variant<channel_id, member_key, guild_id, voice_errand>;
    std::set<std::pair<time_point, errand>> errands;
    std::set<guild_id> to_reconcile;
    std::set<guild_id> being_reconciled;
    int reconciling = 0;

    void at(time_point when, errand what);
    void schedule(live_room& which);
    awaitable<void> run();
    awaitable<void> load();
    void sweep();
    /// Those who are in no hub and no room.
    void forget_people();
    void do_errands();
    void start_reconciling();
    void reconcile_soon(guild_id guild);
    awaitable<void> reconcile_some();
    awaitable<void> reconcile(guild_id guild);
    awaitable<void> carry_out(guild_id guild, reconcile_step step);
    void adopt(guild_id guild, std::int64_t row, channel_id channel);
    reconcile_input look(guild_id guild) const;

    // Asking Discord itself where events may have been lost (asking.cpp)

    /// What reconciling has to do. What rests on something not being there has been asked about.
    awaitable<std::vector<reconcile_step>> plan(guild_id guild);
    /// Learns of the guild's channels that no event has shown; false when Discord does not say.
    awaitable<bool> learn_channels(guild_id guild);
    /// Whether Discord says that there is no such channel; nullopt when it says nothing.
    awaitable<std::optional<bool>> is_gone(channel_id channel);
    /// Learns whether whoever was moved into the room is in it; false when Discord does not say.
    awaitable<bool> learn_arrival(channel_id channel);

    // Events (events.cpp)

    void note_person(guild_id guild, user_id user, person_facts facts);
    void went(guild_id guild, user_id user, channel_id from, channel_id to, bool bot);
    void entered(live_room& which, user_id user, bool bot);
    void left(live_room& which, user_id user);
    void occupancy_changed(live_room& which);
    void owner_came(live_room& which);
    void owner_went(live_room& which);
    void channel_gone(guild_id guild, channel_id channel);

    // What keeps hubs from making rooms (obstacles.cpp)

    /// Hubs for which there is an obstacle.
    std::set<channel_id> obstructed;
    /// Why no room can be made for this hub, as far as is known without asking Discord.
    std::optional<bot::refusal> obstacle(const hub& from) const;
    /// What keeps the bot from moving people out of the hub.
    std::optional<bot::refusal> obstacle_to_moves(guild_id guild, channel_id hub) const;
    /// Tells administrators, and looks again soon: that costs no call, and whoever mends it need not wait.
    void held_up(const hub& from, user_id user, const bot::refusal& why);
    /// What keeps the hub from making rooms until Discord is asked again; null: nothing does.
    const setback* held_off(guild_id guild, channel_id hub) const;
    /// Discord refuses rooms: one notice when it begins.
    void refused(guild_id guild, channel_id hub, const bot::refusal& why);
    /// Holds off the hub (or the guild), tells administrators, and has the member served afterwards.
    void hold_off(const hub& from, user_id user, const bot::refusal& why);
    /// How many channels the category holds.
    int children_of(channel_id category) const;
    bool is_afk_channel(channel_id channel) const;
    /// What was refused for want of a place is tried again: a channel of the category is gone.
    void place_freed(guild_id guild, channel_id category);
    /// The same once settings of the hub, or the bot's permissions (no hub), have changed.
    void may_be_mended(guild_id guild, channel_id hub = {});
    /// True when that was what held off.
    bool forget_setback(std::uint64_t key, std::string_view code);
    void serve_waiting(guild_id guild);

    // Being served by a hub (arrivals.cpp)

    void arrived(guild_id guild, user_id user);
    awaitable<void> serve(guild_id guild, user_id user);
    awaitable<void> serve_now(guild_id guild, user_id user);
    awaitable<void> make_room(hub from, user_id user, std::string member_name);
    /// Makes the channel of a room whose row there is; what Discord does not take of it is left out of both.
    awaitable<std::optional<discord::channel>> make_channel(hub from, stored_room& begun);
    discord::channel_create channel_for(const hub& from, const room& draft, channel_id parent,
                                        std::vector<discord::overwrite> overwrites) const;
    /// Where Discord does not take its name.
    awaitable<void> call_plainly(stored_room& begun);
    awaitable<void> move_in(channel_id channel, user_id user);
    /// Moves the owner into his new room and posts its panel.
    awaitable<void> welcome(channel_id channel, user_id owner);
    /// Waits no longer for the row's channel, which may still turn up; the second time the row goes.
    awaitable<void> give_up(std::int64_t row);
    /// Deletes the row of a channel that was certainly not made.
    awaitable<void> abandon(std::int64_t row);
    /// Takes in what the table says is the member's room of the hub.
    awaitable<void> take_in(hub from, user_id user);
    /// The hub that the member is waiting in.
    const hub* waiting_in(guild_id guild, user_id user) const;
    bool waits_in(channel_id hub, guild_id guild, user_id user) const;

    // Where rooms stand (placing.cpp)

    /// The categories that rooms of the hub go to, in turn; none: the top.
    std::vector<channel_id> parents_for(const hub& from);
    /// Of a room in its category, as Discord is told it when it is made; nullopt for the end.
    std::optional<int> place_of_room(const hub& from, channel_id category) const;
    /// Moves the hub down where nothing can stand above it; in the background.
    void make_place_above(channel_id hub);
    awaitable<void> move_down(channel_id hub);

    // Rooms from their first to their last day (lifecycle.cpp)

    /// Has the room looked after soon.
    void tend(live_room& which);
    /// Makes the room be as rules and settings say; again later where that fails.
    awaitable<void> look_after(channel_id channel);
    awaitable<void> converge(channel_id channel);
    /// Why a room is deleted.
    enum class ending : std::uint8_t { empty, abandoned, asked_for };
    /// Whether it still is to be, as far as events have shown.
    bool is_over(channel_id channel, ending why) const;
    /// Its owner waits in its hub, from where he is brought back.
    bool is_awaited(const room& which) const;
    awaitable<void> close(channel_id channel, ending why);
    void save(live_room& which);
    /// The row of a room that is gone goes too, and only then its owner and number are free.
    awaitable<void> leave(std::int64_t row, room was);
    void forget_room(channel_id channel);
    void serve_next(channel_id hub);
    void refresh_panel(channel_id channel);

    // Whose they are (ownership.cpp); what is asked for in the room's lane

    /// Its rules admit him.
    bool may_be_inside(const room& which, user_id user) const;
    /// He has it again by coming back.
    bool may_return(const room& which, user_id user) const;
    void end_return(live_room& which);
    awaitable<void> hand_over(channel_id channel);
    awaitable<void> give_back(channel_id channel);
    awaitable<std::vector<named_member>> heirs(channel_id channel);
    awaitable<outcome<room>> transfer(actor who, channel_id channel, user_id to);
    awaitable<outcome<room>> claim(actor who, channel_id channel);
    /// `for_good`: the former owner has given it away, and does not get it back by coming back.
    awaitable<outcome<room>> give_to(channel_id channel, user_id to, bool for_good);
    awaitable<outcome<void>> make_owner(channel_id channel, user_id to, bool for_good);

    // What rooms are called, and what stands below their names (naming.cpp, statuses.cpp)

    /// The guild's, as of the last time that it was looked at.
    std::unordered_map<guild_id, locale> languages;
    locale language_of(guild_id guild) const;
    awaitable<void> learn_language(guild_id guild);
    event statuses_told;
    /// A new session: what has changed meanwhile is not known.
    void forget_statuses();
    awaitable<std::string> status_of(channel_id channel);

    awaitable<outcome<rename_result>> rename(actor who, channel_id channel, std::string name);
    awaitable<void> send_rename(channel_id channel);
    /// Names follow who is in and what the owner plays, as far as Discord's limit lets them.
    void follow_template(live_room& which);
    /// The same, once what the template needs to know of the owner has been asked for.
    awaitable<void> learn_and_follow(channel_id channel);
    /// Whether rooms of the hub are called after what their owners play.
    bool needs_games(channel_id hub) const;
    void note_game(guild_id guild, user_id user, std::string_view game);
    /// Asks Discord what somebody plays who is in a hub or a room, and waits a moment for the answer.
    awaitable<void> learn_game(guild_id guild, user_id user);
    /// Empty where it is not known.
    std::string game_of(guild_id guild, user_id user) const;

    // Who is in a room and may be (access.cpp)

    bool occupied(channel_id channel) const;
    bool is_inside(channel_id channel, user_id user) const;
    /// Disconnects him from this channel, and from no other where he may have gone while the call waits for
    /// its turn; throws `discord::not_wanted` then.
    awaitable<void> disconnect(guild_id guild, user_id user, channel_id from, std::string reason);
    /// Without bots, in the order of arrival.
    std::vector<discord::cached_voice_state> people_in(channel_id channel) const;
    std::vector<user_id> humans_in(channel_id channel) const;
    /// The overwrites that a room's own begin with; nullopt: not known.
    using source = std::optional<std::vector<discord::overwrite>>;
    source source_of(const room& which) const;
    /// Where it takes them from; none: nowhere, or that is not known.
    channel_id source_channel(const room& which) const;
    /// As far as Discord shows it now.
    source shown_source(const room& which) const;
    hub_settings settings_of(const room& which) const;
    int max_bitrate(guild_id guild) const;
    overwrite_plan overwrites_of(room which) const;
    overwrite_plan overwrites_of(room which, const std::set<user_id>& absent) const;
    bool is_administrator(guild_id guild, user_id user) const;
    person person_of(guild_id guild, user_id user, const source& from) const;
    /// With roles that are known from elsewhere.
    person person_of(guild_id guild, user_id user, std::span<const role_id> roles, const source& from) const;
    /// Asks Discord about those of the room whose roles are not known.
    awaitable<void> learn_people(channel_id channel);
    awaitable<person_facts> facts_of(guild_id guild, user_id user);
    std::vector<user_id> not_admitted(const room& which) const;
    /// Sends mode and lists to Discord; a refusal when the bot may not.
    awaitable<outcome<void>> apply_access(channel_id channel, room wanted);
    /// The owner and members of the lists whom the guild no longer has.
    awaitable<std::set<user_id>> absent_members(room which);
    /// Asks Discord about the room's overwrites where somebody has come in whom those that are known keep
    /// out.
    awaitable<void> look_at_overwrites(channel_id channel);
    /// Compares them with what mode and lists say where they are suspect.
    awaitable<void> repair_access(channel_id channel);
    /// Sends them again.
    awaitable<void> put_right(channel_id channel);

    // Who is on a blacklist (blacklist.cpp)

    bool is_unwanted(const room& which, user_id user) const;
    /// Puts out who is unwanted and inside; how many that is.
    awaitable<int> turn_away(channel_id channel);
    awaitable<void> show_out(guild_id guild, user_id user, channel_id channel);
    /// Whoever was shut out because of a role may have lost it.
    awaitable<void> review_shut_out(channel_id channel);

    // What others change (channel_updates.cpp)

    /// The bot's permissions may have changed.
    void permissions_changed(guild_id guild);
    /// Has its overwrites compared with what they should be, where those that are shown are not.
    void suspect_soon(live_room& which, std::span<const discord::overwrite> shown);
    void take_over(live_room& which, const shown_channel& shown);
    /// Its channel as it is by our own doing.
    shown_channel as_made(const room& which) const;
    /// To be called before Discord is asked: its event may come before its answer, or long after.
    void about_to_change(live_room& which, shown_channel after);
    /// Until when Discord may still tell of our own last change; none when it has.
    std::optional<time_point> news_until(const live_room& which) const;

    // Who is put out and let in (admission.cpp); in the room's lane

    awaitable<outcome<purge_result>> purge(actor who, channel_id channel, purge_pace pace);
    struct eviction;
    awaitable<void> evict(std::shared_ptr<eviction> run);
    awaitable<int> count_purgeable(channel_id channel);
    awaitable<outcome<room>> knock(actor who, channel_id channel);
    awaitable<outcome<room>> answer_knock(actor who, channel_id channel, user_id guest, bool accepted);

    // What people ask for (operations.cpp, hubs.cpp); in the lane of the room or hub

    /// The room, where the actor may change it.
    outcome<room> changeable(const actor& who, channel_id channel) const;
    awaitable<outcome<access_change>> set_mode(actor who, channel_id channel, room_mode mode);
    awaitable<outcome<access_change>> edit_lists(actor who, channel_id channel, list_edit change);
    awaitable<outcome<access_change>> change_access(actor who, channel_id channel, room_settings settings);
    awaitable<outcome<room>> edit_channel(actor who, channel_id channel, discord::channel_edit edit);
    awaitable<outcome<void>> set_status(actor who, channel_id channel, std::string status);
    awaitable<outcome<void>> remove(actor who, channel_id channel);
    /// Of what the actor has changed, what its owner changed himself is remembered.
    awaitable<outcome<room>> keep(actor who, channel_id channel, room_settings before,
                                  room_settings settings);
    /// Forgets what is remembered of him, also where his present room would have it remembered.
    awaitable<void> forget_preferences(channel_id hub, user_id who);
    std::optional<bot::refusal> objection(guild_id guild, const hub_settings& settings,
                                          const hub_settings& before = {}) const;
    /// The hub, where the actor may change it.
    outcome<hub> changeable_hub(const actor& who, channel_id channel) const;
    awaitable<outcome<hub>> adopt_hub(actor who, channel_id channel, hub_settings settings);
    awaitable<outcome<hub>> update_hub(actor who, channel_id channel, hub_change change);
    awaitable<outcome<void>> delete_hub(actor who, channel_id channel, bool delete_channel);

    // Who is heard in a room (voices.cpp)

    /// Has it seen to that those in the room are heard who may speak, and no others.
    awaitable<void> settle_voices(channel_id channel);
    void voice_shown(member_key who, channel_id channel, bool muted);
    std::optional<voice_case> voice_of(member_key who) const override;
    bool may_mute(member_key who, channel_id room, bool mute) override;
    awaitable<void> mute(member_key who, bool mute) override;
    void settle_at(time_point when, member_key who) override;

    /// Runs `work` in the room's lane and returns what it returns.
    template <class T>
    awaitable<outcome<T>> in_lane(channel_id channel, std::move_only_function<awaitable<outcome<T>>()> work);
};

/// Within it whoever is moved has arrived; a lost event must not keep an empty room for longer.
inline constexpr std::chrono::seconds arrival_patience{5};

/// Whoever is accepted within it after he knocked is moved in: later he may be busy elsewhere. So long his
/// own reply can tell him, too.
inline constexpr std::chrono::minutes knock_life{15};

/// Discord's answer to calls about a channel that is gone.
inline constexpr int unknown_channel = 10003;

bot::refusal refuse(std::string code, bot::phrase reason);
/// The room is gone.
bot::refusal gone();
/// Discord has never shown what the room's permissions come from.
bot::refusal source_unknown();
/// One member has one room of one hub.
bot::refusal has_a_room(user_id who);
/// Discord moves idle members there, and each of them would get a room.
bot::refusal afk_channel();

template <class T>
awaitable<outcome<T>> rooms::state::in_lane(channel_id channel,
                                            std::move_only_function<awaitable<outcome<T>>()> work) {
    struct shared {
        explicit shared(const asio::any_io_executor& loop)
            : ended(loop) {}
        event ended;
        std::optional<outcome<T>> result;
        std::exception_ptr failure;
    };
    // Shared: should the one who asked be cancelled, the work goes on to its end.
    const auto held = std::make_shared<shared>(with.tasks.executor());
    struct runner {
        static awaitable<void> run(std::shared_ptr<shared> into,
                                   std::move_only_function<awaitable<outcome<T>>()> work) {
            try {
                auto result = co_await work();
                into->result.emplace(std::move(result));
            } catch (...) {
                into->failure = std::current_exception();
            }
            into->ended.notify_all();
        }
    };
    const bool taken = room_lane.push(
        channel, [held, work = std::move(work)]() mutable { return runner::run(held, std::move(work)); });
    if (!taken) {
        co_return std::unexpected(bot::refusal{
            .code = "busy",
            .reason =
                localized{.fr = "Ce salon est occupé par d'autres demandes : réessayez dans un instant.",
                          .en = "This channel is busy with other requests: try again in a moment."},
            .retry_after = std::chrono::seconds(2)});
    }
    while (!held->result && !held->failure)
        co_await held->ended.wait();
    if (held->failure)
        std::rethrow_exception(held->failure);
    co_return std::move(*held->result);
}

} // namespace vagrolant::voice_hubs
