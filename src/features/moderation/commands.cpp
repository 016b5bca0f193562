#include "features/moderation/commands.hpp"

#include "base/log.hpp"
#include "bot/slash.hpp"
#include "features/moderation/lock.hpp"
#include "features/moderation/purge.hpp"
#include "features/moderation/slowmode.hpp"
#include "features/moderation/state.hpp"
#include "features/moderation/texts.hpp"

namespace vagrolant::moderation {

namespace {

using discord::interactions::deferral;
using discord::interactions::path_pattern;
using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds progress_every{3};

locale language_of(const bot::services& with, const context& asked) {
    return asked.language(with.config.language);
}

discord::channel_id channel_of(const context& asked) {
    return asked.id_option<discord::channel_id>("channel").value_or(asked.channel());
}

std::string mention(discord::channel_id channel) {
    return "<#" + channel.to_string() + ">";
}

discord::message_edit plain(std::string text) {
    return {.content = std::move(text), .components = std::vector<discord::component>{}};
}

// Shows how far a purge has come, every few seconds; whether that works does not matter to the purge.
class progress_note {
public:
    progress_note(context& asked, int amount, locale language)
        : asked_(asked)
        , amount_(amount)
        , language_(language)
        , shown_at_(clock::now()) {}

    awaitable<void> show(int deleted) {
        if (clock::now() - shown_at_ < progress_every)
            co_return;
        shown_at_ = clock::now();
        try {
            co_await asked_.edit(plain(purging(deleted, amount_, language_)));
        } catch (const std::exception& error) {
            log::debug("progress not shown", {{"guild", asked_.guild()}, {"error", error.what()}});
        }
    }

private:
    context& asked_;
    int amount_;
    locale language_;
    clock::time_point shown_at_;
};

// The answer is deferred: whatever there is to say replaces it.
awaitable<void> run_purge(bot::services& with, context& asked, purge_request request) {
    const auto language = language_of(with, asked);
    const auto note = std::make_shared<progress_note>(asked, request.what.amount, language);
    request.progress = [note](int deleted) { return note->show(deleted); };
    const auto channel = mention(request.channel);
    std::string said;
    try {
        const auto result = co_await bot::perform(with, asked, purge_terms, std::move(request), purge);
        said = purged(result, channel, language);
    } catch (const discord::interactions::refusal& refused) {
        said = refused.what();
    }
    co_await asked.edit(plain(std::move(said)));
}

discord::message_create question(const purge_request& request, locale language) {
    const path_pattern confirm(purge_pattern);
    const auto label = [language](localized text) { return std::string(text.in(language)); };
    discord::message_create message{.content = purge_question(request, language),
                                    .flags = discord::message_flags::ephemeral};
    const discord::button yes{.style = discord::button_style::danger,
                              .label = label({.fr = "Supprimer", .en = "Delete"}),
                              .custom_id =
                                  confirm(request.channel, request.what.amount, enum_name(request.what.mode),
                                          request.what.keep_pinned ? 1 : 0)};
    const discord::button no{.label = label({.fr = "Annuler", .en = "Cancel"}),
                             .custom_id = purge_cancel_pattern};
    message.components.emplace_back(discord::action_row{.components = {yes, no}});
    return message;
}

} // namespace

awaitable<void> purge_command(bot::services& with, context& asked) {
    purge_request request{.channel = channel_of(asked), .what = {}, .progress = {}};
    request.what.amount = static_cast<int>(asked.integer_option("amount").value_or(1));
    request.what.mode =
        enum_value<purge_mode>(asked.text_option("mode").value_or("")).value_or(purge_mode::count);
    request.what.keep_pinned = asked.boolean_option("keep_pinned").value_or(false);
    if (request.what.amount > purge_without_question) {
        auto message = question(request, language_of(with, asked));
        co_await asked.reply(std::move(message));
        co_return;
    }
    co_await asked.defer(deferral::ephemeral);
    co_await run_purge(with, asked, std::move(request));
}

awaitable<void> purge_confirmed(bot::services& with, context& asked) {
    const auto language = language_of(with, asked);
    const auto& path = asked.path();
    const auto& question = asked.interaction().message;
    if (question && !with.states.get<state>().confirm(question->id)) {
        co_await asked.defer(deferral::update);
        co_return;
    }
    // Both times are Discord's, whatever clock the host has.
    const auto answered_at = asked.interaction().id.created_at();
    if (question && answered_at - question->id.created_at() > question_life) {
        co_await asked.update(plain(
            std::string(localized{.fr = "Cette question date de plus de cinq minutes : relancez /purge.",
                                  .en = "This question is more than five minutes old: use /purge again."}
                            .in(language))));
        co_return;
    }
    purge_request request{.channel = path.id<discord::channel_id>("channel"), .what = {}, .progress = {}};
    request.what.amount = static_cast<int>(std::clamp<std::int64_t>(path.integer("amount"), 1, max_purged));
    request.what.mode = enum_value<purge_mode>(path.text("mode")).value_or(purge_mode::count);
    request.what.keep_pinned = path.integer("pinned") != 0;
    co_await asked.defer(deferral::update);
    co_await asked.edit(plain(purging(0, request.what.amount, language)));
    co_await run_purge(with, asked, std::move(request));
}

awaitable<void> purge_cancelled(bot::services& with, context& asked) {
    const auto said = localized{.fr = "Rien n'a été supprimé.", .en = "Nothing was deleted."};
    co_await asked.update(plain(std::string(said.in(language_of(with, asked)))));
}

awaitable<void> slowmode_command(bot::services& with, context& asked) {
    const slowmode_request request{.channel = channel_of(asked),
                                   .seconds = static_cast<int>(asked.integer_option("duration").value_or(0))};
    co_await bot::perform(with, asked, slowmode_terms, request, slowmode);
    co_await asked.reply(slowed(request.seconds, mention(request.channel), language_of(with, asked)));
}

awaitable<std::vector<discord::interactions::choice>> complete_slowmode(bot::services& with, context& asked) {
    co_return slowmode_choices(asked.typed(), language_of(with, asked));
}

awaitable<void> lock_command(bot::services& with, context& asked) {
    const lock_request request{.channel = channel_of(asked)};
    const auto language = language_of(with, asked);
    const auto result = co_await bot::perform(with, asked, lock_terms, request, lock);
    discord::message_create message{.content = locked(result, mention(request.channel), language),
                                    .flags = discord::message_flags::ephemeral};
    const discord::button undo{.label =
                                   std::string(localized{.fr = "Déverrouiller", .en = "Unlock"}.in(language)),
                               .custom_id = path_pattern(unlock_pattern)(request.channel)};
    message.components.emplace_back(discord::action_row{.components = {undo}});
    co_await asked.reply(std::move(message));
}

awaitable<void> unlock_command(bot::services& with, context& asked) {
    const lock_request request{.channel = channel_of(asked)};
    const auto result = co_await bot::perform(with, asked, unlock_terms, request, unlock);
    co_await asked.reply(unlocked(result, mention(request.channel), language_of(with, asked)));
}

awaitable<void> unlock_clicked(bot::services& with, context& asked) {
    const lock_request request{.channel = asked.path().id<discord::channel_id>("channel")};
    const auto result = co_await bot::perform(with, asked, unlock_terms, request, unlock);
    co_await asked.update(plain(unlocked(result, mention(request.channel), language_of(with, asked))));
}

} // namespace vagrolant::moderation
