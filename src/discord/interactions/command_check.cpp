#include "base/text.hpp"
#include "discord/interactions/command_set.hpp"

#include <array>
#include <set>
#include <type_traits>

namespace vagrolant::discord::interactions {

namespace {

constexpr std::size_t max_chat_commands = 100;
constexpr std::size_t max_menu_commands = 15;
constexpr std::size_t max_name = 32;
constexpr std::size_t max_description = 100;
constexpr std::size_t max_options = 25;
constexpr std::size_t max_choices = 25;
constexpr std::size_t max_choice_text = 100;
constexpr int max_string_length = 6000;
constexpr std::size_t max_command_text = 8000;
constexpr double max_number = 9'007'199'254'740'992; // 2^53

// The part of Discord's pattern that French and English need: lower-case letters, digits, '-', '_' and '.
bool is_chat_name(std::string_view name) {
    for (std::size_t at = 0; at < name.size();) {
        const char c = name[at];
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '\'') {
            ++at;
            continue;
        }
        const auto letter = name.substr(at, 2);
        // U+00DF to U+00FF without the division sign, and œ.
        const bool accented = letter >= "\xC3\x9F" && letter <= "\xC3\xBF" && letter != "\xC3\xB7";
        if (letter.size() != 2 || (!accented && letter != "\xC5\x93"))
            return false;
        at += 2;
    }
    return !name.empty();
}

bool is_number(option_type type) {
    return type == option_type::integer || type == option_type::number;
}

bool is_nesting(option_type type) {
    return type == option_type::sub_command || type == option_type::sub_command_group;
}

// Checks one command; every failure names it and the place in it.
class command_checker {
public:
    explicit command_checker(const application_command& command)
        : command_(command)
        , path_(command.name.en) {}

    void run() {
        if (command_.type == command_type::chat_input) {
            chat_name(command_.name);
            description(command_.description);
            options(command_.options, 0);
        } else {
            for (const auto name : {command_.name.en, command_.name.fr})
                require(text::length(name) >= 1 && text::length(name) <= max_name,
                        "a name has 1 to 32 characters");
            require(command_.description.en.empty() && command_.description.fr.empty(),
                    "only slash commands have a description");
            require(command_.options.empty(), "only slash commands have options");
        }
        require(text_ <= max_command_text, "names, descriptions and values are longer than 8000 characters");
    }

private:
    void require(bool good, std::string_view rule) const {
        if (!good)
            throw bad_command("command \"" + path_ + "\": " + std::string(rule));
    }

    // Of several languages Discord counts the longest.
    void count(localized one) { text_ += std::max(text::length(one.en), text::length(one.fr)); }

    void chat_name(localized name) {
        for (const auto one : {name.en, name.fr}) {
            require(is_chat_name(one), "a name is made of lower-case letters, digits, '-' and '_'");
            require(text::length(one) <= max_name, "a name has at most 32 characters");
        }
        count(name);
    }

    void description(localized words) {
        for (const auto one : {words.en, words.fr}) {
            const auto length = text::length(one);
            require(length >= 1 && length <= max_description, "a description has 1 to 100 characters");
        }
        count(words);
    }

    void options(const std::vector<command_option>& list, int depth) {
        require(list.size() <= max_options, "at most 25 options");
        std::set<std::string_view> english;
        std::set<std::string_view> french;
        bool optional_seen = false;
        const bool nesting = !list.empty() && is_nesting(list.front().type);
        for (const auto& one : list) {
            const auto before = path_;
            path_ += '/' + std::string(one.name.en);
            chat_name(one.name);
            description(one.description);
            require(english.insert(one.name.en).second, "the name is used twice");
            require(french.insert(one.name.fr).second, "the French name is used twice");
            require(is_nesting(one.type) == nesting, "subcommands and other options do not mix");
            require(!one.required || !optional_seen, "required options come before the others");
            optional_seen = optional_seen || !one.required;
            if (nesting)
                nested(one, depth);
            else
                plain(one);
            path_ = before;
        }
    }

    void nested(const command_option& one, int depth) {
        require(!one.required && !one.autocomplete && one.choices.empty(), "a subcommand takes no value");
        if (one.type == option_type::sub_command_group) {
            require(depth == 0, "a group stands directly in its command");
            require(!one.options.empty(), "a group needs a subcommand");
        }
        for (const auto& inner : one.options) {
            const bool expected = one.type == option_type::sub_command_group
                                      ? inner.type == option_type::sub_command
                                      : !is_nesting(inner.type);
            require(expected, "commands nest as command, group, subcommand");
        }
        options(one.options, depth + 1);
    }

    void plain(const command_option& one) {
        require(one.options.empty(), "only subcommands have options");
        require(one.channel_types.empty() || one.type == option_type::channel,
                "channel types without a channel");
        require(!one.autocomplete || one.type == option_type::string || is_number(one.type),
                "only texts and numbers can be completed");
        require(!one.autocomplete || one.choices.empty(), "choices or autocompletion, not both");
        const bool bounded = one.min_value || one.max_value;
        require(!bounded || is_number(one.type), "a smallest or largest value without a number");
        for (const auto bound : {one.min_value, one.max_value})
            require(!bound || (*bound > -max_number && *bound < max_number), "a bound is beyond 2^53");
        require(!one.min_value || !one.max_value || *one.min_value <= *one.max_value,
                "the bounds are reversed");
        require((!one.min_length && !one.max_length) || one.type == option_type::string,
                "a length without a text");
        require(!one.min_length || (*one.min_length >= 0 && *one.min_length <= max_string_length),
                "a smallest length is 0 to 6000");
        require(!one.max_length || (*one.max_length >= 1 && *one.max_length <= max_string_length),
                "a largest length is 1 to 6000");
        require(!one.min_length || !one.max_length || *one.min_length <= *one.max_length,
                "the lengths are reversed");
        choices(one);
    }

    void choices(const command_option& of) {
        require(of.choices.size() <= max_choices, "at most 25 choices");
        std::set<std::string_view> names;
        std::set<decltype(command_choice::value)> values;
        for (const auto& one : of.choices) {
            for (const auto name : {one.name.en, one.name.fr}) {
                const auto length = text::length(name);
                require(length >= 1 && length <= max_choice_text, "a choice's name has 1 to 100 characters");
            }
            require(names.insert(one.name.en).second, "two choices have one name");
            require(values.insert(one.value).second, "two choices have one value");
            count(one.name);
            value(of.type, one);
        }
    }

    void value(option_type type, const command_choice& one) {
        if (const auto* words = std::get_if<std::string_view>(&one.value)) {
            require(type == option_type::string, "a choice's value is not of the option's type");
            require(text::length(*words) >= 1 && text::length(*words) <= max_choice_text,
                    "a choice's value has 1 to 100 characters");
            text_ += text::length(*words);
        } else if (std::holds_alternative<std::int64_t>(one.value)) {
            require(is_number(type), "a choice's value is not of the option's type");
        } else {
            require(type == option_type::number, "a choice's value is not of the option's type");
        }
    }

    const application_command& command_;
    std::string path_;
    std::size_t text_ = 0;
};

} // namespace

void check(std::span<const application_command> declared) {
    std::set<std::pair<command_type, std::string_view>> english;
    std::set<std::pair<command_type, std::string_view>> french;
    std::array<std::size_t, 4> counts{};
    for (const auto& one : declared) {
        command_checker(one).run();
        if (!english.emplace(one.type, one.name.en).second || !french.emplace(one.type, one.name.fr).second)
            throw bad_command("command \"" + std::string(one.name.en) + "\" is declared twice");
        ++counts.at(static_cast<std::size_t>(one.type));
    }
    if (counts[1] > max_chat_commands || counts[2] > max_menu_commands || counts[3] > max_menu_commands)
        throw bad_command("more than 100 slash commands or 15 menu commands of a kind");
}

} // namespace vagrolant::discord::interactions
