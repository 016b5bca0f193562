#include "features/settings/commands.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "bot/audit.hpp"
#include "bot/guild_check.hpp"
#include "bot/time_zones.hpp"
#include "features/settings/rules.hpp"

namespace vagrolant::settings {

namespace {

using bot::mention_policy;
using edit = bot::guild_settings_store::edit;

[[noreturn]] void refuse(const refusal& why, const context& asked, locale fallback) {
    throw discord::interactions::refusal(why.reason.in(asked.language(fallback)));
}

awaitable<void> change(bot::services& with, context& asked, setting which, edit how) {
    const auto began = std::chrono::steady_clock::now();
    const auto outcome = co_await with.settings.modify(asked.guild(), std::move(how));
    const auto took = std::chrono::steady_clock::now() - began;
    bot::slash_audit row{.action = "settings",
                         .guild = asked.guild(),
                         .user = asked.user().id,
                         .began = began,
                         .duration = std::chrono::floor<std::chrono::milliseconds>(took)};
    if (!outcome)
        row.code = outcome.error().code;
    with.tasks.spawn("audit", bot::record(with.database, std::move(row)));
    if (!outcome)
        refuse(outcome.error(), asked, with.config.language);
    log::info("settings changed", {{"guild", asked.guild()}, {"user", asked.user().id}});
    const auto answer = changed(which, outcome->before, outcome->after, with.settings.defaults());
    co_await asked.reply(answer.in(asked.language(with.config.language)));
}

} // namespace

awaitable<void> show(bot::services& with, context& asked) {
    const auto chosen = co_await with.settings.choices(asked.guild());
    auto answer = overview(chosen, with.settings.defaults(), asked.language(with.config.language));
    co_await asked.reply(std::move(answer));
}

awaitable<void> set_language(bot::services& with, context& asked) {
    const auto wanted = asked.text_option("language") == "en" ? locale::en : locale::fr;
    edit how = [wanted](guild_choices from) {
        from.language = wanted;
        return from;
    };
    co_await change(with, asked, setting::language, std::move(how));
}

awaitable<void> set_time_zone(bot::services& with, context& asked) {
    const auto wanted = asked.text_option("zone").value_or("");
    if (!bot::is_time_zone(wanted)) {
        refuse({.code = "unknown_time_zone",
                .reason = bot::say({.fr = "« {} » n'est pas un fuseau horaire connu : choisissez-en un dans "
                                          "la liste, par exemple Europe/Paris.",
                                    .en = "\"{}\" is not a known time zone: choose one from the list, for "
                                          "example Europe/Paris."},
                                   text::truncate(wanted, 60))},
               asked, with.config.language);
    }
    edit how = [wanted](guild_choices from) {
        from.time_zone = wanted;
        return from;
    };
    co_await change(with, asked, setting::time_zone, std::move(how));
}

awaitable<void> set_mentions(bot::services& with, context& asked) {
    const auto wanted =
        enum_value<bot::mention_policy>(asked.text_option("who").value_or("")).value_or(mention_policy::all);
    edit how = [wanted](guild_choices from) {
        from.announcement_mentions = wanted;
        return from;
    };
    co_await change(with, asked, setting::mentions, std::move(how));
}

awaitable<void> set_moderators(bot::services& with, context& asked) {
    moderators_edit wanted{.add = asked.id_option<discord::role_id>("add"),
                           .remove = asked.id_option<discord::role_id>("remove"),
                           .guild = asked.guild()};
    // Whether roles still exist is only known of a guild that is there.
    if (const auto wrong = bot::objection_to_guild(with.cache, asked.guild()))
        refuse(*wrong, asked, with.config.language);
    for (const auto& one : with.cache.find_guild(asked.guild())->roles)
        wanted.existing.push_back(one.id);
    edit how = [wanted](guild_choices from) { return edit_moderators(std::move(from), wanted); };
    co_await change(with, asked, setting::moderators, std::move(how));
}

awaitable<void> set_requester(bot::services& with, context& asked) {
    const auto wanted = asked.boolean_option("required").value_or(false);
    edit how = [wanted](guild_choices from) {
        from.requester_required = wanted;
        return from;
    };
    co_await change(with, asked, setting::requester, std::move(how));
}

awaitable<void> reset_one(bot::services& with, context& asked) {
    const auto which = find_setting(asked.text_option("setting").value_or("")).value_or(setting::language);
    edit how = [which](guild_choices from) { return reset(std::move(from), which); };
    co_await change(with, asked, which, std::move(how));
}

awaitable<std::vector<discord::interactions::choice>> complete_zone(bot::services&, context& asked) {
    std::vector<discord::interactions::choice> choices;
    for (auto& zone : suggest_zones(bot::time_zones(), asked.typed()))
        choices.push_back({.name = zone, .value = zone});
    co_return choices;
}

} // namespace vagrolant::settings
