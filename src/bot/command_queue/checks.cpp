#include "bot/command_queue/checks.hpp"

#include "base/text.hpp"
#include "json/reader.hpp"

namespace vagrolant::bot {
namespace {

constexpr localized not_storable{
    .fr = "La commande a été exécutée, mais son résultat contient des caractères qui ne peuvent pas être "
          "enregistrés.",
    .en = "The command was carried out, but its result holds characters that cannot be stored."};

/// True where the text of a JSON document holds an escaped U+0000.
bool holds_nul(std::string_view json) {
    for (std::size_t at = json.find('\\'); at != std::string_view::npos; at = json.find('\\', at + 2)) {
        if (json.substr(at, 6) == "\\u0000")
            return true;
    }
    return false;
}

bool has_text(const json::object& result, std::string_view key) {
    const auto* found = result.if_contains(key);
    return found != nullptr && found->is_string() && !found->get_string().empty();
}

} // namespace

std::optional<queue_refusal> check_payload(const claimed_command& which) {
    if (which.payload_bytes > max_payload_bytes) {
        return queue_refusal{"bad_payload",
                             {.fr = "Les données de la commande sont trop volumineuses (64 Kio au maximum).",
                              .en = "The command's data is too large (64 KiB at the most)."}};
    }
    if (which.payload_type != "null" && which.payload_type != "object") {
        return queue_refusal{"bad_payload",
                             {.fr = "Les données de la commande doivent être un objet JSON.",
                              .en = "The command's data must be a JSON object."}};
    }
    if (which.request.payload) {
        try {
            json::check_depth(*which.request.payload);
        } catch (const json::parse_error&) {
            return queue_refusal{"bad_payload",
                                 {.fr = "Les données de la commande sont imbriquées trop profondément.",
                                  .en = "The command's data is nested too deeply."}};
        }
    }
    return std::nullopt;
}

std::optional<std::string> text_of(const command_outcome& outcome) {
    const auto& result = outcome.result;
    const auto* ok = result.if_contains("ok");
    if (ok == nullptr || *ok != json::any(outcome.ok))
        return std::nullopt;
    if (!outcome.ok && (!has_text(result, "code") || !has_text(result, "reason")))
        return std::nullopt;
    auto text = json::serialize(result);
    if (!text::is_utf8(text) || holds_nul(text))
        return std::nullopt;
    return text;
}

std::string storable(command_outcome outcome, locale language) {
    auto& result = outcome.result;
    result["ok"] = outcome.ok;
    if (!outcome.ok) {
        if (!has_text(result, "code"))
            result["code"] = reasons::failed.code;
        if (!has_text(result, "reason"))
            result["reason"] = reasons::failed.reason.in(language);
    }
    if (auto text = text_of(outcome))
        return *std::move(text);
    if (!outcome.ok)
        return json::serialize(refuse(reasons::failed, language).result);
    json::array warnings;
    warnings.push_back(json::object{{"code", "result_not_storable"}, {"text", not_storable.in(language)}});
    return json::serialize(json::object{{"ok", true}, {"warnings", std::move(warnings)}});
}

command_outcome refuse(const queue_refusal& why, locale language) {
    return command_outcome::failure(why.code, why.reason.in(language));
}

json::object refusal_by_language(const queue_refusal& why, locale otherwise, const json::object& facts) {
    const auto in = [&](locale language) {
        auto result = refuse(why, language).result;
        for (const auto& fact : facts)
            result[fact.key()] = fact.value();
        return result;
    };
    return {{"fr", in(locale::fr)}, {"en", in(locale::en)}, {"", in(otherwise)}};
}

} // namespace vagrolant::bot
