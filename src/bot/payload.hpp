#pragma once

#include "bot/phrase.hpp"
#include "json/reader.hpp"

#include <optional>
#include <string>
#include <string_view>

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

    std::optional<std::string> text(std::string_view key);
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

    std::optional<json::value> members_;
    std::string path_;
};

} // namespace vagrolant::bot
