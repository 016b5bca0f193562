#include "features/announcements/rules.hpp"

#include "base/text.hpp"
#include "bot/channel_lookup.hpp"
#include "bot/permissions.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace vagrolant::announcements {

namespace {

using bot::say;
using discord::limit_error;

discord::allowed_mentions mentions_of(mention_policy policy) {
    switch (policy) {
    case mention_policy::none:
        return discord::allowed_mentions::none();
    case mention_policy::users:
        return discord::allowed_mentions::only_users();
    case mention_policy::all:
        break;
    }
    return discord::allowed_mentions::all();
}

std::string trimmed(std::string_view text) {
    return std::string(text::trim(text));
}

std::expected<discord::embed, refusal> compose_embed(const embed_draft& wanted) {
    discord::embed embed{.title = trimmed(wanted.title),
                         .description = trimmed(wanted.description),
                         .image_url = trimmed(wanted.image)};
    const auto color = text::trim(wanted.color);
    if (!color.empty()) {
        embed.color = parse_color(color);
        if (!embed.color) {
            return std::unexpected(refusal{
                .code = "bad_color",
                .reason = say(
                    {.fr = "La couleur « {} » n'est pas valide : écrivez-la #RRGGBB, par exemple #E11D48.",
                     .en = "The colour \"{}\" is not valid: write it #RRGGBB, for example #E11D48."},
                    text::truncate(color, 20))});
        }
    }
    // The embed's check also lets attachment:// pass, which an announcement has none of.
    if (!embed.image_url.empty() && !embed.image_url.starts_with("https://") &&
        !embed.image_url.starts_with("http://")) {
        return std::unexpected(refusal{
            .code = "bad_image",
            .reason = localized{
                .fr = "L'adresse de l'image n'est pas valide : elle doit commencer par https:// ou http://.",
                .en = "The image's address is not valid: it must begin with https:// or http://."}});
    }
    return embed;
}

bool is_empty(const discord::embed& embed) {
    return embed.title.empty() && embed.description.empty() && embed.image_url.empty();
}

// "<@1>", and not only roles: "<@&1>".
bool mentions_a_member(std::string_view text) {
    for (auto at = text.find("<@"); at != std::string_view::npos; at = text.find("<@", at + 2)) {
        if (text.substr(at + 2, 1) != "&")
            return true;
    }
    return false;
}

localized label(std::string_view field) {
    struct entry {
        std::string_view part;
        localized label;
    };
    static constexpr std::array labels{
        entry{"title", {.fr = "Le titre de l'embed", .en = "The embed's title"}},
        entry{"description", {.fr = "La description de l'embed", .en = "The embed's description"}},
        entry{"image", {.fr = "L'adresse de l'image", .en = "The image's address"}},
        entry{"embeds", {.fr = "L'embed", .en = "The embed"}},
    };
    const auto* found =
        std::ranges::find_if(labels, [&](const entry& one) { return field.contains(one.part); });
    return found == labels.end() ? localized{.fr = "Le message", .en = "The message"} : found->label;
}

refusal to_refusal(const limit_error& broken) {
    const auto what = label(broken.field);
    if (broken.what == limit_error::kind::bad_url) {
        return {.code = "bad_image",
                .reason = say({.fr = "{} n'est pas valide.", .en = "{} is not valid."}, what)};
    }
    return {.code = "too_long",
            .reason =
                say({.fr = "{} compte {} caractères, {} au plus.", .en = "{} has {} characters, at most {}."},
                    what, broken.actual, broken.limit)};
}

} // namespace

std::string nonce_of(std::string_view command_id) {
    static constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string nonce;
    unsigned pending = 0;
    unsigned bits = 0;
    for (const char c : command_id) {
        unsigned digit = 0;
        if (std::from_chars(&c, &c + 1, digit, 16).ec != std::errc{})
            continue;
        pending = (pending << 4U | digit) & 0x3FFU;
        bits += 4;
        if (bits >= 6) {
            bits -= 6;
            nonce += alphabet[pending >> bits & 0x3FU];
        }
    }
    if (bits > 0)
        nonce += alphabet[pending << (6 - bits) & 0x3FU];
    return nonce.substr(0, 25);
}

std::optional<std::uint32_t> parse_color(std::string_view text) {
    std::uint32_t color = 0;
    if (text.size() != 7 || text.front() != '#')
        return std::nullopt;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + 1, end, color, 16);
    if (error != std::errc{} || stop != end)
        return std::nullopt;
    return color;
}

std::expected<discord::message_create, refusal> compose(const draft& wanted, mention_policy allowed) {
    discord::message_create message{.content = trimmed(wanted.message),
                                    .allowed_mentions = mentions_of(std::min(wanted.mentions, allowed))};
    if (wanted.embed) {
        auto embed = compose_embed(*wanted.embed);
        if (!embed)
            return std::unexpected(std::move(embed.error()));
        // A colour alone shows nothing, and Discord refuses it.
        if (!is_empty(*embed))
            message.embeds.push_back(*std::move(embed));
    }
    if (message.content.empty() && message.embeds.empty()) {
        return std::unexpected(
            refusal{.code = "empty",
                    .reason = localized{.fr = "L'annonce est vide : écrivez un message, ou un embed avec un "
                                              "titre, une description ou une image.",
                                        .en = "The announcement is empty: write a message, or an embed with "
                                              "a title, a description or an image."}});
    }
    const auto broken = discord::check(message);
    if (!broken.empty())
        return std::unexpected(to_refusal(broken.front()));
    return message;
}

mention_policy allowed_to(bool may_mention_everyone, mention_policy of_guild) {
    return may_mention_everyone ? of_guild : std::min(of_guild, mention_policy::users);
}

std::optional<bot::warning> withheld(const draft& wanted, mention_policy allowed) {
    const auto& text = wanted.message;
    const bool everyone = text.contains("@everyone") || text.contains("@here") || text.contains("<@&");
    const bool users = mentions_a_member(text);
    const bool told = (everyone && wanted.mentions == mention_policy::all && allowed < mention_policy::all) ||
                      (users && wanted.mentions > mention_policy::none && allowed == mention_policy::none);
    if (!told)
        return std::nullopt;
    return bot::warning{
        .code = "mentions_withheld",
        .text = localized{.fr = "Certaines mentions de l'annonce n'ont notifié personne : les réglages du "
                                "serveur ou les permissions de la personne qui l'a demandée s'y opposent.",
                          .en = "Some mentions of the announcement notified nobody: the server's settings or "
                                "the permissions of the person who asked for it do not allow it."}};
}

std::optional<refusal> objection(const discord::message_create& message, const std::optional<target>& where) {
    using enum discord::permission;
    if (!where)
        return bot::unknown_channel();
    if (where->type != discord::channel_type::text && where->type != discord::channel_type::announcement) {
        return refusal{.code = "wrong_channel_type",
                       .reason = say({.fr = "{} n'est ni un salon textuel ni un salon d'annonces.",
                                      .en = "{} is neither a text channel nor an announcement channel."},
                                     bot::channel_label(where->name))};
    }
    discord::permissions needed{view_channel, send_messages};
    if (!message.embeds.empty())
        needed |= embed_links;
    return bot::missing_permissions(where->own, needed, where->name);
}

} // namespace vagrolant::announcements
