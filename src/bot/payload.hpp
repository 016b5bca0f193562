#pragma once

#include "bot/phrase.hpp"
#include "json/reader.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vagrolant::bot {

/// The object that a dashboard sent with a command; the queue has bounded its size and depth. A member is
/// typed where it is read; whatever is wrong is thrown as `refused` (code `bad_payload`) with a reason that
/// names the field. A null member counts as absent. Read each member once, and an inner object before the
/// next member of the outer one.
class payload {
public:
    /// Parses with `reader`, which must outlive the payload. Empty text and `null` are an empty object.
    static payload parse(json::reader& reader, std::string_view text);

    template <class Id>
    Id id(std::string_view key) {
        const auto parsed = Id::parse(id_text(key));
        if (!parsed)
            wrong(key, {.fr = "un identifiant Discord", .en = "a Discord id"});
        return *parsed;
    }

    /// An id that may be left out, and be emptied ("": no id).
    template <class Id>
    std::optional<Id> optional_id(std::string_view key) {
        const auto written = text(key);
        if (!written || written->empty())
            return written ? std::optional(Id()) : std::nullopt;
        const auto parsed = Id::parse(*written);
        if (!parsed)
            wrong(key, {.fr = "un identifiant Discord", .en = "a Discord id"});
        return parsed;
    }

    /// A list of at most `most` different ids.
    template <class Id>
    std::optional<std::vector<Id>> ids(std::string_view key, std::size_t most) {
        const auto written = texts(key, most);
        if (!written)
            return std::nullopt;
        std::vector<Id> parsed;
        for (const auto& one : *written) {
            const auto id = Id::parse(one);
            if (!id || std::ranges::find(parsed, *id) != parsed.end())
                wrong(key, {.fr = "une liste d'identifiants Discord différents",
                            .en = "a list of different Discord ids"});
            parsed.push_back(*id);
        }
        return parsed;
    }

    std::optional<std::string> text(std::string_view key);
    std::optional<std::vector<std::string>> texts(std::string_view key, std::size_t most);
    std::optional<int> optional_integer(std::string_view key, int least, int most);
    /// A required whole number between the two.
    int integer(std::string_view key, int least, int most);
    std::optional<bool> boolean(std::string_view key);
    std::optional<payload> object(std::string_view key);

    /// Throws `refused`: "champ « embed.color » : attendu …".
    [[noreturn]] void wrong(std::string_view key, const phrase& expected) const;
    [[noreturn]] void wrong(std::string_view key, localized expected) const { wrong(key, phrase(expected)); }

private:
    payload(std::optional<json::value> members, std::string path)
        : members_(members)
        , path_(std::move(path)) {}

    std::optional<json::value> find(std::string_view key);
    std::string id_text(std::string_view key);
    int integer_in(json::value& member, std::string_view key, int least, int most) const;

    std::optional<json::value> members_;
    std::string path_;
};

} // namespace vagrolant::bot
