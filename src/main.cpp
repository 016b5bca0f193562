#include "base/log.hpp"
#include "bot/application.hpp"
#include "bot/config.hpp"
#include "discord/interactions/command_set.hpp"
#include "features/features.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <thread>
#include <unistd.h>

namespace {

using namespace vagrolant;

constexpr int exit_failure = 1;
constexpr int exit_configuration = 2;
constexpr int exit_refused = 3;

using namespace std::chrono_literals;

// What stopping may take in all (ARCHITECTURE.md, "Stopping"); `bot::application` keeps within it by itself.
constexpr auto time_to_stop = 10s;
// For what has been cancelled to end.
constexpr auto time_to_run_dry = 500ms;

// What the process ends with; kept here for whoever ends it before its time.
std::atomic<int> exit_code = exit_failure;

int report(const std::vector<std::string>& mistakes) {
    std::cerr << "The configuration has " << mistakes.size()
              << (mistakes.size() == 1 ? " mistake:\n" : " mistakes:\n");
    for (const auto& one : mistakes)
        std::cerr << "  " << one << '\n';
    return exit_configuration;
}

// Without destructors: one of them might wait for the very thing that hangs.
[[noreturn]] void leave(int code) {
    log::shut_down();
    std::_Exit(code);
}

// From its first call on the process has `time_to_stop`, whatever hangs: a thread that waits for a name
// server can be neither interrupted nor cut off.
void begin_to_stop() {
    static std::atomic<bool> begun = false;
    if (begun.exchange(true))
        return;
    std::thread([] {
        std::this_thread::sleep_for(time_to_stop);
        log::warning("stopping takes too long: exiting at once");
        leave(exit_code);
    }).detach();
}

// The first SIGTERM or SIGINT asks the bot to stop, the second one does not ask.
awaitable<void> obey_signals(asio::signal_set& signals, bot::application& bot) {
    const int first = co_await signals.async_wait(asio::use_awaitable);
    log::info("signal received", {{"signal", first}});
    begin_to_stop();
    bot.request_stop();
    co_await signals.async_wait(asio::use_awaitable);
    log::warning("second signal: exiting at once");
    leave(exit_failure);
}

awaitable<void> run(bot::application& bot, asio::signal_set& signals) {
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
    exit_code = code;
    signals.cancel();
}

void serve(const bot::config& config, const bot::registry& features) {
    asio::io_context loop(1);
    // First of all: whoever asks for the end early must be heard too.
    asio::signal_set signals(loop, SIGTERM, SIGINT);
    std::optional<bot::application> bot(std::in_place, loop.get_executor(), config, features);
    const auto ignore = [](const std::exception_ptr&) {};
    bool ended = false;
    asio::co_spawn(loop, obey_signals(signals, *bot), ignore);
    asio::co_spawn(loop, run(*bot, signals), [&ended](const std::exception_ptr&) { ended = true; });
    while (!ended && loop.run_one() > 0) {
    }
    begin_to_stop();
    loop.run_for(time_to_run_dry);
    const bool ran_dry = loop.stopped();
    bot.reset();
    // What is left then is a question to a name server, for whose answer Asio's own thread would wait on.
    if (!ran_dry)
        leave(exit_code);
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
    try {
        serve(*config, features);
    } catch (const db::misconfigured& error) {
        log::error("DATABASE_URL does not work", {{"error", error.what()}});
        exit_code = exit_configuration;
    } catch (const std::exception& error) {
        log::error("giving up", {{"error", error.what()}});
    }
    log::shut_down();
    return exit_code;
}
