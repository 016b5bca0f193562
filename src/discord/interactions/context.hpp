#pragma once

#include "async/asio.hpp"
#include "async/event.hpp"
#include "base/localized.hpp"
#include "discord/interactions/path.hpp"
#include "discord/interactions/responder.hpp"
#include "discord/model/interaction.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vagrolant::discord::interactions {

/// A handler answered in a way that Discord does not allow (twice, a modal after a deferral…): a bug of the
/// handler.
class answer_error : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

/// The 15 minutes in which an interaction can be answered are over.
class token_expired : public std::runtime_error {
public:
    token_expired()
        : std::runtime_error("the interaction can no longer be answered") {}
};

/// To be thrown by a handler when the person cannot have what he asked for: `sentence` is shown to him alone.
class refusal : public std::runtime_error {
public:
    explicit refusal(const std::string& sentence)
        : std::runtime_error(sentence) {}
};

/// What a slow handler's person sees meanwhile, unless the handler answers first.
enum class deferral {
    /// "is thinking…", for all to see; `reply` replaces it.
    message,
    /// The same for the person alone.
    ephemeral,
    /// Nothing visible; `update` changes the component's message. Components and modals opened by one.
    update,
    /// None is sent: for routes that show a modal. The handler must answer within 3 seconds.
    none,
};

struct choice {
    std::string name;
    std::variant<std::string, std::int64_t, double> value;
};

/// Time, as the router sees it; tests have their own.
struct timing {
    std::function<std::chrono::steady_clock::time_point()> now;
    /// True when notified, false when the time passed first.
    std::function<awaitable<bool>(event&, std::chrono::steady_clock::duration)> wait;
    /// Discord gives up after 3 s; the network takes its part of them.
    std::chrono::steady_clock::duration defer_after = std::chrono::seconds(2);
    std::chrono::steady_clock::duration token_life = std::chrono::minutes(15);

    static timing real();
};

/// An interaction and the ways to answer it; handed to handlers. Lives until the handler has ended.
///
/// Exactly one initial response is sent: the handler's first answer or the automatic deferral, whichever
/// comes first. Answers throw `answer_error`, `token_expired` and the responder's errors.
class context {
public:
    context(discord::interaction what, captures path, deferral automatic, responder& out, const timing& time,
            const asio::any_io_executor& executor);
    context(const context&) = delete;
    context& operator=(const context&) = delete;

    const discord::interaction& interaction() const { return what_; }
    guild_id guild() const { return what_.guild; }
    channel_id channel() const { return what_.channel; }
    const discord::user& user() const { return what_.user; }
    /// What the person may do in the channel; empty in direct messages.
    permissions member_permissions() const;
    /// The person's language; `fallback` for one that the bot does not speak.
    locale language(locale fallback) const { return locale_from_discord(what_.locale, fallback); }
    /// What the custom id carried.
    const captures& path() const { return path_; }

    /// Options by name; nullopt when left out. Throw `answer_error` when the option is of another type.
    std::optional<std::string> text_option(std::string_view name) const;
    std::optional<std::int64_t> integer_option(std::string_view name) const;
    std::optional<double> number_option(std::string_view name) const;
    std::optional<bool> boolean_option(std::string_view name) const;
    template <class Id>
    std::optional<Id> id_option(std::string_view name) const {
        const auto raw = raw_id_option(name);
        return raw ? std::optional<Id>(Id(*raw)) : std::nullopt;
    }
    /// What has been typed so far (autocompletion).
    std::string_view typed() const;
    /// The first value of a modal's input; empty when left out.
    std::string_view input(std::string_view custom_id) const;

    /// Answers with a message: at once, by replacing the deferral's, or beside the message of a component
    /// that was deferred as an update. Once only; after it come `edit` and `follow_up`.
    awaitable<void> reply(message_create what);
    awaitable<void> reply(std::string text, bool ephemeral = true);
    /// Changes the message that bears the component.
    awaitable<void> update(message_edit what);
    /// Asks for time; the handler answers later with `reply` or `update`. Nothing happens when already
    /// deferred.
    awaitable<void> defer(deferral how);
    /// Opens a modal: the first answer or none.
    awaitable<void> show_modal(modal what);
    /// Changes the answer that was given.
    awaitable<message> edit(message_edit what);
    /// One more message, after an answer.
    awaitable<message> follow_up(message_create what);
    /// Removes the answer.
    awaitable<void> remove();

    /// True once an initial response reached Discord.
    bool acknowledged() const {
        return state_ == state::deferred_message || state_ == state::deferred_update ||
               state_ == state::answered;
    }

private:
    friend class router;

    enum class state { open, sending, deferred_message, deferred_update, answered, expired };

    std::optional<std::uint64_t> raw_id_option(std::string_view name) const;
    /// Waits until no initial response is under way.
    awaitable<void> settle();
    /// False when an earlier attempt, believed lost, turns out to have arrived; `state_` is then what it led
    /// to.
    awaitable<bool> send_initial(response answer, state then);
    void require_token() const;
    awaitable<void> complete(std::vector<choice> choices);
    /// Sends the deferral if nobody has answered in time. Ends when somebody has.
    awaitable<void> defer_when_late();
    /// Tells the person, by whatever way is still open.
    awaitable<void> apologise(std::string sentence);
    /// Ends `defer_when_late`.
    void handler_ended();

    discord::interaction what_;
    captures path_;
    deferral automatic_;
    responder& out_;
    const timing& time_;
    std::chrono::steady_clock::time_point expires_;
    state state_ = state::open;
    /// What an initial response would have led to whose arrival is not known.
    std::optional<state> lost_;
    bool replied_ = false;
    bool handler_ended_ = false;
    event changed_;
};

} // namespace vagrolant::discord::interactions
