#include "discord/interactions/context.hpp"

#include "base/scope_exit.hpp"

#include <utility>

namespace vagrolant::discord::interactions {

timing timing::real() {
    return {.now = [] { return std::chrono::steady_clock::now(); },
            .wait = [](event& on, std::chrono::steady_clock::duration limit) { return on.wait_for(limit); }};
}

context::context(discord::interaction what, captures path, deferral automatic, responder& out,
                 const timing& time, const asio::any_io_executor& executor)
    : what_(std::move(what))
    , path_(std::move(path))
    , automatic_(automatic)
    , out_(out)
    , time_(time)
    , expires_(time.now() + time.token_life)
    , changed_(executor) {}

permissions context::member_permissions() const {
    return what_.member && what_.member->permissions ? *what_.member->permissions : permissions();
}

namespace {

template <class T>
std::optional<T> option_as(const option_value* option) {
    if (!option)
        return std::nullopt;
    if (const auto* value = std::get_if<T>(&option->value))
        return *value;
    throw answer_error("option " + option->name + " is of another type");
}

} // namespace

std::optional<std::string> context::text_option(std::string_view name) const {
    return option_as<std::string>(what_.option(name));
}
std::optional<std::int64_t> context::integer_option(std::string_view name) const {
    return option_as<std::int64_t>(what_.option(name));
}
std::optional<double> context::number_option(std::string_view name) const {
    return option_as<double>(what_.option(name));
}
std::optional<bool> context::boolean_option(std::string_view name) const {
    return option_as<bool>(what_.option(name));
}
std::optional<std::uint64_t> context::raw_id_option(std::string_view name) const {
    return option_as<std::uint64_t>(what_.option(name));
}

std::string_view context::typed() const {
    for (const auto& one : what_.options) {
        if (one.focused) {
            const auto* text = std::get_if<std::string>(&one.value);
            return text ? std::string_view(*text) : std::string_view();
        }
    }
    return {};
}

std::string_view context::input(std::string_view custom_id) const {
    const auto* found = what_.input(custom_id);
    return found && !found->values.empty() ? std::string_view(found->values.front()) : std::string_view();
}

void context::require_token() const {
    if (state_ == state::expired || time_.now() >= expires_)
        throw token_expired();
}

awaitable<void> context::settle() {
    while (state_ == state::sending)
        co_await changed_.wait();
}

// The claim and the test for it happen without a wait in between, so that only one can win.
awaitable<bool> context::send_initial(response answer, state then) {
    state_ = state::sending;
    changed_.notify_all();
    auto result = state::open;
    const scope_exit settle_as([this, &result] {
        state_ = result;
        changed_.notify_all();
    });
    try {
        co_await out_.create_response(what_.id, what_.token, std::move(answer));
        result = then;
        co_return true;
    } catch (const unknown_interaction&) {
        result = state::expired;
        throw;
    } catch (const already_acknowledged&) {
        // The attempt that seemed to have failed did arrive: what it asked for holds.
        if (!lost_)
            throw;
        result = *lost_;
        co_return false;
    } catch (...) {
        // Whether it arrived is not known; the next attempt will tell.
        lost_ = then;
        throw;
    }
}

awaitable<void> context::reply(message_create what) {
    co_await settle();
    require_token();
    if (replied_ || state_ == state::answered)
        throw answer_error("replied twice; use edit or follow_up");
    replied_ = true;
    try {
        if (state_ == state::open) {
            response answer{.type = callback_type::message, .data = to_json(what)};
            answer.files = lost_ ? what.files : std::move(what.files);
            const bool sent = co_await send_initial(std::move(answer), state::answered);
            if (sent)
                co_return;
        }
        if (state_ == state::deferred_message)
            co_await out_.edit_original(what_.application, what_.token,
                                        message_edit::replace(std::move(what)));
        else if (state_ == state::deferred_update)
            co_await out_.follow_up(what_.application, what_.token, std::move(what));
    } catch (...) {
        replied_ = false;
        throw;
    }
}

awaitable<void> context::reply(std::string text, bool ephemeral) {
    message_create what{.content = std::move(text), .flags = ephemeral ? message_flags::ephemeral : 0};
    co_await reply(std::move(what));
}

awaitable<void> context::update(message_edit what) {
    co_await settle();
    require_token();
    if (!what_.message)
        throw answer_error("update: there is no message to change");
    if (replied_ || state_ == state::answered)
        throw answer_error("answered twice; use edit");
    if (state_ == state::deferred_message)
        throw answer_error("update: the answer was promised as a message of its own");
    replied_ = true;
    try {
        if (state_ == state::open) {
            response answer{.type = callback_type::update_message, .data = to_json(what)};
            answer.files = lost_ ? what.files : std::move(what.files);
            const bool sent = co_await send_initial(std::move(answer), state::answered);
            if (sent)
                co_return;
        }
        if (state_ == state::deferred_update)
            co_await out_.edit_original(what_.application, what_.token, std::move(what));
    } catch (...) {
        replied_ = false;
        throw;
    }
}

awaitable<void> context::defer(deferral how) {
    co_await settle();
    require_token();
    if (how == deferral::none || state_ == state::deferred_message || state_ == state::deferred_update)
        co_return;
    if (state_ == state::answered)
        throw answer_error("deferred after the answer");
    if (how == deferral::update) {
        if (!what_.message)
            throw answer_error("deferred an update without a message to change");
        co_await send_initial({.type = callback_type::deferred_update}, state::deferred_update);
        co_return;
    }
    response answer{.type = callback_type::deferred_message};
    if (how == deferral::ephemeral)
        answer.data["flags"] = message_flags::ephemeral;
    co_await send_initial(std::move(answer), state::deferred_message);
}

awaitable<void> context::show_modal(modal what) {
    co_await settle();
    require_token();
    if (what_.type == interaction_type::modal_submit)
        throw answer_error("a modal cannot answer a modal");
    if (state_ != state::open)
        throw answer_error("a modal must be the first answer; declare the route deferral::none");
    response answer{.type = callback_type::modal, .data = to_json(what)};
    co_await send_initial(std::move(answer), state::answered);
}

awaitable<message> context::edit(message_edit what) {
    co_await settle();
    require_token();
    if (!acknowledged())
        throw answer_error("edit: nothing was answered yet");
    replied_ = true;
    auto edited = co_await out_.edit_original(what_.application, what_.token, std::move(what));
    co_return edited;
}

awaitable<message> context::follow_up(message_create what) {
    co_await settle();
    require_token();
    if (!acknowledged())
        throw answer_error("follow_up: nothing was answered yet");
    auto sent = co_await out_.follow_up(what_.application, what_.token, std::move(what));
    co_return sent;
}

awaitable<void> context::remove() {
    co_await settle();
    require_token();
    if (!acknowledged())
        throw answer_error("remove: nothing was answered yet");
    replied_ = true;
    co_await out_.delete_original(what_.application, what_.token);
}

awaitable<void> context::complete(std::vector<choice> choices) {
    // (Discord Docs/Receiving and Responding "Autocomplete": at most 25)
    constexpr std::size_t max_choices = 25;
    json::array list;
    for (auto& one : choices) {
        if (list.size() == max_choices)
            break;
        json::object body{{"name", std::move(one.name)}};
        std::visit([&body](auto& value) { body["value"] = std::move(value); }, one.value);
        list.push_back(std::move(body));
    }
    response answer{.type = callback_type::autocomplete_result,
                    .data = json::object{{"choices", std::move(list)}}};
    co_await send_initial(std::move(answer), state::answered);
}

void context::handler_ended() {
    handler_ended_ = true;
    changed_.notify_all();
}

awaitable<void> context::defer_when_late() {
    if (automatic_ == deferral::none)
        co_return;
    const auto deadline = time_.now() + time_.defer_after;
    while (state_ == state::open && !handler_ended_) {
        const auto left = deadline - time_.now();
        if (left <= std::chrono::steady_clock::duration::zero())
            break;
        co_await time_.wait(changed_, left);
    }
    if (state_ != state::open || handler_ended_)
        co_return;
    co_await defer(automatic_);
}

awaitable<void> context::apologise(std::string sentence) {
    co_await settle();
    require_token();
    message_create words{.content = std::move(sentence), .flags = message_flags::ephemeral};
    if (state_ == state::open) {
        response answer{.type = callback_type::message, .data = to_json(words)};
        co_await send_initial(std::move(answer), state::answered);
    } else if (state_ == state::deferred_message && !replied_) {
        co_await out_.edit_original(what_.application, what_.token, message_edit::replace(std::move(words)));
    } else {
        co_await out_.follow_up(what_.application, what_.token, std::move(words));
    }
}

} // namespace vagrolant::discord::interactions
