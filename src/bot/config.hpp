#pragma once

#include "base/localized.hpp"
#include "base/log.hpp"
#include "bot/dotenv.hpp"
#include "discord/gateway/inflate.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vagrolant::bot {

struct listen_address {
    std::string host;
    std::uint16_t port = 0;
};

struct twitch_config {
    std::string client_id;
    std::string client_secret;
    std::string redirect_uri;
};

/// Everything that the environment decides; .env.example lists them.
struct config {
    std::string bot_token;
    /// `postgresql://…`, from DATABASE_URL or put together from the POSTGRES_* variables.
    std::string database_url;
    std::string discord_api_url = "https://discord.com/api/v10";
    /// PEM file of the authorities to trust instead of the system's.
    std::optional<std::string> discord_ca_file;
    /// Shards of all processes together; nullopt asks Discord.
    std::optional<std::uint32_t> shard_count;
    /// Those that this process runs, in order; empty for all.
    std::vector<std::uint32_t> shards;
    /// This process's part of Discord's global limit, which all processes of one bot share.
    unsigned requests_per_second = 50;
    /// Of what the gateway sends.
    discord::gateway::compression compression = discord::gateway::compression::zstd_stream;
    bool enable_presences = false;
    log::level log_level = log::level::info;
    log::format log_format = log::format::text;
    /// The language of guilds that chose none.
    locale language = locale::fr;
    /// The time zone of guilds that chose none (an IANA name).
    std::string time_zone = "Europe/Paris";
    /// How often voice hubs and rooms are compared with what Discord shows.
    std::chrono::seconds voice_sweep{300};
    /// How long a command that a process died over waits for the next one.
    std::chrono::seconds command_lease{30};
    /// How long finished commands and the audit are kept; zero for ever.
    std::chrono::days retention_done{7};
    std::chrono::days retention_error{30};
    std::chrono::days audit_retention{90};
    listen_address http_listen{.host = "127.0.0.1", .port = 9464};
    std::optional<std::string> music_directory;
    std::string ytdlp_path = "yt-dlp";
    std::string ffmpeg_path = "ffmpeg";
    std::optional<twitch_config> twitch;
};

/// Reads the configuration. On failure every mistake at once, one sentence each: the variable, what is wrong
/// with it, what is expected. A secret's value is never part of it.
std::expected<config, std::vector<std::string>> read_config(const environment& variables);

/// Reads `.env` in the working directory (which need not exist) below the process's environment.
std::expected<config, std::vector<std::string>> load_config(const char* const* process_environment,
                                                            const std::string& dotenv_path = ".env");

} // namespace vagrolant::bot
