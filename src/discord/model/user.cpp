#include "discord/model/user.hpp"

#include "discord/model/parse.hpp"

namespace vagrolant::discord {

user parse_user(json::value from) {
    user parsed;
    from.each_member([&](std::string_view key, json::value value) {
        if (key == "id")
            parse::to(parsed.id, value);
        else if (key == "username")
            parse::to(parsed.username, value);
        else if (key == "global_name")
            parse::to(parsed.global_name, value);
        else if (key == "avatar")
            parse::to(parsed.avatar, value);
        else if (key == "bot")
            parse::to(parsed.bot, value);
    });
    parse::require(from, parsed.id, "id");
    return parsed;
}

} // namespace vagrolant::discord
