#include "bot/command_queue/command.hpp"

namespace vagrolant::bot {

command_outcome command_outcome::success(json::object result) {
    result["ok"] = true;
    return {true, std::move(result)};
}

command_outcome command_outcome::failure(std::string_view code, std::string_view reason) {
    return {false, json::object{{"ok", false}, {"code", code}, {"reason", reason}}};
}

} // namespace vagrolant::bot
