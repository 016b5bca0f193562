#include "bot/payload.hpp"

#include "base/text.hpp"
#include "bot/refusal.hpp"

namespace vagrolant::bot {

namespace {

refused bad_payload(phrase reason) {
    return refused({.code = "bad_payload", .reason = std::move(reason)});
}

phrase whole_number(int least, int most) {
    return say({.fr = "un nombre entier de {} à {}", .en = "a whole number from {} to {}"}, least, most);
}

} // namespace

payload payload::parse(json::reader& reader, std::string_view text) {
    text = text::trim(text);
    if (text.empty() || text == "null")
        return {std::nullopt, {}};
    const phrase not_an_object = localized{.fr = "Commande illisible : un objet JSON est attendu.",
                                           .en = "The command cannot be read: a JSON object is expected."};
    try {
        auto root = reader.parse(text);
        if (root.type() != json::kind::object)
            throw bad_payload(not_an_object);
        return {root, {}};
    } catch (const json::parse_error&) {
        throw bad_payload(not_an_object);
    }
}

std::optional<std::string> payload::text(std::string_view key) {
    auto member = find(key);
    if (!member)
        return std::nullopt;
    if (member->type() != json::kind::string)
        wrong(key, {.fr = "un texte", .en = "a text"});
    return std::string(member->string());
}

std::optional<std::vector<std::string>> payload::texts(std::string_view key, std::size_t most) {
    const auto expected =
        say({.fr = "une liste de {} textes au plus", .en = "a list of at most {} texts"}, most);
    auto member = find(key);
    if (!member)
        return std::nullopt;
    if (member->type() != json::kind::array)
        wrong(key, expected);
    std::vector<std::string> all;
    member->each([&](json::value one) {
        if (all.size() == most || one.type() != json::kind::string)
            wrong(key, expected);
        all.emplace_back(one.string());
    });
    return all;
}

int payload::integer(std::string_view key, int least, int most) {
    auto member = find(key);
    if (!member)
        wrong(key, whole_number(least, most));
    return integer_in(*member, key, least, most);
}

std::optional<int> payload::optional_integer(std::string_view key, int least, int most) {
    auto member = find(key);
    return member ? std::optional(integer_in(*member, key, least, most)) : std::nullopt;
}

int payload::integer_in(json::value& member, std::string_view key, int least, int most) const {
    if (member.type() != json::kind::number)
        wrong(key, whole_number(least, most));
    std::int64_t number = 0;
    try {
        number = member.integer();
    } catch (const json::parse_error&) {
        wrong(key, whole_number(least, most));
    }
    if (number < least || number > most)
        wrong(key, whole_number(least, most));
    return static_cast<int>(number);
}

std::optional<bool> payload::boolean(std::string_view key) {
    auto member = find(key);
    if (!member)
        return std::nullopt;
    if (member->type() != json::kind::boolean)
        wrong(key, {.fr = "« true » ou « false »", .en = "\"true\" or \"false\""});
    return member->boolean();
}

std::optional<payload> payload::object(std::string_view key) {
    auto member = find(key);
    if (!member)
        return std::nullopt;
    if (member->type() != json::kind::object)
        wrong(key, {.fr = "un objet", .en = "an object"});
    return payload(member, (path_.empty() ? "" : path_ + '.') + std::string(key));
}

std::optional<json::value> payload::find(std::string_view key) {
    if (!members_)
        return std::nullopt;
    try {
        return members_->find(key);
    } catch (const json::parse_error&) {
        wrong(key, {.fr = "du JSON valide", .en = "valid JSON"});
    }
}

std::string payload::id_text(std::string_view key) {
    auto member = find(key);
    // A number would have lost its last digits in the dashboard's JavaScript.
    if (!member || member->type() != json::kind::string)
        wrong(key, {.fr = "un identifiant Discord (écrit comme un texte)",
                    .en = "a Discord id (written as a text)"});
    return std::string(member->string());
}

void payload::wrong(std::string_view key, const phrase& expected) const {
    throw bad_payload(say(
        {.fr = "Champ « {} » invalide : {} est attendu.", .en = "Field \"{}\" is not valid: {} is expected."},
        (path_.empty() ? "" : path_ + '.') + std::string(key), expected));
}

} // namespace vagrolant::bot
