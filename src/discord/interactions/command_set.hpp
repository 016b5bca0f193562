#pragma once

#include "async/asio.hpp"
#include "discord/model/application_command.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace vagrolant::discord::interactions {

/// A declaration that Discord would refuse: a mistake in the program, found at start. `what()` names the
/// command.
class bad_command : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

/// Checks names, lengths, numbers, order of options and duplicates. Throws `bad_command`.
/// (Discord Docs/Application Commands)
void check(std::span<const application_command> declared);

/// All commands as Discord will see them: stable, indented JSON, to be kept as a golden file.
std::string render(std::span<const application_command> declared);

/// The body of the bulk overwrite.
json::array to_json(std::span<const application_command> declared);

/// True when Discord has exactly these commands. `registered` is the text of its answer to GET with
/// localizations; what Discord adds (ids, versions, defaults) is passed over. Throws `json::parse_error`.
bool same(std::span<const application_command> declared, std::string_view registered);

/// How the commands of an application are read and written; REST provides both.
struct command_store {
    /// The text of `GET /applications/{id}/commands?with_localizations=true`.
    std::function<awaitable<std::string>()> fetch;
    /// `PUT /applications/{id}/commands`
    std::function<awaitable<void>(json::array)> overwrite;
};

enum class registration { unchanged, overwritten };

/// Checks the declarations, compares and overwrites if something differs.
awaitable<registration> register_commands(std::vector<application_command> declared, command_store store);

} // namespace vagrolant::discord::interactions
