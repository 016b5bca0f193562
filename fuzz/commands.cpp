// A dashboard's command: the name of an action, a newline, a payload. Goes the way of a claimed row, through
// the queue's check and the action's reading, and is an outcome's content on the way back.
#include "bot/command_queue/checks.hpp"
#include "bot/feature.hpp"
#include "bot/refusal.hpp"
#include "features/features.hpp"

#include <boost/json/parse.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace vagrolant;

const bot::registry& everything() {
    static const auto made = [] {
        bot::registry all;
        register_all(all);
        return all;
    }();
    return made;
}

const bot::dashboard_action& action_for(std::string_view name) {
    const auto& actions = everything().actions();
    if (const auto* named = everything().find_action(name))
        return *named;
    // Whatever is registered gets its share, with or without a seed of its own.
    auto any = actions.begin();
    std::advance(any, static_cast<std::ptrdiff_t>(std::hash<std::string_view>()(name) % actions.size()));
    return any->second;
}

void require(bool holds) {
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto line = input.find('\n');
    const auto name = input.substr(0, line);
    const std::string text(line == std::string_view::npos ? std::string_view() : input.substr(line + 1));

    bot::claimed_command row;
    row.request.action = name;
    row.request.payload = text;
    row.payload_type = "object";
    row.payload_bytes = static_cast<std::int64_t>(text.size());
    if (bot::check_payload(row))
        return 0;
    try {
        action_for(name).check(text);
    } catch (const bot::refused& why) {
        const auto& refusal = why.why();
        require(!refusal.code.empty());
        for (const auto language : {locale::fr, locale::en}) {
            const auto reason = refusal.reason.in(language);
            require(!reason.empty());
            auto failure = bot::command_outcome::failure(refusal.code, reason + std::string(name));
            const auto stored = boost::json::parse(bot::storable(std::move(failure), language)).as_object();
            require(!stored.at("ok").as_bool() && stored.at("reason").is_string());
        }
    } catch (const json::parse_error&) {
        return 0; // no JSONB column holds such text
    }
    return 0;
}
