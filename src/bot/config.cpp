#include "bot/config.hpp"

#include "base/text.hpp"
#include "bot/time_zones.hpp"
#include "discord/net/stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ranges>
#include <utility>

namespace vagrolant::bot {

namespace {

constexpr std::uint32_t max_shards = 10'000;
constexpr std::uint32_t max_days = 36'500;
constexpr std::uintmax_t max_dotenv_bytes = 1 << 20;

// One value of a closed set, by any of its spellings in lower case.
template <class T>
using choices = std::initializer_list<std::pair<std::string_view, T>>;

class parser {
public:
    explicit parser(const environment& variables)
        : variables_(variables) {}

    std::optional<std::string_view> get(std::string_view name) const {
        const auto found = variables_.find(name);
        if (found == variables_.end() || found->second.empty())
            return std::nullopt;
        return found->second;
    }

    void text(std::string_view name, std::string& into) const {
        if (const auto value = get(name))
            into = *value;
    }

    void mistake(std::string_view name, std::string_view what) {
        mistakes_.push_back(fmt::format("{}: {}", name, what));
    }

    void wrong(std::string_view name, std::string_view value, std::string_view expected) {
        mistake(name, fmt::format("\"{}\" is not valid, expected {}", text::truncate(value, 60), expected));
    }

    // A whole number of the unit.
    template <class Duration>
    void duration(std::string_view name, std::uint32_t least, std::uint32_t most, std::string_view expected,
                  Duration& into) {
        const auto value = get(name);
        if (!value)
            return;
        const auto number = text::to_number<std::uint32_t>(*value);
        if (!number || *number < least || *number > most)
            return wrong(name, *value, expected);
        into = Duration(*number);
    }

    template <class T>
    void choice(std::string_view name, choices<T> known, std::string_view expected, T& into) {
        const auto value = get(name);
        if (!value)
            return;
        const auto lower = text::to_lower_ascii(*value);
        const auto* found = std::ranges::find(known, lower, &std::pair<std::string_view, T>::first);
        if (found == known.end())
            return wrong(name, *value, expected);
        into = found->second;
    }

    std::vector<std::string> mistakes_;

private:
    const environment& variables_;
};

void read_token(parser& from, config& into) {
    const auto token = from.get("BOT_TOKEN");
    if (!token) {
        return from.mistake(
            "BOT_TOKEN", "missing; expected the bot's token, from the developer portal: "
                         "https://discord.com/developers/applications, your application, Bot, Reset Token");
    }
    // The value stays unsaid: it may be a real token with a typing mistake.
    if (token->starts_with("Bot ") || token->starts_with("Bearer ")) {
        return from.mistake("BOT_TOKEN", "begins with \"Bot \" or \"Bearer \", expected the bare token");
    }
    if (std::ranges::any_of(*token, [](char c) { return c <= ' ' || c > '~'; }))
        return from.mistake("BOT_TOKEN", "holds a space or another character that no token has");
    into.bot_token = *token;
}

void read_database(parser& from, config& into) {
    if (const auto url = from.get("DATABASE_URL")) {
        if (!url->starts_with("postgresql://") && !url->starts_with("postgres://"))
            return from.mistake("DATABASE_URL", "expected postgresql://user:password@host:port/database");
        into.database_url = *url;
        return;
    }
    const auto password = from.get("POSTGRES_PASSWORD");
    const auto host = from.get("POSTGRES_HOST");
    if (!password && !host && !from.get("POSTGRES_USER") && !from.get("POSTGRES_DB")) {
        return from.mistake("DATABASE_URL",
                            "missing; expected postgresql://user:password@host:port/database, "
                            "or the parts in POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, "
                            "POSTGRES_HOST, POSTGRES_PORT");
    }
    const auto user = from.get("POSTGRES_USER").value_or("postgres");
    const auto port = from.get("POSTGRES_PORT").value_or("5432");
    const auto number = text::to_number<std::uint16_t>(port);
    if (!number || *number == 0)
        return from.wrong("POSTGRES_PORT", port, "a port from 1 to 65535");
    into.database_url = fmt::format("postgresql://{}{}@{}:{}/{}", text::percent_encode(user),
                                    password ? ":" + text::percent_encode(*password) : "",
                                    text::percent_encode(host.value_or("localhost")), *number,
                                    text::percent_encode(from.get("POSTGRES_DB").value_or(user)));
}

bool is_readable_file(const std::string& path) {
    std::error_code error;
    return std::filesystem::is_regular_file(path, error) && std::ifstream(path).good();
}

void read_discord(parser& from, config& into) {
    if (const auto address = from.get("DISCORD_API_URL")) {
        const auto url = discord::net::parse_url(*address);
        if (!url || !address->starts_with("http")) {
            from.wrong("DISCORD_API_URL", *address, "an address such as https://discord.com/api/v10");
        } else {
            into.discord_api_url = *address;
            while (into.discord_api_url.ends_with('/'))
                into.discord_api_url.pop_back();
        }
    }
    if (const auto file = from.get("DISCORD_CA_FILE")) {
        into.discord_ca_file = std::string(*file);
        if (!is_readable_file(*into.discord_ca_file))
            from.wrong("DISCORD_CA_FILE", *file, "a readable PEM file");
    }
}

// "0-3,5": numbers and ranges, in order; nullopt for anything else, and where a shard is named twice.
std::optional<std::vector<std::uint32_t>> parse_shards(std::string_view text) {
    std::vector<std::uint32_t> shards;
    for (const auto part : std::views::split(text, ',')) {
        const auto range = text::trim(std::string_view(part));
        const auto dash = range.find('-');
        const auto first = text::to_number<std::uint32_t>(text::trim(range.substr(0, dash)));
        const auto last = dash == std::string_view::npos
                              ? first
                              : text::to_number<std::uint32_t>(text::trim(range.substr(dash + 1)));
        if (!first || !last || *first > *last || *last >= max_shards)
            return std::nullopt;
        for (auto one = *first; one <= *last; ++one)
            shards.push_back(one);
        // Bounds what a text of many ranges can make.
        if (shards.size() > max_shards)
            return std::nullopt;
    }
    std::ranges::sort(shards);
    if (shards.empty() || std::ranges::adjacent_find(shards) != shards.end())
        return std::nullopt;
    return shards;
}

void read_shards(parser& from, config& into) {
    if (const auto text = from.get("SHARD_COUNT")) {
        const auto count = text::to_number<std::uint32_t>(*text);
        if (!count || *count > max_shards)
            return from.wrong("SHARD_COUNT", *text, fmt::format("0 (ask Discord) to {}", max_shards));
        if (*count > 0)
            into.shard_count = count;
    }
    const auto text = from.get("SHARDS");
    if (!text)
        return;
    // Discord's recommendation changes with time: each process would cut the guilds up differently.
    if (!into.shard_count)
        return from.mistake("SHARDS", "needs SHARD_COUNT, the number of shards of all processes together");
    const auto shards = parse_shards(*text);
    if (!shards)
        return from.wrong("SHARDS", *text, "numbers and ranges such as 0-3,5, each shard once");
    if (shards->back() >= *into.shard_count) {
        return from.mistake("SHARDS",
                            fmt::format("there is no shard {}: SHARD_COUNT is {}, so shards are 0 to {}",
                                        shards->back(), *into.shard_count, *into.shard_count - 1));
    }
    into.shards = *shards;
}

void read_request_rate(parser& from, config& into) {
    const auto text = from.get("DISCORD_REQUESTS_PER_SECOND");
    if (!text)
        return;
    constexpr std::uint32_t most = 10'000;
    const auto rate = text::to_number<std::uint32_t>(*text);
    if (!rate || *rate == 0 || *rate > most)
        return from.wrong("DISCORD_REQUESTS_PER_SECOND", *text, fmt::format("1 to {}", most));
    into.requests_per_second = *rate;
}

void read_compression(parser& from, config& into) {
    using discord::gateway::compression;
    const auto text = from.get("DISCORD_COMPRESSION");
    if (!text)
        return;
    for (const auto how : {compression::zstd_stream, compression::zlib_stream}) {
        if (*text == to_string(how)) {
            into.compression = how;
            return;
        }
    }
    if (*text != "none")
        return from.wrong("DISCORD_COMPRESSION", *text, "zstd-stream, zlib-stream or none");
    into.compression = compression::none;
}

void read_queue(parser& from, config& into) {
    from.duration("COMMAND_LEASE_SECONDS", 1, 300, "1 to 300 seconds", into.command_lease);
    const auto days = fmt::format("0 (for ever) to {} days", max_days);
    from.duration("RETENTION_DONE_DAYS", 0, max_days, days, into.retention_done);
    from.duration("RETENTION_ERROR_DAYS", 0, max_days, days, into.retention_error);
    from.duration("AUDIT_RETENTION_DAYS", 0, max_days, days, into.audit_retention);
}

void read_voice_hubs(parser& from, config& into) {
    from.duration("VOICE_SWEEP_SECONDS", 1, 3600, "1 to 3600 seconds", into.voice_sweep);
}

void read_time_zone(parser& from, config& into) {
    const auto name = from.get("TIMEZONE");
    if (!name)
        return;
    if (!is_time_zone(*name))
        return from.wrong("TIMEZONE", *name, "an IANA name such as Europe/Paris");
    into.time_zone = *name;
}

void read_listen(parser& from, config& into) {
    const auto address = from.get("HTTP_LISTEN");
    if (!address)
        return;
    const auto colon = address->rfind(':');
    const auto port = colon == std::string_view::npos
                          ? std::optional<std::uint16_t>{}
                          : text::to_number<std::uint16_t>(address->substr(colon + 1));
    auto host = address->substr(0, std::min(colon, address->size()));
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    if (!port || host.empty())
        return from.wrong("HTTP_LISTEN", *address, "address:port such as 127.0.0.1:9464");
    into.http_listen = {.host = std::string(host), .port = *port};
}

void read_music(parser& from, config& into) {
    if (const auto directory = from.get("MUSIC_DIRECTORY")) {
        std::error_code error;
        into.music_directory = std::string(*directory);
        if (!std::filesystem::is_directory(*into.music_directory, error))
            from.wrong("MUSIC_DIRECTORY", *directory, "an existing directory");
    }
    from.text("YTDLP_PATH", into.ytdlp_path);
    from.text("FFMPEG_PATH", into.ffmpeg_path);
}

void read_twitch(parser& from, config& into) {
    twitch_config twitch;
    from.text("TWITCH_CLIENT_ID", twitch.client_id);
    from.text("TWITCH_CLIENT_SECRET", twitch.client_secret);
    from.text("TWITCH_REDIRECT_URI", twitch.redirect_uri);
    if (!twitch.client_id.empty() || !twitch.client_secret.empty() || !twitch.redirect_uri.empty())
        into.twitch = std::move(twitch);
}

} // namespace

std::expected<config, std::vector<std::string>> read_config(const environment& variables) {
    parser from(variables);
    config into;
    read_token(from, into);
    read_database(from, into);
    read_discord(from, into);
    read_shards(from, into);
    read_request_rate(from, into);
    read_compression(from, into);
    from.choice("ENABLE_PRESENCES",
                {{"true", true}, {"1", true}, {"yes", true}, {"false", false}, {"0", false}, {"no", false}},
                "true or false", into.enable_presences);
    from.choice("LOG_LEVEL",
                {{"debug", log::level::debug},
                 {"info", log::level::info},
                 {"warning", log::level::warning},
                 {"error", log::level::error}},
                "DEBUG, INFO, WARNING or ERROR", into.log_level);
    from.choice("LOG_FORMAT", {{"text", log::format::text}, {"json", log::format::json}}, "text or json",
                into.log_format);
    from.choice("BOT_LOCALE", {{"fr", locale::fr}, {"en", locale::en}}, "fr or en", into.language);
    read_time_zone(from, into);
    read_queue(from, into);
    read_voice_hubs(from, into);
    read_listen(from, into);
    read_music(from, into);
    read_twitch(from, into);
    if (!from.mistakes_.empty())
        return std::unexpected(std::move(from.mistakes_));
    return into;
}

std::expected<config, std::vector<std::string>> load_config(const char* const* process_environment,
                                                            const std::string& dotenv_path) {
    dotenv file;
    std::error_code error;
    if (std::filesystem::exists(dotenv_path, error)) {
        std::ifstream stream(dotenv_path, std::ios::binary);
        const auto size = std::filesystem::file_size(dotenv_path, error);
        if (!stream || error || size > max_dotenv_bytes)
            return std::unexpected(std::vector<std::string>{dotenv_path + ": cannot be read"});
        file = parse_dotenv(std::string(std::istreambuf_iterator<char>(stream), {}));
    }
    auto result = read_config(merge_environment(process_environment, std::move(file.variables)));
    if (file.mistakes.empty())
        return result;
    if (!result)
        std::ranges::move(result.error(), std::back_inserter(file.mistakes));
    return std::unexpected(std::move(file.mistakes));
}

} // namespace vagrolant::bot
