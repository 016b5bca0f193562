#include "features/announcements/commands.hpp"

#include "bot/slash.hpp"
#include "features/announcements/actions.hpp"

namespace vagrolant::announcements {

namespace {

using discord::interactions::deferral;
using discord::interactions::path_pattern;

// The options and the form's fields have the same names.
template <class Text>
announce_request read_request(discord::channel_id channel, Text text, std::string_view mentions) {
    return {.channel = channel,
            .text = {.message = text("message"),
                     .embed = embed_draft{.title = text("title"),
                                          .description = text("description"),
                                          .color = text("colour"),
                                          .image = text("image")},
                     .mentions = enum_value<bot::mention_policy>(mentions).value_or(mention_policy::all)}};
}

bool says_nothing(const draft& text) {
    return text.message.empty() && text.embed->title.empty() && text.embed->description.empty() &&
           text.embed->image.empty();
}

discord::modal form_of(const announce_request& request, locale language) {
    using discord::text_input_style;
    const auto input = [language](localized name, discord::text_input field) {
        field.required = false;
        return discord::label{.text = std::string(name.in(language)), .input = field};
    };
    const path_pattern id(form_pattern);
    discord::modal form{.custom_id = id(request.channel, enum_name(request.text.mentions)),
                        .title = std::string(localized{.fr = "Annonce", .en = "Announcement"}.in(language))};
    form.components = {
        input({.fr = "Message", .en = "Message"},
              {.custom_id = "message", .style = text_input_style::paragraph, .max_length = 2000}),
        input({.fr = "Titre de l'encadré", .en = "The embed's title"},
              {.custom_id = "title", .max_length = 256}),
        input({.fr = "Texte de l'encadré", .en = "The embed's text"},
              {.custom_id = "description", .style = text_input_style::paragraph, .max_length = 4000}),
        input({.fr = "Couleur de l'encadré", .en = "The embed's colour"}, {.custom_id = "colour",
                                                                           .max_length = 7,
                                                                           .value = request.text.embed->color,
                                                                           .placeholder = "#E11D48"}),
        input({.fr = "Adresse d'une image", .en = "A picture's address"},
              {.custom_id = "image", .max_length = 2048, .placeholder = "https://"})};
    return form;
}

// The answer is deferred.
awaitable<void> publish(bot::services& with, context& asked, announce_request request) {
    const auto language = asked.language(with.config.language);
    const auto channel = request.channel.to_string();
    const auto result = co_await bot::perform(with, asked, announce_terms, std::move(request), announce);
    discord::message_create said{
        .content = bot::say({.fr = "Annonce publiée dans <#{}>.", .en = "Announced in <#{}>."}, channel)
                       .in(language),
        .flags = discord::message_flags::ephemeral};
    said.content += bot::warning_lines(result);
    const auto message = std::string(result.at("messageId").as_string());
    const discord::button see{
        .style = discord::button_style::link,
        .label = std::string(localized{.fr = "Voir l'annonce", .en = "See it"}.in(language)),
        .url = "https://discord.com/channels/" + asked.guild().to_string() + "/" + channel + "/" + message};
    said.components.emplace_back(discord::action_row{.components = {see}});
    co_await asked.reply(std::move(said));
}

} // namespace

awaitable<void> announce_command(bot::services& with, context& asked) {
    const auto text = [&asked](std::string_view option) { return asked.text_option(option).value_or(""); };
    auto request = read_request(asked.id_option<discord::channel_id>("channel").value_or(asked.channel()),
                                text, text("mentions"));
    if (says_nothing(request.text)) {
        auto form = form_of(request, asked.language(with.config.language));
        co_await asked.show_modal(std::move(form));
        co_return;
    }
    co_await asked.defer(deferral::ephemeral);
    co_await publish(with, asked, std::move(request));
}

awaitable<void> form_submitted(bot::services& with, context& asked) {
    const auto text = [&asked](std::string_view input) { return std::string(asked.input(input)); };
    auto request =
        read_request(asked.path().id<discord::channel_id>("channel"), text, asked.path().text("mentions"));
    co_await asked.defer(deferral::ephemeral);
    co_await publish(with, asked, std::move(request));
}

} // namespace vagrolant::announcements
