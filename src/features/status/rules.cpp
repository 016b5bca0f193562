#include "features/status/rules.hpp"

#include <fmt/format.h>

#include <array>

namespace vagrolant::status {

namespace {

constexpr std::uint32_t healthy = 0x2ECC71;
constexpr std::uint32_t slow = 0xF1C40F;
constexpr std::uint32_t broken = 0xE74C3C;
constexpr auto slow_from = std::chrono::milliseconds(500);

std::uint32_t color_of(const readings& now) {
    if (!now.database)
        return broken;
    const auto is_slow = [](const latency& one) { return one && *one >= slow_from; };
    return is_slow(now.gateway) || is_slow(now.rest) || is_slow(now.database) ? slow : healthy;
}

std::string show(const latency& one, localized missing, locale language) {
    return one ? format_latency(*one, language) : std::string(missing.in(language));
}

discord::embed_field field(localized name, std::string value, locale language) {
    return {.name = std::string(name.in(language)), .value = std::move(value), .in_line = true};
}

} // namespace

std::string format_latency(std::chrono::steady_clock::duration time, locale language) {
    const auto ms = std::chrono::duration<double, std::milli>(time).count();
    auto text = ms < 10     ? fmt::format("{:.1f} ms", ms)
                : ms < 1000 ? fmt::format("{:.0f} ms", ms)
                            : fmt::format("{:.1f} s", ms / 1000);
    if (const auto point = text.find('.'); language == locale::fr && point != std::string::npos)
        text[point] = ',';
    return text;
}

std::string format_uptime(std::chrono::steady_clock::duration time, locale language) {
    struct unit {
        std::int64_t seconds;
        localized name;
    };
    static constexpr std::array units{
        unit{86'400, {.fr = "j", .en = "d"}},
        unit{3'600, {.fr = "h", .en = "h"}},
        unit{60, {.fr = "min", .en = "min"}},
        unit{1, {.fr = "s", .en = "s"}},
    };
    auto left = std::chrono::duration_cast<std::chrono::seconds>(time).count();
    for (std::size_t i = 0; i + 1 < units.size(); ++i) {
        if (left < units[i].seconds)
            continue;
        return fmt::format("{} {} {} {}", left / units[i].seconds, units[i].name.in(language),
                           left % units[i].seconds / units[i + 1].seconds, units[i + 1].name.in(language));
    }
    return fmt::format("{} s", left);
}

discord::message_create report(const readings& now, locale language) {
    discord::embed embed{.title = "🏓 Pong", .color = color_of(now)};
    const localized unknown{.fr = "pas encore mesurée", .en = "not measured yet"};
    const localized down{.fr = "ne répond pas", .en = "does not answer"};
    embed.fields = {
        field({.fr = "Passerelle", .en = "Gateway"}, show(now.gateway, unknown, language), language),
        field({.fr = "API REST", .en = "REST API"}, show(now.rest, unknown, language), language),
        field({.fr = "Base de données", .en = "Database"}, show(now.database, down, language), language),
        field({.fr = "En ligne depuis", .en = "Up for"}, format_uptime(now.uptime, language), language),
        field({.fr = "Version", .en = "Version"}, now.version, language),
        field({.fr = "Shard", .en = "Shard"}, fmt::format("{}/{}", now.shard + 1, now.shard_count), language),
    };
    return {.embeds = {std::move(embed)}, .flags = discord::message_flags::ephemeral};
}

} // namespace vagrolant::status
