#include "base/log.hpp"
#include "bot/application.hpp"
#include "bot/config.hpp"
#include "discord/interactions/command_set.hpp"
#include "features/features.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <unistd.h>

namespace {

using namespace vagrolant;

constexpr int exit_failure = 1;
constexpr int exit_configuration = 2;
constexpr int exit_refused = 3;

int report(const std::vector<std::string>& mistakes) {
    std::cerr << "The configuration has " << mistakes.size()
              << (mistakes.size() == 1 ? " mistake:\n" : " mistakes:\n");
    for (const auto& one : mistakes)
        std::cerr << "  " << one << '\n';
    return exit_configuration;
}

// The first SIGTERM or SIGINT asks the bot to stop, the second one does not ask.
awaitable<void> obey_signals(asio::signal_set& signals, bot::application& bot) {
    const int first = co_await signals.async_wait(asio::use_awaitable);
    log::info("signal received", {{"signal", first}});
    bot.request_stop();
    co_await signals.async_wait(asio::use_awaitable);
    log::warning("second signal: exiting at once");
    log::shut_down();
    std::_Exit(exit_failure);
}

awaitable<int> run(bot::application& bot, asio::signal_set& signals) {
    int code = EXIT_SUCCESS;
    try {
        co_await bot.run();
    } catch (const bot::refused_for_good& error) {
        log::error("refused by Discord", {{"remedy", error.what()}});
        code = exit_refused;
    } catch (const db::misconfigured& error) {
        log::error("DATABASE_URL does not work", {{"error", error.what()}});
        code = exit_configuration;
    } catch (const std::exception& error) {
        log::error("giving up", {{"error", error.what()}});
        code = exit_failure;
    }
    signals.cancel();
    co_return code;
}

int serve(const bot::config& config, const bot::registry& features) {
    asio::io_context loop(1);
    int code = exit_failure;
    // First of all: whoever asks for the end early must be heard too.
    asio::signal_set signals(loop, SIGTERM, SIGINT);
    bot::application bot(loop.get_executor(), config, features);
    const auto ignore = [](const std::exception_ptr&) {};
    asio::co_spawn(loop, obey_signals(signals, bot), ignore);
    asio::co_spawn(loop, run(bot, signals), [&](const std::exception_ptr&, int result) { code = result; });
    loop.run();
    return code;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Vagrolant, a Discord bot. Its settings come from the environment and from .env.");
    bool only_check = false;
    bool print_commands = false;
    app.set_version_flag("--version", "vagrolant " VAGROLANT_VERSION);
    app.add_flag("--check-config", only_check, "Say what is wrong with the configuration, and exit");
    app.add_flag("--print-commands", print_commands,
                 "Print the slash commands as Discord sees them, and exit");
    CLI11_PARSE(app, argc, argv);

    bot::registry features;
    register_all(features);
    if (print_commands) {
        std::cout << discord::interactions::render(features.commands());
        return EXIT_SUCCESS;
    }
    const auto config = bot::load_config(environ);
    if (!config)
        return report(config.error());
    if (only_check) {
        std::cout << "The configuration is fine.\n";
        return EXIT_SUCCESS;
    }
    log::init(config->log_level, config->log_format);
    log::mask(config->bot_token);
    log::info("starting", {{"version", VAGROLANT_VERSION}, {"api", config->discord_api_url}});
    int code = exit_failure;
    try {
        code = serve(*config, features);
    } catch (const db::misconfigured& error) {
        log::error("DATABASE_URL does not work", {{"error", error.what()}});
        code = exit_configuration;
    } catch (const std::exception& error) {
        log::error("giving up", {{"error", error.what()}});
    }
    log::shut_down();
    return code;
}
