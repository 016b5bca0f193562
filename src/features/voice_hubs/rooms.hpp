#pragma once

#include "async/asio.hpp"
#include "bot/refusal.hpp"
#include "bot/services.hpp"
#include "discord/events.hpp"
#include "features/voice_hubs/model.hpp"

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vagrolant::voice_hubs {

template <class T>
using outcome = std::expected<T, bot::refusal>;

/// What shows a room's panel; asked when a room begins to exist and whenever what the panel shows has
/// changed. Neither call is awaited by those whom it does not concern, and neither may throw for what
/// Discord refuses.
class panel_sink {
public:
    virtual ~panel_sink() = default;
    /// Posts the panel of a new room and tells `rooms::panel_posted` where it is.
    virtual awaitable<void> post(channel_id room) = 0;
    /// Edits it in place; several changes may be told at once.
    virtual awaitable<void> refresh(channel_id room) = 0;
};

/// A member, and how he is called in the guild.
struct named_member {
    user_id user;
    std::string name;
};

/// What `rename` led to.
struct rename_result {
    std::string name;
    /// None: Discord has taken it already. Otherwise it applies then, unless another name is asked for first.
    std::optional<time_point> applies_at;
};

/// What changing the mode or a list led to.
struct access_change {
    room now;
    /// How many a purge would disconnect.
    int purgeable = 0;
    /// How many were inside who have come onto the blacklist: they are being disconnected.
    int put_out = 0;
};

struct purge_result {
    int disconnected = 0;
    /// Whom there was no time for.
    int left = 0;
};

/// How long a purge may take, and who hears of how far it is.
struct purge_pace {
    std::chrono::seconds patience{90};
    /// Every few seconds: how many of how many are disconnected.
    std::function<awaitable<void>(int done, int of)> progress;
};

/// What becomes of a hub's settings.
using hub_change = std::function<void(hub_settings&)>;

/// Changes of a list; an entry that comes into one list leaves the other.
struct list_edit {
    std::vector<subject> allow;
    std::vector<subject> block;
    /// Out of both.
    std::vector<subject> forget;
    /// Replace a list (before the above is applied).
    std::optional<std::vector<subject>> allowed;
    std::optional<std::vector<subject>> blocked;
};

/// One thing that is not as the hub needs it.
struct doctor_finding {
    enum class severity : std::uint8_t { error, warning, plan };

    severity how_bad = severity::error;
    /// The channel it is about; none: the guild.
    channel_id where;
    /// What is missing, where, and what will not work without it; or what reconciling would do.
    bot::phrase what;
};

struct doctor_report {
    /// Worst first.
    std::vector<doctor_finding> findings;
    std::size_t hubs = 0;
    std::size_t rooms = 0;
};

/// The feature's memory and everything that can be done to hubs and rooms; one object, found by
/// `services::states.get<rooms>()`. Loop thread only.
///
/// Pointers that queries return are valid until the next `co_await`. Operations decide for themselves
/// whether the actor may (the owner, or an administrator); what he may not have is a refusal, failures of
/// Discord's and the database's are thrown. Operations on one room happen one after another.
class rooms {
public:
    explicit rooms(bot::services& with);
    ~rooms();
    rooms(const rooms&) = delete;
    rooms& operator=(const rooms&) = delete;

    /// `panel` outlives this; before the bot is online.
    void show_panels_with(panel_sink& panel);

    // Queries

    const hub* find_hub(channel_id channel) const;
    /// In the order of creation.
    std::vector<hub> hubs_of(guild_id guild) const;
    const room* find_room(channel_id channel) const;
    std::vector<room> rooms_of(guild_id guild) const;
    std::vector<room> rooms_of_hub(channel_id hub) const;
    /// The room that the member owns in the guild; where he owns several, the one he is in, else the newest.
    const room* room_of_owner(guild_id guild, user_id owner) const;
    /// Who is in the room, in the order of arrival.
    std::vector<user_id> present(channel_id room) const;
    /// Who could have it from its owner: the others who are in it, in the order of arrival.
    awaitable<std::vector<named_member>> heirs(channel_id room);
    /// True when the actor may change the room: its owner, or an administrator.
    bool may_change(const actor& who, const room& which) const;
    /// What holds for it: its hub's settings, or what a hub that is gone said.
    hub_settings settings_of(const room& which) const;
    /// The highest that the guild's level allows, in bits per second.
    int max_bitrate(guild_id guild) const;
    /// Waits until what the database knows has been read; false when that takes longer.
    awaitable<bool> until_loaded(std::chrono::steady_clock::duration at_most);

    // Hubs: administrators only

    /// Makes a voice channel in `category` (none: at the top) and a hub of it.
    awaitable<outcome<hub>> create_hub(actor who, guild_id guild, std::string name, channel_id category,
                                       hub_settings settings);
    /// Makes a hub of a voice channel that there is.
    awaitable<outcome<hub>> adopt_hub(actor who, channel_id channel, hub_settings settings);
    /// `change` sees the settings as they are when its turn comes: of two who save at once, neither takes
    /// back what the other one changed.
    awaitable<outcome<hub>> update_hub(actor who, channel_id channel, hub_change change);
    /// Its rooms stay until they are empty. `delete_channel`: the voice channel goes too.
    awaitable<outcome<void>> delete_hub(actor who, channel_id channel, bool delete_channel);

    // Rooms: the owner, or an administrator

    awaitable<outcome<access_change>> set_mode(actor who, channel_id room, room_mode mode);
    awaitable<outcome<access_change>> edit_lists(actor who, channel_id room, list_edit change);
    /// 1 to 100 characters; an empty name goes back to the hub's template.
    awaitable<outcome<rename_result>> rename(actor who, channel_id room, std::string name);
    /// 0 to 99.
    awaitable<outcome<room>> set_limit(actor who, channel_id room, int user_limit);
    /// Bits per second, from 8000 to what the guild's level allows.
    awaitable<outcome<room>> set_bitrate(actor who, channel_id room, int bitrate);
    /// Empty: automatic.
    awaitable<outcome<room>> set_region(actor who, channel_id room, std::string region);
    /// What stands below the room's name now; empty: nothing, or Discord does not say.
    awaitable<std::string> status(channel_id room);
    /// At most 500 characters; empty: none.
    awaitable<outcome<void>> set_status(actor who, channel_id room, std::string status);
    /// To somebody who is in the room.
    awaitable<outcome<room>> transfer(actor who, channel_id room, user_id to);
    /// Disconnects whom the rules no longer admit, as they are at that moment.
    awaitable<outcome<purge_result>> purge(actor who, channel_id room, purge_pace pace = {});
    /// How many `purge` would disconnect.
    awaitable<int> purgeable(channel_id room);
    /// Deletes the room, whoever is in it.
    awaitable<outcome<void>> remove(actor who, channel_id room);
    /// Forgets what is remembered for the member's next room of this hub.
    awaitable<outcome<void>> forget_settings(user_id who, channel_id hub);

    // Rooms: others

    /// Makes the room the actor's, who is in it, when its owner has been away for long enough.
    awaitable<outcome<room>> claim(actor who, channel_id room);
    /// Asks to be let in, or to speak; what comes back is who is to be asked. Refused to who may anyway, who
    /// are on the blacklist, or who asked less than a minute ago (five after a refusal).
    awaitable<outcome<room>> knock(actor who, channel_id room);
    /// The owner could not be asked: the guest may knock again at once.
    void take_back_knock(channel_id room, user_id guest);
    /// The owner's answer: whoever is accepted comes onto the whitelist, and is moved in where he is
    /// connected elsewhere in the guild.
    awaitable<outcome<room>> answer_knock(actor who, channel_id room, user_id guest, bool accepted);

    // Panels

    /// Keeps where the room's panel is.
    void panel_posted(channel_id room, panel_message where);

    // Convergence

    /// What is missing for the guild's hubs and what reconciling would do, carrying out nothing.
    awaitable<doctor_report> examine(guild_id guild);

    // Events, after the cache

    void on(const discord::events::voice_state_update& event);
    void on(const discord::events::guild_create& event);
    void on(const discord::events::guild_member_update& event);
    void on(const discord::events::guild_role_update& event);
    void on(const discord::events::guild_members_chunk& event);
    void on(const discord::events::presence_update& event);
    void on(const discord::events::voice_channel_status_update& event);
    void on(const discord::events::channel_info& event);
    void on(const discord::events::channel_create& event);
    void on(const discord::events::channel_update& event);
    void on(const discord::events::channel_delete& event);
    void on(const discord::events::ready& event);
    void on(const discord::events::resumed& event);

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace vagrolant::voice_hubs
